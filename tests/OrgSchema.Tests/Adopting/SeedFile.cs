using System.Text.RegularExpressions;

namespace OrgSchema.Tests;

/// <summary>The single file that the migrations replace, as somebody would paste it into an editor: statement by statement.</summary>
internal static partial class SeedFile
{
    /// <summary>Its statements, without the transaction around them.</summary>
    public static IReadOnlyList<string> Statements { get; } = Read();

    private static List<string> Read()
    {
        using var reader = new StreamReader(typeof(SeedFile).Assembly.GetManifestResourceStream("seed.sql")!);
        return [.. Comment().Replace(reader.ReadToEnd(), "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(statement => statement is not ("BEGIN" or "COMMIT"))];
    }

    [GeneratedRegex("--.*")]
    private static partial Regex Comment();
}
