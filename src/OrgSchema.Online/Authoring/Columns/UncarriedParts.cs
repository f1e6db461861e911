namespace OrgSchema.Online;

/// <summary>What belongs to a column and cannot be made for one of another type beside it.</summary>
internal sealed class UncarriedParts(QualifiedName table, Identifier column)
{
    /// <summary>Queries for reasons, each a line of text.</summary>
    /// <param name="type">The new type.</param>
    public IEnumerable<string> Reasons(string type) =>
    [
        $"""
        SELECT pg_catalog.format('%s %s reads the column: drop it, and create it again afterwards',
            CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'a rule of' END, c.oid::pg_catalog.regclass)
        FROM ({Attribute}) AS a JOIN pg_catalog.pg_rewrite AS w ON {ColumnSwap.DependsOn("pg_rewrite", "w.oid")}
        JOIN pg_catalog.pg_class AS c ON c.oid = w.ev_class
        """,
        $"""
        SELECT pg_catalog.format('policy %I names the column: drop it, and create it again afterwards', p.polname)
        FROM ({Attribute}) AS a JOIN pg_catalog.pg_policy AS p ON p.polrelid = a.attrelid AND {ColumnSwap.DependsOn("pg_policy", "p.oid")}
        """,
        $"""
        SELECT pg_catalog.format('generated column %I is computed from the column: drop it, and create it again afterwards', g.attname)
        FROM ({Attribute}) AS a
        JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum <> a.attnum AND {ColumnSwap.DependsOn("pg_attrdef", "d.oid")}
        JOIN pg_catalog.pg_attribute AS g ON g.attrelid = d.adrelid AND g.attnum = d.adnum
        UNION ALL
        SELECT pg_catalog.format('generated column %I is computed from the column: drop it, and create it again afterwards', g.attname)
        FROM ({Attribute}) AS a
        JOIN pg_catalog.pg_depend AS o ON o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objid = a.attrelid AND o.objsubid <> 0
            AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum
        JOIN pg_catalog.pg_attribute AS g ON g.attrelid = o.objid AND g.attnum = o.objsubid AND g.attgenerated <> ''
        """,
        $"""
        SELECT pg_catalog.format('trigger %I names the column in its condition: create it again without WHEN', g.tgname)
        FROM ({Attribute}) AS a
        JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = a.attrelid AND NOT a.attnum = ANY (g.tgattr) AND {ColumnSwap.DependsOn("pg_trigger", "g.oid")}
        """,
        $"""
        SELECT pg_catalog.format('function %s has the column in its body: drop it, and create it again afterwards', p.oid::pg_catalog.regprocedure)
        FROM ({Attribute}) AS a JOIN pg_catalog.pg_proc AS p ON {ColumnSwap.DependsOn("pg_proc", "p.oid")}
        """,
        $"""
        SELECT pg_catalog.format('publication %I has a condition on the column: publish the table without it, for the time', p.pubname)
        FROM ({Attribute}) AS a
        JOIN pg_catalog.pg_publication_rel AS l ON l.prrelid = a.attrelid
            AND NOT a.attnum = ANY (coalesce(l.prattrs, '')::int2[]) AND {ColumnSwap.DependsOn("pg_publication_rel", "l.oid")}
        JOIN pg_catalog.pg_publication AS p ON p.oid = l.prpubid
        """,
        $"""
        SELECT pg_catalog.format('index %I is the replica identity: ALTER TABLE %s REPLICA IDENTITY DEFAULT', c.relname, i.indrelid::pg_catalog.regclass)
        FROM ({Indexes}) AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid WHERE i.indisreplident
        """,
        $"""
        SELECT pg_catalog.format('constraint %I is %s: drop it, and create it again afterwards', k.conname,
            CASE k.contype WHEN 'x' THEN 'an exclusion' ELSE 'deferrable' END)
        FROM ({Indexes}) AS i JOIN pg_catalog.pg_constraint AS k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid
        WHERE k.contype = 'x' OR k.contype IN ('p', 'u') AND k.condeferrable
        """,
        $"""
        SELECT pg_catalog.format({Literal.OfPattern($"index %I has %s, which may not be the same with {type}: drop it, and create it again afterwards")},
            c.relname, r.reason)
        FROM ({Attribute}) AS a
        JOIN ({Indexes}) AS i ON true
        JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
        CROSS JOIN LATERAL (
            SELECT 'an expression or a condition with the column' AS reason
            WHERE {ColumnSwap.DependsOn("pg_class", "i.indexrelid")} AND (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL)
            UNION ALL
            SELECT 'an operator class' FROM ROWS FROM (pg_catalog.unnest(i.indclass::oid[]), pg_catalog.unnest(i.indkey::int2[])) AS u (opclass, attnum)
            JOIN pg_catalog.pg_opclass AS l ON l.oid = u.opclass
            WHERE u.attnum = a.attnum AND (NOT l.opcdefault AND NOT ({IsAlike(type)}) OR NOT EXISTS (
                SELECT FROM pg_catalog.pg_opclass AS n JOIN pg_catalog.pg_type AS y ON y.oid = {Type(type)}
                WHERE n.opcmethod = l.opcmethod AND n.opcdefault AND (n.opcintype IN (y.oid,
                    CASE y.typtype WHEN 'e' THEN 'anyenum'::pg_catalog.regtype WHEN 'r' THEN 'anyrange'::pg_catalog.regtype END,
                    CASE WHEN y.typcategory = 'A' THEN 'anyarray'::pg_catalog.regtype END)
                    OR EXISTS (SELECT FROM pg_catalog.pg_cast AS s WHERE s.castsource = y.oid AND s.casttarget = n.opcintype AND s.castmethod = 'b'))))
        ) AS r
        """,
        $"""
        SELECT pg_catalog.format({Literal.OfPattern($"foreign key %I of %s compares it with a column of type %s, but {type} cannot be: ")}
            || 'drop the key, change both, and add it again',
            k.conname, k.conrelid::pg_catalog.regclass, pg_catalog.format_type(x.atttypid, NULL))
        FROM ({Attribute}) AS a
        JOIN pg_catalog.pg_constraint AS k ON k.contype = 'f' AND k.conparentid = 0 AND a.attrelid IN (k.conrelid, k.confrelid)
        CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey)) AS u (mine, theirs)
        JOIN pg_catalog.pg_attribute AS x ON k.conrelid = a.attrelid AND u.mine = a.attnum AND x.attrelid = k.confrelid AND x.attnum = u.theirs
            OR k.confrelid = a.attrelid AND u.theirs = a.attnum AND x.attrelid = k.conrelid AND x.attnum = u.mine
        WHERE x.atttypid <> {Type(type)} AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_amop AS o JOIN pg_catalog.pg_am AS m ON m.oid = o.amopmethod AND m.amname = 'btree'
            WHERE o.amopstrategy = 3 AND o.amoplefttype = x.atttypid AND o.amoprighttype = {Type(type)})
        """,
        $"""
        SELECT pg_catalog.format('foreign key %I is of the partitioned table %s: drop it, and add it again afterwards', k.conname, c.oid::pg_catalog.regclass)
        FROM ({Attribute}) AS a
        JOIN pg_catalog.pg_constraint AS k ON k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = a.attrelid AND a.attnum = ANY (k.confkey)
        JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid AND c.relkind = 'p'
        """,
    ];

    private string Attribute => $"""
        SELECT a.* FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = pg_catalog.to_regclass({Literal.Of(table.ToString())}) AND a.attname = {Literal.Of(column.Name)} AND NOT a.attisdropped
        """;

    private string Indexes => $"""
        SELECT i.* FROM ({Attribute}) AS a JOIN pg_catalog.pg_index AS i ON i.indrelid = a.attrelid
            AND (a.attnum = ANY (i.indkey) OR {ColumnSwap.DependsOn("pg_class", "i.indexrelid")})
        """;

    // Of one category: both numbers, or both texts.
    private static string IsAlike(string type) =>
        $"SELECT o.typcategory = n.typcategory FROM pg_catalog.pg_type AS o, pg_catalog.pg_type AS n WHERE o.oid = a.atttypid AND n.oid = {Type(type)}";

    private static string Type(string type) => $"pg_catalog.to_regtype({Literal.Of(type)})::oid";
}
