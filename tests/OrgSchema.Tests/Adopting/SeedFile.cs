using System.Text.RegularExpressions;

namespace OrgSchema.Tests;

/// <summary>The single file that the migrations replace, as somebody would paste it into an editor: statement by statement.</summary>
internal static partial class SeedFile
{
    /// <summary>All of it.</summary>
    public static string Text { get; } = Read();

    /// <summary>Its statements, without the transaction around them.</summary>
    public static IReadOnlyList<string> Statements { get; } =
        [.. Comment().Replace(Text, "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(statement => statement is not ("BEGIN" or "COMMIT"))];

    private static string Read()
    {
        using var reader = new StreamReader(typeof(SeedFile).Assembly.GetManifestResourceStream("seed.sql")!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("--.*")]
    private static partial Regex Comment();
}
