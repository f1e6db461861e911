namespace OrgSchema.Online;

/// <summary>Queries for tables, views, sequences and what hangs on them, in the schemas $1: subject and fact.</summary>
internal static class TableFacts
{
    /// <summary>All of them.</summary>
    public static readonly string[] Queries =
    [
        Relations, Views, Inheritance, Columns, Constraints, Indexes, IndexColumns, Triggers, DisabledInternalTriggers,
        Rules, Policies, ExtendedStatistics, Sequences,
    ];

    private const string Relations =
        """
        -- fingerprint: relations
        SELECT c.oid::regclass::text, f.fact
        FROM pg_catalog.pg_class AS c
        LEFT JOIN pg_catalog.pg_class AS toast ON toast.oid = c.reltoastrelid
        LEFT JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
        LEFT JOIN pg_catalog.pg_tablespace AS space ON space.oid = c.reltablespace
        CROSS JOIN LATERAL (VALUES
            (CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence'
                WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'composite type' END),
            ('owner ' || c.relowner::regrole),
            ('of type ' || pg_catalog.format_type(NULLIF(c.reloftype, 0), NULL)),
            ('persistence ' || NULLIF(c.relpersistence::text, 'p')),
            ('access method ' || NULLIF(am.amname, 'heap')),
            ('tablespace ' || space.spcname),
            (CASE WHEN c.relrowsecurity THEN 'row security on' END),
            (CASE WHEN c.relforcerowsecurity THEN 'row security forced on the owner' END),
            (CASE WHEN c.relkind IN ('r', 'p', 'm') THEN 'replica identity ' || NULLIF(c.relreplident::text, 'd') END),
            (CASE WHEN NOT c.relispopulated THEN 'not populated' END),
            ('options ' || NULLIF(c.reloptions, '{}')::text),
            ('toast options ' || NULLIF(toast.reloptions, '{}')::text)) AS f (fact)
        WHERE c.relnamespace = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND f.fact IS NOT NULL
        """;

    private const string Views =
        """
        -- fingerprint: views
        SELECT c.oid::regclass::text, pg_catalog.format('definition %s %s', pg_catalog.lpad(l.line::text, 4), l.text)
        FROM pg_catalog.pg_class AS c
        CROSS JOIN LATERAL pg_catalog.string_to_table(pg_catalog.pg_get_viewdef(c.oid), E'\n') WITH ORDINALITY AS l (text, line)
        WHERE c.relnamespace = ANY ($1) AND c.relkind IN ('v', 'm')
        """;

    private const string Inheritance =
        """
        -- fingerprint: inheritance and partitions
        SELECT c.oid::regclass::text, f.fact
        FROM pg_catalog.pg_class AS c
        LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = c.oid
        CROSS JOIN LATERAL (VALUES
            ('inherits ' || i.inhseqno || ' ' || i.inhparent::regclass),
            ('partition ' || pg_catalog.pg_get_expr(c.relpartbound, c.oid)),
            ('partitioned by ' || pg_catalog.pg_get_partkeydef(c.oid))) AS f (fact)
        WHERE c.relnamespace = ANY ($1) AND (i.inhrelid IS NOT NULL OR c.relkind = 'p') AND f.fact IS NOT NULL
        """;

    // The position counts living columns: a column that went and came back sits elsewhere, and SELECT * shows it.
    private const string Columns =
        """
        -- fingerprint: columns
        SELECT c.oid::regclass::text, pg_catalog.concat_ws(' ',
            'column', pg_catalog.lpad(pg_catalog.row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum)::text, 3),
            pg_catalog.quote_ident(a.attname), pg_catalog.format_type(a.atttypid, a.atttypmod),
            CASE WHEN a.attnotnull THEN 'NOT NULL' END,
            CASE WHEN a.attgenerated = '' THEN 'DEFAULT ' ELSE pg_catalog.format('GENERATED %s ', a.attgenerated) END
                || pg_catalog.pg_get_expr(d.adbin, d.adrelid),
            'IDENTITY ' || NULLIF(a.attidentity::text, ''),
            CASE WHEN a.attcollation <> t.typcollation THEN 'COLLATE ' || a.attcollation::regcollation END,
            CASE WHEN a.attstorage <> t.typstorage THEN 'STORAGE ' || a.attstorage::text END,
            'COMPRESSION ' || NULLIF(a.attcompression::text, ''),
            'STATISTICS ' || NULLIF(a.attstattarget, -1),
            'OPTIONS ' || a.attoptions::text, 'FOREIGN OPTIONS ' || a.attfdwoptions::text,
            CASE WHEN a.attinhcount > 0 THEN pg_catalog.format('inherited %s times', a.attinhcount) END,
            CASE WHEN NOT a.attislocal THEN 'not local' END)
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
        LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
        """;

    private const string Constraints =
        """
        -- fingerprint: constraints
        SELECT k.conrelid::regclass::text, pg_catalog.concat_ws(', ',
            pg_catalog.format('constraint %I %s', k.conname, pg_catalog.pg_get_constraintdef(k.oid)),
            CASE WHEN NOT k.convalidated THEN 'not validated' END,
            CASE WHEN k.condeferrable THEN 'deferrable' END,
            CASE WHEN k.condeferred THEN 'deferred' END,
            CASE WHEN k.coninhcount > 0 THEN pg_catalog.format('inherited %s times', k.coninhcount) END,
            CASE WHEN NOT k.conislocal THEN 'not local' END,
            'index ' || NULLIF(k.conindid, 0)::regclass)
        FROM pg_catalog.pg_constraint AS k
        JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
        WHERE c.relnamespace = ANY ($1)
        """;

    private const string Indexes =
        """
        -- fingerprint: indexes
        SELECT i.indrelid::regclass::text, pg_catalog.concat_ws(', ',
            'index ' || pg_catalog.pg_get_indexdef(i.indexrelid),
            CASE WHEN i.indisvalid THEN 'valid' ELSE 'INVALID' END,
            CASE WHEN NOT i.indisready THEN 'not ready' END,
            CASE WHEN NOT i.indislive THEN 'not live' END,
            CASE WHEN i.indisprimary THEN 'primary key' END,
            CASE WHEN NOT i.indimmediate THEN 'deferrable' END,
            CASE WHEN i.indisclustered THEN 'clustered' END,
            CASE WHEN i.indisreplident THEN 'replica identity' END,
            'tablespace ' || space.spcname)
        FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
        LEFT JOIN pg_catalog.pg_tablespace AS space ON space.oid = c.reltablespace
        WHERE c.relnamespace = ANY ($1)
        """;

    private const string IndexColumns =
        """
        -- fingerprint: statistics targets of index columns
        SELECT i.indrelid::regclass::text, pg_catalog.format('index %s column %s STATISTICS %s', i.indexrelid::regclass, a.attnum, a.attstattarget)
        FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indexrelid AND a.attstattarget >= 0
        WHERE c.relnamespace = ANY ($1)
        """;

    private const string Triggers =
        """
        -- fingerprint: triggers
        SELECT g.tgrelid::regclass::text, pg_catalog.concat_ws(', ',
            'trigger ' || pg_catalog.pg_get_triggerdef(g.oid), 'enabled ' || g.tgenabled::text,
            CASE WHEN g.tgparentid <> 0 THEN 'of its parent' END)
        FROM pg_catalog.pg_trigger AS g
        JOIN pg_catalog.pg_class AS c ON c.oid = g.tgrelid
        WHERE c.relnamespace = ANY ($1) AND NOT g.tgisinternal
        """;

    // DISABLE TRIGGER ALL switches foreign keys off as well.
    private const string DisabledInternalTriggers =
        """
        -- fingerprint: foreign keys that do not fire as usual
        SELECT g.tgrelid::regclass::text, pg_catalog.format('constraint %s, trigger %s: enabled %s', k.conname, g.tgfoid::regproc, g.tgenabled)
        FROM pg_catalog.pg_trigger AS g
        JOIN pg_catalog.pg_class AS c ON c.oid = g.tgrelid
        LEFT JOIN pg_catalog.pg_constraint AS k ON k.oid = g.tgconstraint
        WHERE c.relnamespace = ANY ($1) AND g.tgisinternal AND g.tgenabled <> 'O'
        """;

    private const string Rules =
        """
        -- fingerprint: rules
        SELECT r.ev_class::regclass::text, pg_catalog.format('rule %s, enabled %s', pg_catalog.pg_get_ruledef(r.oid), r.ev_enabled)
        FROM pg_catalog.pg_rewrite AS r
        JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class
        WHERE c.relnamespace = ANY ($1) AND r.rulename <> '_RETURN'
        """;

    private const string Policies =
        """
        -- fingerprint: policies
        SELECT p.polrelid::regclass::text, pg_catalog.concat_ws(' ',
            pg_catalog.format('policy %I', p.polname), CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
            'for ' || p.polcmd::text,
            'to ' || (SELECT pg_catalog.string_agg(CASE r WHEN 0 THEN 'public' ELSE r::regrole::text END, ', ' ORDER BY r::regrole::text COLLATE "C")
                FROM pg_catalog.unnest(p.polroles) AS r),
            'using ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid),
            'with check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
        FROM pg_catalog.pg_policy AS p
        JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
        WHERE c.relnamespace = ANY ($1)
        """;

    private const string ExtendedStatistics =
        """
        -- fingerprint: extended statistics
        SELECT s.stxrelid::regclass::text, pg_catalog.concat_ws(', ',
            pg_catalog.pg_get_statisticsobjdef(s.oid), 'owner ' || s.stxowner::regrole, 'target ' || NULLIF(s.stxstattarget, -1))
        FROM pg_catalog.pg_statistic_ext AS s
        WHERE s.stxnamespace = ANY ($1)
        """;

    private const string Sequences =
        """
        -- fingerprint: sequences
        SELECT c.oid::regclass::text, pg_catalog.concat_ws(', ',
            pg_catalog.format('%s, start %s, increment %s, from %s to %s, cache %s', pg_catalog.format_type(s.seqtypid, NULL),
                s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache),
            CASE WHEN s.seqcycle THEN 'cycle' END,
            'owned by ' || d.refobjid::regclass || '.' || pg_catalog.quote_ident(a.attname))
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = c.oid
        LEFT JOIN (pg_catalog.pg_depend AS d
                JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid)
            ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.refclassid = d.classid AND d.deptype IN ('a', 'i')
        WHERE c.relnamespace = ANY ($1)
        """;
}
