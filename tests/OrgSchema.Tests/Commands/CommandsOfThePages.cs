using System.Text.RegularExpressions;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>Every command that a page shows is one that the program takes.</summary>
public sealed partial class CommandsOfThePages : CommandTest
{
    private static IEnumerable<string> Shown => Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories)
        .Append(Repository.PathOf("README.md"))
        .SelectMany(page => Block().Matches(File.ReadAllText(page)).SelectMany(block => Command().Matches(block.Value)))
        .Select(match => match.Groups["arguments"].Value.Split(" | ")[0].Split(" > ")[0].Split(" #")[0].Trim())
        .Distinct()
        .Order(StringComparer.Ordinal);

    // With --help behind it nothing runs, but what the parser does not know is an error all the same.
    [Test]
    public async Task Are_commands_of_the_program()
    {
        Assert.That(Shown, Is.Not.Empty);
        foreach (var shown in Shown)
        {
            var arguments = Word().Matches(shown).Select(word => word.Value.Trim('\'', '"')).TakeWhile(word => word != "--").ToList();
            var known = await Orgschema.RunAsync([.. arguments, "--help"]);
            var options = arguments.Where(argument => argument.StartsWith("--", StringComparison.Ordinal)).Select(option => option.Split('=')[0]);

            Assert.That(known.ExitCode, Is.Zero, shown);
            foreach (var option in options)
                Assert.That(known.Output, Does.Contain(option), shown);
        }
    }

    [GeneratedRegex(@"^ *```(console|sh)\n.*?^ *```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^ *(\$ )?orgschema (?<arguments>.+)$", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex("""'[^']*'|"[^"]*"|\S+""")]
    private static partial Regex Word();
}
