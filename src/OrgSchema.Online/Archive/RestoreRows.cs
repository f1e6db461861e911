namespace OrgSchema.Online;

/// <summary>Brings archived rows back as they were. What is back, and proven to be, leaves the archive; the rest stays, with the reason.</summary>
internal sealed class RestoreRows(QualifiedName table) : OnlineExpression
{
    public override IEnumerable<Statement> Statements(StepContext context)
    {
        var archive = new ArchiveTable(table, context);
        yield return new($"""
            DO $restore$
            DECLARE
                columns text;
                here text;
                archived text;
                there record;
                back bigint;
            BEGIN
                IF pg_catalog.to_regclass('{archive.Name}') IS NULL THEN
                    RETURN;
                END IF;
                {archive.ReadColumns()};
                {archive.ReadColumns("here", "t.%I")};
                {archive.ReadColumns("archived", "a.%I")};
                UPDATE {archive.Name} AS a SET kept_because = NULL WHERE {archive.Ours};

                -- parents that are gone: as if the row had been there when they went
                FOR there IN
                    SELECT c.confdeltype = 'n' AS forgets, c.confrelid::regclass::text AS parent,
                           pg_catalog.string_agg(pg_catalog.format('a.%I IS NOT NULL', k.attname), ' AND ') AS refers,
                           pg_catalog.string_agg(pg_catalog.format('p.%I = a.%I', r.attname, k.attname), ' AND ') AS same,
                           pg_catalog.string_agg(pg_catalog.format('%I = NULL', k.attname), ', ') AS forget,
                           pg_catalog.string_agg(k.attname, ', ') AS names
                    FROM pg_catalog.pg_constraint AS c
                    CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS n (mine, theirs)
                    JOIN pg_catalog.pg_attribute AS k ON k.attrelid = c.conrelid AND k.attnum = n.mine
                    JOIN pg_catalog.pg_attribute AS r ON r.attrelid = c.confrelid AND r.attnum = n.theirs
                    WHERE c.conrelid = '{table}'::regclass AND c.contype = 'f'
                    GROUP BY c.oid
                LOOP
                    EXECUTE pg_catalog.format($format$
                        UPDATE {archive.Name} AS a SET %s
                        WHERE {archive.Ours} AND kept_because IS NULL AND %s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s)
                        $format$,
                        CASE WHEN there.forgets THEN there.forget ELSE pg_catalog.format('kept_because = %L', 'their ' || there.names || ' is gone from ' || there.parent) END,
                        there.refers, there.parent, there.same);
                END LOOP;

                EXECUTE pg_catalog.format($format$
                    INSERT INTO {table} (%1$s) OVERRIDING SYSTEM VALUE
                    SELECT %1$s FROM {archive.Name} AS a WHERE {archive.Ours} AND kept_because IS NULL ORDER BY archived_at DESC
                    ON CONFLICT DO NOTHING
                    $format$, columns);

                -- *= compares the bytes, so that any type will do
                FOR there IN {Unique} AND i.indisprimary GROUP BY i.indexrelid LOOP
                    EXECUTE pg_catalog.format($format$
                        DELETE FROM {archive.Name} AS a USING {table} AS t WHERE {archive.Ours} AND %s AND ROW(%s)::record *= ROW(%s)::record
                        $format$, there.same, here, archived);
                    GET DIAGNOSTICS back = ROW_COUNT;
                    IF back > 0 THEN
                        RAISE INFO '% row(s) of {table} are back from the archive', back;
                    END IF;
                END LOOP;
                FOR there IN {Unique} GROUP BY i.indexrelid ORDER BY i.indexrelid LOOP
                    EXECUTE pg_catalog.format($format$
                        UPDATE {archive.Name} AS a SET kept_because = %L
                        WHERE {archive.Ours} AND kept_because IS NULL AND EXISTS (SELECT FROM {table} AS t WHERE %s)
                        $format$, 'another row has their ' || there.names, there.same);
                END LOOP;
                UPDATE {archive.Name} AS a SET kept_because = 'the table did not take them' WHERE {archive.Ours} AND kept_because IS NULL;
                FOR there IN SELECT a.kept_because AS why, pg_catalog.count(*) AS rows FROM {archive.Name} AS a WHERE {archive.Ours} GROUP BY 1 ORDER BY 1 LOOP
                    RAISE INFO '% row(s) of {table} stay in {archive.Name}: %', there.rows, there.why;
                END LOOP;
                {archive.DropIfEmpty};
            END
            $restore$
            """)
        {
            Locks = [new(table, LockMode.RowExclusive)],
            Rows = [new(table, RowAccess.Insert)],
        };
    }

    // Unique indexes of the table over plain columns.
    private string Unique => $"""
        SELECT pg_catalog.string_agg(pg_catalog.format('t.%1$I = a.%1$I', k.attname), ' AND ') AS same, pg_catalog.string_agg(k.attname, ', ') AS names
                    FROM pg_catalog.pg_index AS i
                    JOIN pg_catalog.pg_attribute AS k ON k.attrelid = i.indrelid AND k.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1])
                    WHERE i.indrelid = '{table}'::regclass AND i.indisunique AND i.indexprs IS NULL
        """;

    public override string ToString() => $"bring {table} back from the archive";
}
