using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Spectre.Console;

namespace OrgSchema;

/// <summary>The help of a command: what it does, its options in groups, and an example.</summary>
internal sealed class HelpPage : SynchronousCommandLineAction
{
    private const string Own = "Options";

    /// <summary>Lets every command show its help in this form.</summary>
    public static void Use(RootCommand root) => root.Options.OfType<HelpOption>().Single().Action = new HelpPage();

    /// <inheritdoc />
    public override bool ClearsParseErrors => true;

    /// <inheritdoc />
    public override int Invoke(ParseResult parseResult)
    {
        var command = parseResult.CommandResult.Command;
        var path = CommandLine.Path(parseResult);
        var console = new Terminal(OutputFormat.Text, verbose: false).Text;
        console.WriteLine(command.Description ?? "");
        console.WriteLine($"\nUsage:\n  {path}{Words(command)}");
        var width = Options(command).Select(option => Name(option).Length).Concat(command.Subcommands.Select(sub => sub.Name.Length)).Max();
        WriteSection("Commands", command.Subcommands.Select(sub => (sub.Name, sub.Description)));
        WriteSection("Arguments", command.Arguments.Select(argument => ($"<{argument.Name}>", argument.Description)));
        foreach (var group in Options(command).GroupBy(CommonOptions.GroupOf))
            WriteSection(group.Key ?? Own, group.Select(option => (Name(option), option.Description)));
        if (CommandExamples.Of(path) is { } example)
            console.WriteLine($"\nExample:\n  {example.ReplaceLineEndings("\n  ")}");
        return ExitCode.Done;

        void WriteSection(string title, IEnumerable<(string Name, string? Description)> lines)
        {
            var grid = new Grid()
                .AddColumn(new GridColumn { Width = width, NoWrap = true }.Padding(2, 0, 2, 0))
                .AddColumn(new GridColumn().Padding(0, 0, 0, 0));
            foreach (var (name, description) in lines)
                grid.AddRow(Markup.Escape(name), Markup.Escape(description ?? ""));
            if (grid.Rows.Count == 0)
                return;
            console.WriteLine($"\n{title}:");
            console.Write(grid);
        }
    }

    private static string Words(Command command)
    {
        var arguments = string.Concat(command.Arguments.Select(Word));
        var commands = command.Subcommands.Count == 0 ? "" : command.Action is null ? " <command>" : " [command]";
        return $"{commands}{arguments} [options]";
    }

    private static string Word(Argument argument) => argument.Arity.MinimumNumberOfValues > 0 ? $" <{argument.Name}>" : $" [<{argument.Name}>...]";

    // A command's own come first, then those that it shares, then those of every command.
    private static IEnumerable<Option> Options(Command command) => command.Options
        .Concat(CommonOptions.Everywhere.Where(option => !command.Options.Contains(option) && CommonOptions.Concerns(option, command)))
        .Where(option => option is { Hidden: false } and not (HelpOption or VersionOption))
        .OrderBy(option => CommonOptions.PlaceOf(CommonOptions.GroupOf(option)));

    private static string Name(Option option) => option.HelpName is { } value ? $"{option.Name} <{value}>" : option.Name;
}
