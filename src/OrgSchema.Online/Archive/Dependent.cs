namespace OrgSchema.Online;

/// <summary>An object that keeps the server from dropping another one.</summary>
/// <param name="Kind">Its kind, such as <c>view</c>.</param>
/// <param name="Name">The object, as PostgreSQL describes it.</param>
/// <param name="Table">The table that it is on; null if it is on none.</param>
/// <param name="Constraint">Its name, if it is a constraint.</param>
/// <param name="IsDetachable">
/// Whether it is a foreign key, or a policy that only permits: if its own table is dropped, too, it can be dropped before and made again.
/// </param>
internal sealed record Dependent(string Kind, string Name, string? Table, string? Constraint, bool IsDetachable)
{
    private long _class;
    private long _object;
    private int _column;

    // What the drop takes along silently is followed; what depends on any of it, and is not taken along, is in its way.
    // A column that is computed from another goes silently on some versions: its values would be lost, so it is in the way, too.
    private const string Sql = """
        -- objects that depend on what is dropped
        WITH RECURSIVE start (classid, objid, objsubid) AS (
            SELECT 'pg_catalog.pg_class'::regclass::oid, pg_catalog.to_regclass($1)::oid,
                   coalesce((SELECT a.attnum FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = pg_catalog.to_regclass($1)
                       AND a.attname = $2 AND NOT a.attisdropped), 0)::integer
        ), going (classid, objid, objsubid) AS (
            SELECT * FROM start
            UNION
            SELECT d.classid, d.objid, d.objsubid
            FROM going AS g
            JOIN pg_catalog.pg_depend AS d ON d.refclassid = g.classid AND d.refobjid = g.objid AND (g.objsubid = 0 OR d.refobjsubid = g.objsubid)
            WHERE d.deptype IN ('a', 'i', 'P', 'S')
        ), blocking AS (
            SELECT DISTINCT d.classid, d.objid, d.objsubid
            FROM going AS g
            JOIN pg_catalog.pg_depend AS d ON d.refclassid = g.classid AND d.refobjid = g.objid AND (g.objsubid = 0 OR d.refobjsubid = g.objsubid)
            WHERE d.deptype = 'n'
            AND NOT EXISTS (SELECT FROM going AS o WHERE o.classid = d.classid AND o.objid = d.objid AND (o.objsubid = 0 OR o.objsubid = d.objsubid))
            UNION
            SELECT g.classid, g.objid, g.objsubid FROM going AS g, start AS s
            WHERE s.objsubid > 0 AND g.classid = s.classid AND g.objid = s.objid AND g.objsubid > 0 AND g.objsubid <> s.objsubid
        )
        SELECT DISTINCT i.type, pg_catalog.pg_describe_object(o.classid, o.objid, o.objsubid),
               CASE WHEN c.oid IS DISTINCT FROM NULL THEN pg_catalog.format('%I.%I', n.nspname, c.relname) END, k.conname::text,
               coalesce(k.contype = 'f', p.polpermissive, false), o.classid::bigint, o.objid::bigint, o.objsubid
        FROM blocking AS b
        LEFT JOIN pg_catalog.pg_constraint AS k ON b.classid = 'pg_catalog.pg_constraint'::regclass AND k.oid = b.objid
        LEFT JOIN pg_catalog.pg_rewrite AS w ON b.classid = 'pg_catalog.pg_rewrite'::regclass AND w.oid = b.objid AND w.rulename = '_RETURN'
        LEFT JOIN pg_catalog.pg_trigger AS g ON b.classid = 'pg_catalog.pg_trigger'::regclass AND g.oid = b.objid
        LEFT JOIN pg_catalog.pg_policy AS p ON b.classid = 'pg_catalog.pg_policy'::regclass AND p.oid = b.objid
        LEFT JOIN (pg_catalog.pg_attrdef AS e JOIN pg_catalog.pg_attribute AS a ON a.attrelid = e.adrelid AND a.attnum = e.adnum AND a.attgenerated <> '')
            ON b.classid = 'pg_catalog.pg_attrdef'::regclass AND e.oid = b.objid
        LEFT JOIN pg_catalog.pg_class AS c ON c.oid = coalesce(k.conrelid, w.ev_class, g.tgrelid, p.polrelid, CASE
            WHEN b.classid = 'pg_catalog.pg_class'::regclass THEN b.objid END)
        LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        -- A view stands for its rule, and a column for the expression that computes it.
        CROSS JOIN LATERAL (SELECT CASE WHEN coalesce(w.oid, e.oid) IS NULL THEN b.classid ELSE 'pg_catalog.pg_class'::regclass::oid END AS classid,
            coalesce(w.ev_class, e.adrelid, b.objid) AS objid, coalesce(e.adnum, b.objsubid)::integer AS objsubid) AS o
        CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.classid, o.objid, o.objsubid) AS i
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_proc AS f JOIN pg_catalog.pg_namespace AS s ON s.oid = f.pronamespace
            WHERE f.oid = g.tgfoid AND s.nspname = $3)
        ORDER BY 2
        """;

    /// <summary>Reads what keeps a table, or a column, from being dropped. Triggers of the private schema do not count: they are dropped before.</summary>
    public static async Task<IReadOnlyList<Dependent>> ReadAsync(
        Session session, Removal removal, string privateSchema, CancellationToken cancellationToken) =>
        await session.QueryAsync(
            Sql,
            row => new Dependent(row.GetString(0), row.GetString(1), Text(row, 2), Text(row, 3), row.GetBoolean(4))
            {
                _class = row.GetInt64(5),
                _object = row.GetInt64(6),
                _column = row.GetInt32(7),
            },
            cancellationToken,
            removal.Table.ToString(),
            removal.Kind == RemovalKind.Column ? removal.Name!.Name : "",
            privateSchema);

    /// <summary>
    /// SQL that takes it away, with what depends on it, and makes it again later: nothing is lost, and no door opens meanwhile. Null if there is none.
    /// </summary>
    public async Task<string?> WayRoundAsync(Session session, Removal removal, string privateSchema, CancellationToken cancellationToken)
    {
        var ways = await session.QueryAsync(
            $"SELECT w.undo, w.redo FROM {privateSchema}.way_round($1::bigint::oid, $2::bigint::oid, $3, pg_catalog.to_regclass($4), $5) AS w",
            row => (Undo: row.GetString(0), Redo: row.GetString(1)),
            cancellationToken,
            _class,
            _object,
            _column,
            removal.Table.ToString(),
            removal.Kind == RemovalKind.Column ? removal.Name!.Name : null);
        return ways is [var (undo, redo), ..] ? $"{undo};\n-- later again:\n{redo};\n--" : null;
    }

    private static string? Text(Npgsql.NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
