using System.Text.RegularExpressions;

namespace OrgSchema.Online;

/// <summary>What a statement does to the rows of a table.</summary>
public enum RowAccess
{
    /// <summary>Reads all of them.</summary>
    Scan,

    /// <summary>Reads all of them and builds an index.</summary>
    Build,

    /// <summary>Writes the table anew.</summary>
    Rewrite,

    /// <summary>Adds rows.</summary>
    Insert,

    /// <summary>Changes rows.</summary>
    Update,

    /// <summary>Deletes rows.</summary>
    Delete,
}

/// <summary>That a statement takes longer the more rows a table has.</summary>
/// <param name="Table">The table.</param>
/// <param name="Access">What it does to the rows.</param>
/// <param name="Silent">Whether triggers hear nothing of it.</param>
public sealed partial record RowWork(QualifiedName Table, RowAccess Access, bool Silent = false)
{
    /// <summary>What a single statement that begins with INSERT INTO, UPDATE or DELETE FROM says of itself; of others nothing.</summary>
    internal static RowWork? Of(string sql) => Head().Match(sql) is { Success: true } head
        ? new RowWork(
            QualifiedName.OfCatalog(Name(head.Groups["schema"].Value), Name(head.Groups["table"].Value)),
            head.Groups["verb"].Value.ToUpperInvariant()[0] switch { 'I' => RowAccess.Insert, 'U' => RowAccess.Update, _ => RowAccess.Delete })
        : null;

    // Without quotes the server reads it in lower case.
    private static string Name(string part) => part.StartsWith('"') ? Identifier.Read(part) : part.ToLowerInvariant();

    private const string Part = $@"{Identifier.PatternInQuotes}|\w+";

    [GeneratedRegex($@"^\s*(?<verb>INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(?<schema>{Part})\.(?<table>{Part})", RegexOptions.IgnoreCase)]
    private static partial Regex Head();
}
