using Npgsql;

namespace OrgSchema.Online;

/// <summary>A table that a plan is about, as it is now.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rows">The planner's estimate of its rows; null: the table has never been analyzed.</param>
/// <param name="Bytes">Its size with indexes and TOAST; null: it is locked, and to ask one would have to wait.</param>
/// <param name="Triggers">Triggers that would fire, by name, with the events they fire on.</param>
/// <param name="References">What its foreign keys reference.</param>
public sealed record PlannedTable(
    string Name, long? Rows, long? Bytes, IReadOnlyDictionary<string, string> Triggers, IReadOnlyList<PlannedReference> References)
{
    private const string Sql = """
        -- tables of a plan
        SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, NULLIF(c.reltuples, -1)::bigint, c.oid,
            ARRAY(SELECT g.tgname || '|' || pg_catalog.concat_ws(' ', CASE WHEN g.tgtype & 2 > 0 THEN 'before' ELSE 'after' END, pg_catalog.concat_ws(' or ',
                    CASE WHEN g.tgtype & 4 > 0 THEN 'insert' END, CASE WHEN g.tgtype & 16 > 0 THEN 'update' END,
                    CASE WHEN g.tgtype & 8 > 0 THEN 'delete' END, CASE WHEN g.tgtype & 32 > 0 THEN 'truncate' END))
                FROM pg_catalog.pg_trigger AS g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgenabled <> 'D' ORDER BY g.tgname),
            f.schemas, f.tables, f.names
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL (
            SELECT pg_catalog.array_agg(rn.nspname::text ORDER BY k.oid, o.name) AS schemas,
                pg_catalog.array_agg(r.relname::text ORDER BY k.oid, o.name) AS tables,
                pg_catalog.array_agg(o.name::text ORDER BY k.oid, o.name) AS names
            FROM pg_catalog.pg_constraint AS k
            JOIN pg_catalog.pg_class AS r ON r.oid = k.confrelid
            JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.relnamespace
            CROSS JOIN LATERAL (
                SELECT k.conname
                UNION SELECT a.attname FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)) AS o (name)
            WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid) AS f
        WHERE pg_catalog.format('%I.%I', n.nspname, c.relname) = ANY ($1) AND c.relkind IN ('r', 'p', 'm', 'f')
        ORDER BY 1
        """;

    /// <summary>Reads tables, and those that they reference. One that does not exist yet is not among them.</summary>
    internal static async Task<IReadOnlyList<PlannedTable>> ReadAsync(Session session, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var tables = new SortedDictionary<string, PlannedTable>(StringComparer.Ordinal);
        string[] wanted = [.. names.Distinct()];
        while (wanted.Length > 0)
        {
            var rows = await session.QueryAsync(
                Sql,
                row => (
                    Name: row.GetString(0),
                    Rows: row.IsDBNull(1) ? (long?)null : row.GetInt64(1),
                    Oid: row.GetFieldValue<uint>(2),
                    Triggers: row.GetFieldValue<string[]>(3),
                    References: ReferencesOf(row)),
                cancellationToken,
                (object)wanted); // not one parameter for each
            foreach (var row in rows)
            {
                var triggers = row.Triggers.ToDictionary(trigger => trigger[..trigger.LastIndexOf('|')], trigger => trigger[(trigger.LastIndexOf('|') + 1)..]);
                tables[row.Name] = new PlannedTable(row.Name, row.Rows, await SizeAsync(session, row.Oid, cancellationToken), triggers, row.References);
            }

            wanted = [.. rows.SelectMany(row => row.References).Select(reference => reference.Table.ToString()).Distinct().Where(name => !tables.ContainsKey(name))];
        }

        return [.. tables.Values];
    }

    private static List<PlannedReference> ReferencesOf(NpgsqlDataReader row) => row.IsDBNull(4) ? [] :
    [
        .. row.GetFieldValue<string[]>(4).Zip(row.GetFieldValue<string[]>(5), row.GetFieldValue<string[]>(6))
            .Select(of => new PlannedReference(QualifiedName.OfCatalog(of.First, of.Second), of.Third)),
    ];

    private static async Task<long?> SizeAsync(Session session, uint oid, CancellationToken cancellationToken)
    {
        try
        {
            return await session.ScalarAsync<long>($"SELECT pg_catalog.pg_total_relation_size({oid})", cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return null;
        }
    }
}

/// <summary>A table that a foreign key references.</summary>
/// <param name="Table">Its name.</param>
/// <param name="Through">The name of the key, or of one of its columns: there is one of these for each.</param>
public sealed record PlannedReference(QualifiedName Table, string Through);
