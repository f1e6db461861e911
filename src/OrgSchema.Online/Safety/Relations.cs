using Npgsql;

namespace OrgSchema.Online;

/// <summary>What was in the database before the run, followed through renames and drops of its migrations. What they make is not in it.</summary>
internal sealed class Relations
{
    private readonly Dictionary<QualifiedName, Relation> _byName;
    private readonly Dictionary<uint, Relation> _byOid;

    private Relations(IEnumerable<Relation> relations)
    {
        _byName = relations.ToDictionary(relation => relation.Name);
        _byOid = _byName.Values.ToDictionary(relation => relation.Oid);
    }

    /// <summary>The same, to be followed on its own.</summary>
    public Relations Copy() => new(_byName.Values);

    /// <summary>Reads them, with the author's search path.</summary>
    public static async Task<Relations> ReadAsync(Session session, CancellationToken cancellationToken)
    {
        Relations? relations = null;
        await session.AsAuthorAsync(async () =>
        {
            try
            {
                relations = await ReadAsync(session, "pg_catalog.pg_relation_size(c.oid)", cancellationToken);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                relations = await ReadAsync(session, "0", cancellationToken); // somebody has one of them locked: its rows are counted all the same
            }
        });
        return relations!;
    }

    /// <summary>The one that a statement names; null if it was not there before the run.</summary>
    public Relation? Find(WrittenName? name) =>
        name is null ? null
        : name.Schema is not null ? _byName.GetValueOrDefault(QualifiedName.OfCatalog(name.Schema, name.Name))
        : _byName.Values.FirstOrDefault(relation => relation.IsVisible && relation.Name.Name == name.Name);

    /// <summary>The table of an index.</summary>
    public Relation? TableOf(Relation index) => _byOid.GetValueOrDefault(index.Table);

    /// <summary>Follows a rename, or a move to another schema.</summary>
    public void Rename(Relation relation, QualifiedName to)
    {
        Drop(relation);
        _byName[to] = _byOid[relation.Oid] = relation with { Name = to };
    }

    /// <summary>Forgets one that is dropped: what has its name afterwards is new.</summary>
    public void Drop(Relation relation)
    {
        _byName.Remove(relation.Name);
        _byOid.Remove(relation.Oid);
    }

    // A table that was never analyzed has no estimate, and its size is asked for. What has come since is in the statistics.
    private static async Task<Relations> ReadAsync(Session session, string sizeOfUnknown, CancellationToken cancellationToken) => new(await session.QueryAsync(
        $"""
        -- relations before the run
        WITH RECURSIVE sized AS (
            SELECT c.oid, GREATEST(c.reltuples, pg_catalog.pg_stat_get_live_tuples(c.oid), 0)::bigint AS rows,
                CASE WHEN c.relkind IN ('r', 'm') AND c.reltuples < 0 THEN {sizeOfUnknown}
                     ELSE (GREATEST(c.relpages, 0) + COALESCE(GREATEST(t.relpages, 0), 0))::bigint
                         * pg_catalog.current_setting('block_size')::bigint END AS bytes
            FROM pg_catalog.pg_class AS c LEFT JOIN pg_catalog.pg_class AS t ON t.oid = c.reltoastrelid
            WHERE c.relkind IN ('r', 'm', 'p')
        ), family AS (
            SELECT s.oid, s.oid AS member FROM sized AS s
            UNION ALL
            SELECT f.oid, i.inhrelid FROM family AS f JOIN pg_catalog.pg_inherits AS i ON i.inhparent = f.member
        ), total AS (
            SELECT f.oid, pg_catalog.sum(s.rows) AS rows, pg_catalog.sum(s.bytes) AS bytes
            FROM family AS f JOIN sized AS s ON s.oid = f.member JOIN pg_catalog.pg_class AS c ON c.oid = s.oid AND c.relkind <> 'p'
            GROUP BY f.oid
        )
        SELECT c.oid, n.nspname, c.relname, c.relkind::text, COALESCE(t.rows, 0)::bigint, COALESCE(t.bytes, 0)::bigint,
            pg_catalog.pg_table_is_visible(c.oid), COALESCE(i.indrelid, 0::oid), COALESCE(i.indisunique, false)
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
        LEFT JOIN total AS t ON t.oid = COALESCE(i.indrelid, c.oid)
        WHERE c.relkind IN ('r', 'm', 'p', 'v', 'i', 'I') AND pg_catalog.left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
        """,
        row => new Relation(
            row.GetFieldValue<uint>(0),
            QualifiedName.OfCatalog(row.GetString(1), row.GetString(2)),
            row.GetString(3)[0],
            row.GetInt64(4),
            row.GetInt64(5),
            row.GetBoolean(6),
            row.GetFieldValue<uint>(7),
            row.GetBoolean(8)),
        cancellationToken));
}
