using System.Globalization;
using System.Text.RegularExpressions;

namespace OrgSchema.Benchmarks;

/// <summary>One benchmark's part of <c>docs/benchmarks.md</c> (<c>--quick</c>: of <c>artifacts/benchmarks.md</c>). Writing it leaves the others as they are.</summary>
/// <param name="Name">The benchmark, as on the command line.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Text">What it has found out.</param>
internal sealed partial record Section(string Name, string Title, string Text)
{
    private static readonly string[] Order = ["startup", "apply", "many", "backfill", "scale", "fleet"];

    /// <summary>Prints it, and puts it in its place.</summary>
    public async Task WriteAsync(bool quick)
    {
        Console.WriteLine($"## {Title}\n\n{Text}");
        var file = Path.Combine(quick ? "artifacts" : "docs", "benchmarks.md");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var sections = File.Exists(file)
            ? Whole().Matches(await File.ReadAllTextAsync(file)).ToDictionary(match => match.Groups["name"].Value, match => match.Value)
            : [];
        sections[Name] = $"<!-- {Name} -->\n\n## {Title}\n\n{Text.Trim()}\n\n<!-- end of {Name} -->";
        await File.WriteAllTextAsync(file, $"""
            # Benchmarks

            Written by `build/bench`, each section by the run that it names; what clients notice of a migration is in
            [benchmarks-stall.md](benchmarks-stall.md). Every comparison is within one run, on one machine, one after the other.

            {string.Join("\n\n", sections.OrderBy(section => Array.IndexOf(Order, section.Key)).ThenBy(section => section.Key, StringComparer.Ordinal).Select(section => section.Value))}

            """);
    }

    /// <summary>When and on what: the first lines of a section.</summary>
    public static string Facts(BenchServer server, double? loadBefore, params string[] more) => string.Join('\n', new[]
    {
        string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC; {Machine.Description}; load before: {loadBefore:0.0}"),
        $"{server.Version} on the same machine; fsync, full_page_writes and synchronous_commit off, {string.Join(", ", BenchServer.Settings.Select(setting => $"{setting.Key} = {setting.Value}"))}",
        $"orgschema {MigrationProcess.Version}: {MigrationProcess.Description}; psql: {server.Psql}",
    }.Concat(more).Select(line => $"- {line}"));

    /// <summary>A time in milliseconds, as precise as is of use.</summary>
    public static string Milliseconds(TimeSpan time) => time.TotalMilliseconds < 100 ? $"{time.TotalMilliseconds:0.0}" : $"{time.TotalMilliseconds:N0}";

    [GeneratedRegex(@"<!-- (?<name>[a-z]+) -->.*?<!-- end of \k<name> -->", RegexOptions.Singleline)]
    private static partial Regex Whole();
}
