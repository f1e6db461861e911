using System.Security.Cryptography;
using System.Text;

namespace OrgSchema.Online;

/// <summary>The functions of the private schema that archive and restore: SQL in files beside this one.</summary>
internal static class ArchiveSql
{
    private const string Schema = "private_schema";

    // In the order in which they depend on each other.
    private static readonly string[] Files =
        ["tables", "definitions", "way-round", "definition-archive", "archive-rows", "restore-rows", "untangle", "columns", "indexes"];

    /// <summary>A query for every foreign key of the database.</summary>
    public static string References { get; } = Read("references");

    /// <summary>Makes tables and functions, or replaces functions of an earlier version. One text, one transaction.</summary>
    public static string Install(string schema)
    {
        var text = Text(schema);
        return $"{text}\nCOMMENT ON VIEW {schema}.foreign_key IS {Literal.Of(Digest(text))};";
    }

    /// <summary>A query: whether they are there, of this version.</summary>
    public static string IsInstalled(string schema) => $"""
        SELECT coalesce(pg_catalog.obj_description(pg_catalog.to_regclass('{schema}.foreign_key'), 'pg_class') = {Literal.Of(Digest(Text(schema)))}, false)
        """;

    private static string Text(string schema) => string.Join('\n', Files.Select(Read))
        .Replace($"{Schema}.references;", $"{References.Trim()};", StringComparison.Ordinal)
        .Replace(Schema, schema, StringComparison.Ordinal);

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(ArchiveSql).Assembly.GetManifestResourceStream($"archive.{name}.sql")!);
        return reader.ReadToEnd();
    }
}
