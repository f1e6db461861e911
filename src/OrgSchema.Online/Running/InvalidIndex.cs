using System.Text.RegularExpressions;

namespace OrgSchema.Online;

/// <summary>An index that a build has left INVALID: it is kept up to date, and no query uses it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="FullName">The same with its schema, as it is written in SQL.</param>
internal sealed record InvalidIndex(string Name, string FullName)
{
    /// <summary>Whether a text has its name, as a word.</summary>
    public bool IsNamedIn(string sql) =>
        Regex.IsMatch(sql, $@"(?<!\w){Regex.Escape(Name.Replace("\"", "\"\"", StringComparison.Ordinal))}(?!\w)", RegexOptions.IgnoreCase);

    /// <summary>Reads them all. That of a partitioned table is so on purpose, until each partition has one.</summary>
    public static async Task<IReadOnlyList<InvalidIndex>> ReadAsync(Session session, CancellationToken cancellationToken) => await session.QueryAsync(
        """
        -- invalid indexes
        SELECT c.relname::text, pg_catalog.format('%I.%I', n.nspname, c.relname)
        FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE NOT (i.indisvalid AND i.indisready) AND c.relkind = 'i' AND pg_catalog.left(n.nspname, 3) <> 'pg_'
        ORDER BY 2
        """,
        row => new InvalidIndex(row.GetString(0), row.GetString(1)),
        cancellationToken);
}
