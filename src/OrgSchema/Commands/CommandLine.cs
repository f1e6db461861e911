using System.CommandLine;
using System.CommandLine.Parsing;

namespace OrgSchema;

/// <summary>The commands, and what becomes of their errors.</summary>
internal static class CommandLine
{
    public static RootCommand Root()
    {
        var root = new RootCommand("Adds organizations to a live PostgreSQL application: no client waits, the old version keeps working, every step can be reverted.")
        {
            MigrateCommand.Create(),
            StatusCommand.Create(),
            PlanCommand.Create(),
            PreflightCommand.Create(),
            VerifyCommand.Create(),
            RehearseCommand.Create(),
            BaselineCommand.Create(),
            BackfillCommand.Create(),
            ArchiveCommand.Create(),
            LogCommand.Create(),
            ScriptCommand.Create(),
            LintCommand.Create(),
            ExplainCommand.Create(),
            SeedCommand.Create(),
            DbCommand.Create(),
            NewCommand.Create(),
        };
        foreach (var option in CommonOptions.Everywhere)
            root.Add(option);
        HelpPage.Use(root);
        root.SetAction(parsed =>
        {
            Job.TerminalOf(parsed).Tell(Wording.Start);
            return ExitCode.Usage;
        });
        return root;
    }

    /// <summary>Parses, runs, and turns every error into a message and an exit code.</summary>
    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var parsed = Root().Parse(args);
        var console = new Terminal(parsed.GetValueOrDefault(CommonOptions.Output), parsed.GetValueOrDefault(CommonOptions.Verbose));
        if (parsed.Errors.Count > 0)
            return ErrorReport.Usage(console, parsed);
        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                cancellationToken);
        }
        catch (Exception e)
        {
            return ErrorReport.Failure(console, e);
        }
    }

    /// <summary>The command as it is typed, without its options: <c>orgschema migrate down</c>.</summary>
    public static string Path(ParseResult parsed)
    {
        List<string> names = [];
        for (var command = parsed.CommandResult; command is not null; command = command.Parent as CommandResult)
            names.Insert(0, command.Command.Name);
        return string.Join(' ', names);
    }

    // A mistake elsewhere on the line must not keep the message about it from being shown in the form that was asked for.
    private static T? GetValueOrDefault<T>(this ParseResult parsed, Option<T> option) =>
        parsed.GetResult(option) is { Errors: var errors } && errors.Any() ? default : parsed.GetValue(option);
}
