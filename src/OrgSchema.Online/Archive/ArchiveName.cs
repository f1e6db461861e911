using System.Text;

namespace OrgSchema.Online;

/// <summary>What the archive of a column is called, in at most 63 bytes.</summary>
internal static class ArchiveName
{
    private const int Longest = 63;

    /// <summary>
    /// The table, with its schema if that is not <c>public</c>, a colon, and the column. A name that is too long, or not plain, ends in a digest.
    /// </summary>
    public static string Of(QualifiedName table, string column)
    {
        var name = $"archive_{(table.Schema == "public" ? "" : $"{table.Schema}.")}{table.Name}:{column}";
        var isPlain = IsPlain(table, column);
        return isPlain && Encoding.UTF8.GetByteCount(name) <= Longest
            ? name
            : $"archive_{Begin(table.Name)}:0{Identifier.Digest(isPlain ? name : $"{table}.{QualifiedName.InQuotes(column)}")[..32]}";
    }

    /// <summary>Whether the names have no dot and no colon, as the archive's own have.</summary>
    public static bool IsPlain(QualifiedName table, string column) =>
        QualifiedName.IsIdentifier(table.Schema) && QualifiedName.IsIdentifier(table.Name) && QualifiedName.IsIdentifier(column);

    private static string Begin(string name) =>
        string.Concat(name.Take(20).Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
}
