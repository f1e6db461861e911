using System.Text;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary><c>docs/commands</c>: a page for each command, with its help, and what an example of it prints.</summary>
public sealed class PagesOfCommands : CommandTest
{
    // In this order, on one database. Commands that are not here have an example without output: it is long, or as wide as its times.
    private static readonly (string Command, string[] Arguments)[] Examples =
    [
        ("preflight", ["preflight"]),
        ("migrate", ["migrate"]),
        ("status", ["status"]),
        ("verify", ["verify"]),
        ("archive", ["archive", "list"]),
        ("backfill", ["backfill", "status"]),
        ("baseline", ["baseline", "--dry-run"]),
        ("script", ["script", "--out", "sql"]),
        ("explain", ["explain", "table-rewritten"]),
    ];

    [Test]
    public async Task Are_what_the_program_says()
    {
        var outputs = new Dictionary<string, string>();
        foreach (var (command, arguments) in Examples)
            outputs[command] = $"$ orgschema {string.Join(' ', arguments)}\n{(await Orgschema.RunAsync(0, arguments)).Output.Replace(Orgschema.Folder, ".", StringComparison.Ordinal).Trim()}";
        var root = await HelpAsync();
        var index = new StringBuilder($"# Commands\n\n```text\n{root}\n```\n\n");
        foreach (var command in CommandsIn(root))
        {
            index.Append($"- [{command}]({command}.md)\n");
            var help = await HelpAsync(command);
            var page = new StringBuilder($"# orgschema {command}\n\n```text\n{help}\n```\n");
            foreach (var sub in CommandsIn(help))
                page.Append($"\n## orgschema {command} {sub}\n\n```text\n{await HelpAsync(command, sub)}\n```\n");
            if (outputs.TryGetValue(command, out var output))
                page.Append($"\n## What it prints\n\n```console\n{output}\n```\n");
            Snapshot.AssertPage($"docs/commands/{command}.md", page.ToString());
        }

        Snapshot.AssertPage("docs/commands/README.md", index.ToString());
    }

    private static IEnumerable<string> CommandsIn(string help) => help.Split("\nCommands:\n") is [_, var rest, ..]
        ? rest.Split("\n\n")[0].Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0])
        : [];

    private async Task<string> HelpAsync(params string[] command) => Example(await Orgschema.RunAsync(0, [.. command, "--help"]));

    private static string Example(ProgramResult help)
    {
        Assert.That(help.Output, Does.Contain("Example:"));
        return help.Output.ReplaceLineEndings("\n").Trim();
    }
}
