-- What belongs to a table beside its rows, each as SQL that makes it again, in an order that works: what protects rows comes before what opens them.

-- SQL that lets a column's sequence go on where it is.
CREATE OR REPLACE FUNCTION private_schema.sequence_value(table_name text, column_name text,
    sequence regclass) RETURNS text LANGUAGE plpgsql STABLE AS $body$
DECLARE
    last bigint;
    is_called boolean;
BEGIN
    EXECUTE pg_catalog.format('SELECT s.last_value, s.is_called FROM %s AS s', private_schema.name_of(sequence)) INTO last, is_called;
    RETURN pg_catalog.format('SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(%L, %L), %s, %L)', table_name, column_name, last, is_called);
END
$body$;

-- of_column: only what would be dropped with this column; null: everything.
-- To plan it takes ten times as long as to run it, and it runs where locks are held: one plan serves a session.
CREATE OR REPLACE FUNCTION private_schema.definitions_of(of regclass, of_column text) RETURNS TABLE (place integer, kind text, name text, sql text)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $body$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH t AS (
        SELECT c.oid, c.relname, c.relowner, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.reloptions, c.relacl,
            toast.reloptions AS toast_options, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END AS noun,
               private_schema.name_of(of) AS full_name,
               (SELECT a.attnum FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = of AND a.attname = of_column AND NOT a.attisdropped) AS attnum
        FROM pg_catalog.pg_class AS c LEFT JOIN pg_catalog.pg_class AS toast ON toast.oid = c.reltoastrelid
        WHERE c.oid = of
    ), columns AS (
        SELECT a.*, t.full_name, y.typcollation, y.typstorage, d.adbin, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression,
               s.seqrelid, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, s.seqtypid
        FROM t
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND (of_column IS NULL OR a.attname = of_column)
        JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid
        LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN (pg_catalog.pg_depend AS o JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = o.objid)
            ON o.classid = 'pg_catalog.pg_class'::regclass AND o.refclassid = 'pg_catalog.pg_class'::regclass
           AND o.refobjid = t.oid AND o.refobjsubid = a.attnum AND o.deptype IN ('a', 'i')
    ), sequences AS (
        SELECT c.*, private_schema.name_of(c.seqrelid::regclass) AS sequence_name,
               pg_catalog.format('START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s%s', c.seqstart, c.seqincrement, c.seqmin,
                   c.seqmax, c.seqcache,
                   CASE WHEN c.seqcycle THEN ' CYCLE' ELSE '' END) AS options
        FROM columns AS c WHERE c.seqrelid IS NOT NULL
    ), concerned (classid, objid) AS (
        SELECT d.classid, d.objid FROM pg_catalog.pg_depend AS d, t
        WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = t.oid AND (of_column IS NULL OR d.refobjsubid = t.attnum)
            AND d.deptype IN ('a', 'n', 'i', 'P', 'S')
    ), indexes AS (
        SELECT i.*, c.relname, c.relnamespace FROM t JOIN pg_catalog.pg_index AS i ON i.indrelid = t.oid
            JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
        WHERE of_column IS NULL OR EXISTS (SELECT FROM concerned AS o WHERE o.classid = 'pg_catalog.pg_class'::regclass AND o.objid = i.indexrelid)
           OR EXISTS (SELECT FROM pg_catalog.pg_constraint AS k JOIN concerned AS o ON o.classid = 'pg_catalog.pg_constraint'::regclass
               AND o.objid = k.oid WHERE k.conindid = i.indexrelid AND k.conrelid = t.oid)
    ), constraints AS (
        SELECT k.* FROM t JOIN pg_catalog.pg_constraint AS k ON k.conrelid = t.oid
        WHERE k.contype IN ('c', 'f', 'p', 'u', 'x')
          AND (of_column IS NULL OR EXISTS (SELECT FROM concerned AS o WHERE o.classid = 'pg_catalog.pg_constraint'::regclass AND o.objid = k.oid))
    ), statistics AS (
        SELECT s.* FROM t JOIN pg_catalog.pg_statistic_ext AS s ON s.stxrelid = t.oid
        WHERE of_column IS NULL OR EXISTS (SELECT FROM concerned AS o WHERE o.classid = 'pg_catalog.pg_statistic_ext'::regclass AND o.objid = s.oid)
    ), triggers AS (
        SELECT g.* FROM t JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal AND of_column IS NULL
    ), policies AS (
        SELECT p.* FROM t JOIN pg_catalog.pg_policy AS p ON p.polrelid = t.oid WHERE of_column IS NULL
    ), comments AS (
        SELECT CASE d.objsubid WHEN 0 THEN pg_catalog.concat(t.noun, ' ', t.full_name) ELSE pg_catalog.format('COLUMN %s.%I', t.full_name, (SELECT a.attname
            FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = t.oid AND a.attnum = d.objsubid)) END AS object, d.description
        FROM t JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = t.oid
            AND (of_column IS NULL OR d.objsubid = t.attnum)
        UNION ALL
        SELECT pg_catalog.format('CONSTRAINT %I ON %s', k.conname, t.full_name), d.description FROM t, constraints AS k
            JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.pg_constraint'::regclass AND d.objoid = k.oid
        UNION ALL
        SELECT 'INDEX ' || private_schema.name_of(i.indexrelid::regclass), d.description FROM indexes AS i
            JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = i.indexrelid
        UNION ALL
        SELECT pg_catalog.format('TRIGGER %I ON %s', g.tgname, t.full_name), d.description FROM t, triggers AS g
            JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.pg_trigger'::regclass AND d.objoid = g.oid
        UNION ALL
        SELECT pg_catalog.format('POLICY %I ON %s', p.polname, t.full_name), d.description FROM t, policies AS p
            JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.pg_policy'::regclass AND d.objoid = p.oid
        UNION ALL
        SELECT pg_catalog.format('STATISTICS %I.%I', n.nspname, s.stxname), d.description FROM statistics AS s
            JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
        JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.pg_statistic_ext'::regclass AND d.objoid = s.oid
        UNION ALL
        SELECT 'SEQUENCE ' || s.sequence_name, d.description FROM sequences AS s
            JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = s.seqrelid
        UNION ALL
        SELECT pg_catalog.format('RULE %I ON %s', w.rulename, t.full_name), d.description FROM t
            JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = t.oid AND w.rulename <> '_RETURN' AND of_column IS NULL
            JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.pg_rewrite'::regclass AND d.objoid = w.oid
    ), roles AS (
        SELECT 0::oid AS oid, 'PUBLIC' AS name UNION ALL SELECT r.oid, pg_catalog.quote_ident(r.rolname) FROM pg_catalog.pg_roles AS r
    )
    SELECT 10, 'sequence', s.sequence_name, pg_catalog.format('CREATE SEQUENCE %s AS %s %s', s.sequence_name,
        pg_catalog.format_type(s.seqtypid, NULL), s.options)
    FROM sequences AS s WHERE s.attidentity = ''
    UNION ALL
    SELECT 19 + c.attnum, 'column', c.attname::text, pg_catalog.concat('ALTER TABLE ', c.full_name, ' ADD COLUMN ',
        pg_catalog.quote_ident(c.attname), ' ', pg_catalog.format_type(c.atttypid, c.atttypmod),
        CASE WHEN c.attcollation <> c.typcollation THEN (SELECT pg_catalog.format(' COLLATE %I.%I', n.nspname, l.collname)
            FROM pg_catalog.pg_collation AS l JOIN pg_catalog.pg_namespace AS n ON n.oid = l.collnamespace
            WHERE l.oid = c.attcollation) END,
        CASE WHEN c.attgenerated = 's' THEN pg_catalog.format(' GENERATED ALWAYS AS (%s) STORED', c.expression)
             WHEN c.attgenerated <> '' THEN pg_catalog.format(' GENERATED ALWAYS AS (%s)', c.expression)
             WHEN c.attidentity <> '' THEN pg_catalog.format(' GENERATED %s AS IDENTITY (SEQUENCE NAME %s %s)', CASE c.attidentity WHEN 'a'
                 THEN 'ALWAYS' ELSE 'BY DEFAULT' END, s.sequence_name, s.options)
             WHEN c.adbin IS NOT NULL THEN ' DEFAULT ' || c.expression END,
        CASE WHEN c.attnotnull THEN ' NOT NULL' END)
    FROM columns AS c LEFT JOIN sequences AS s ON s.attnum = c.attnum WHERE of_column IS NULL
    UNION ALL
    SELECT 2000, 'column type', c.attname::text, pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I TYPE %s', c.full_name, c.attname,
        pg_catalog.format_type(c.atttypid, c.atttypmod))
    FROM columns AS c WHERE of_column IS NULL AND c.attgenerated = ''
    UNION ALL
    SELECT 2001, 'column default', c.attname::text, pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I %s', c.full_name, c.attname,
        coalesce('SET DEFAULT ' || c.expression, 'DROP DEFAULT'))
    FROM columns AS c WHERE c.attgenerated = '' AND c.attidentity = '' AND (of_column IS NULL OR c.adbin IS NOT NULL)
    UNION ALL
    SELECT 2002, 'column nullability', c.attname::text, pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I %s NOT NULL', c.full_name,
        c.attname, CASE WHEN c.attnotnull THEN 'SET' ELSE 'DROP' END)
    FROM columns AS c WHERE of_column IS NULL AND c.attidentity = ''
      AND NOT EXISTS (SELECT FROM constraints AS k WHERE k.contype = 'p' AND c.attnum = ANY (k.conkey))
    UNION ALL
    SELECT 2003, 'column setting', c.attname || ' ' || v.what, pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET %s', c.full_name,
        c.attname, v.setting)
    FROM columns AS c CROSS JOIN LATERAL (VALUES
        ('statistics', CASE WHEN c.attstattarget >= 0 THEN pg_catalog.format('STATISTICS %s', c.attstattarget) END),
        ('storage', CASE WHEN c.attstorage <> c.typstorage THEN 'STORAGE ' || CASE c.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e'
            THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END),
        ('compression', CASE c.attcompression WHEN 'p' THEN 'COMPRESSION pglz' WHEN 'l' THEN 'COMPRESSION lz4' END),
        ('options', pg_catalog.format('(%s)', pg_catalog.array_to_string(c.attoptions, ', ')))) AS v (what, setting)
    WHERE v.setting IS NOT NULL AND v.setting <> '()'
    UNION ALL
    SELECT 2004, 'sequence owner', s.sequence_name, pg_catalog.format('ALTER SEQUENCE %s OWNED BY %s.%I', s.sequence_name, s.full_name,
        s.attname) FROM sequences AS s WHERE s.attidentity = '' AND of_column IS NULL
    UNION ALL
    SELECT 2005, 'sequence options', s.attname::text, pg_catalog.format('ALTER SEQUENCE %s %s%s', s.sequence_name, s.options, CASE
        WHEN s.seqcycle THEN '' ELSE ' NO CYCLE' END)
    FROM sequences AS s WHERE of_column IS NULL
    UNION ALL
    SELECT 2006, 'column identity', c.attname::text, pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET GENERATED %s', c.full_name,
        c.attname, CASE c.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END)
    FROM columns AS c WHERE of_column IS NULL AND c.attidentity <> ''
    UNION ALL
    SELECT 2010, 'constraint', k.conname::text, pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s', t.full_name, k.conname,
        pg_catalog.pg_get_constraintdef(k.oid))
    FROM t, constraints AS k WHERE k.contype <> 'f' AND (of_column IS NULL OR k.contype NOT IN ('p', 'u'))
    UNION ALL
    -- With a column the table stays, and stays in use: the index comes first, concurrently.
    SELECT 2009, 'index of a constraint', k.conname::text, pg_catalog.pg_get_indexdef(k.conindid) FROM t, constraints AS k
        WHERE k.contype IN ('p', 'u') AND of_column IS NOT NULL
    UNION ALL
    SELECT 2010, 'constraint', k.conname::text, pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s USING INDEX %I%s%s', t.full_name, k.conname,
        CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, k.conname, CASE WHEN k.condeferrable THEN ' DEFERRABLE' ELSE '' END,
            CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END)
    FROM t, constraints AS k WHERE k.contype IN ('p', 'u') AND of_column IS NOT NULL
    UNION ALL
    SELECT 2011, 'index', i.relname::text, pg_catalog.pg_get_indexdef(i.indexrelid)
    FROM indexes AS i WHERE i.indisvalid AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.indexrelid
        AND k.contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT 2012, 'clustering on', i.relname::text, pg_catalog.format('ALTER TABLE %s CLUSTER ON %I', t.full_name, i.relname) FROM t,
        indexes AS i WHERE i.indisclustered
    UNION ALL
    SELECT 2012, 'index setting', pg_catalog.concat_ws(' ', i.relname, a.attnum), pg_catalog.format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s',
        private_schema.name_of(i.indexrelid::regclass), a.attnum, a.attstattarget)
    FROM indexes AS i JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indexrelid AND a.attstattarget >= 0
    UNION ALL
    SELECT 2013, 'statistics', s.stxname::text, pg_catalog.pg_get_statisticsobjdef(s.oid) FROM statistics AS s
    UNION ALL
    SELECT 2014, 'statistics setting', s.stxname::text, pg_catalog.format('ALTER STATISTICS %I.%I SET STATISTICS %s', n.nspname, s.stxname, s.stxstattarget)
    FROM statistics AS s JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace WHERE s.stxstattarget >= 0
    UNION ALL
    SELECT 2014, 'replica identity', '', pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY %s', t.full_name, CASE t.relreplident WHEN 'f'
        THEN 'FULL' WHEN 'n' THEN 'NOTHING'
        ELSE pg_catalog.format('USING INDEX %I', (SELECT i.relname FROM indexes AS i WHERE i.indisreplident)) END)
    FROM t WHERE t.relreplident <> 'd' AND (of_column IS NULL OR t.relreplident = 'i' AND EXISTS (SELECT FROM indexes AS i WHERE i.indisreplident))
    UNION ALL
    SELECT 2015, 'storage parameters', '', pg_catalog.format('ALTER TABLE %s SET (%s)', t.full_name,
        pg_catalog.array_to_string(t.reloptions || ARRAY(SELECT 'toast.' || o FROM pg_catalog.unnest(t.toast_options) AS o), ', '))
    FROM t WHERE of_column IS NULL AND (t.reloptions IS NOT NULL OR t.toast_options IS NOT NULL)
    UNION ALL
    SELECT 2020, 'constraint', k.conname::text, pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s', t.full_name, k.conname,
        pg_catalog.pg_get_constraintdef(k.oid)) FROM t, constraints AS k WHERE k.contype = 'f'
    UNION ALL
    SELECT 2030, 'row security', 'enabled', pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.full_name) FROM t
        WHERE t.relrowsecurity AND of_column IS NULL
    UNION ALL
    SELECT 2031, 'row security', 'forced', pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t.full_name) FROM t
        WHERE t.relforcerowsecurity AND of_column IS NULL
    UNION ALL
    SELECT CASE WHEN p.polpermissive THEN 2050 ELSE 2032 END, 'policy', p.polname::text,
        pg_catalog.format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s', p.polname, t.full_name,
        CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
        CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
        (SELECT pg_catalog.string_agg(r.name, ', ' ORDER BY r.name) FROM roles AS r WHERE r.oid = ANY (p.polroles)),
        ' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', ' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck,
            p.polrelid) || ')')
    FROM t, policies AS p
    UNION ALL
    SELECT 2040, 'trigger', g.tgname::text, pg_catalog.pg_get_triggerdef(g.oid) FROM triggers AS g
    UNION ALL
    SELECT 2041, 'trigger state', g.tgname::text, pg_catalog.format('ALTER TABLE %s %s TRIGGER %I', t.full_name, CASE g.tgenabled WHEN 'D'
        THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, g.tgname)
    FROM t, triggers AS g WHERE g.tgenabled <> 'O'
    UNION ALL
    SELECT 2042, 'rule', w.rulename::text, pg_catalog.pg_get_ruledef(w.oid) FROM t JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = t.oid
        WHERE w.rulename <> '_RETURN' AND of_column IS NULL
    UNION ALL
    SELECT 2043, 'rule state', w.rulename::text, pg_catalog.format('ALTER TABLE %s %s RULE %I', t.full_name, CASE w.ev_enabled WHEN 'D'
        THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, w.rulename)
    FROM t JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = t.oid WHERE w.rulename <> '_RETURN' AND w.ev_enabled <> 'O' AND of_column IS NULL
    UNION ALL
    SELECT 2060, 'grant', pg_catalog.format('%s to %s', a.privilege_type, r.name),
           pg_catalog.format('GRANT %s ON TABLE %s TO %s%s', a.privilege_type, t.full_name, r.name, CASE WHEN a.is_grantable
               THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM t CROSS JOIN LATERAL pg_catalog.aclexplode(t.relacl) AS a JOIN roles AS r ON r.oid = a.grantee WHERE a.grantee <> t.relowner
        AND of_column IS NULL
    UNION ALL
    SELECT 2061, 'grant', pg_catalog.format('%s (%I) to %s', a.privilege_type, c.attname, r.name),
           pg_catalog.format('GRANT %s (%I) ON TABLE %s TO %s%s', a.privilege_type, c.attname, c.full_name, r.name, CASE
               WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM columns AS c CROSS JOIN LATERAL pg_catalog.aclexplode(c.attacl) AS a JOIN roles AS r ON r.oid = a.grantee
    UNION ALL
    SELECT 2062, 'sequence grant', pg_catalog.format('%s on %s to %s', a.privilege_type, s.sequence_name, r.name),
           pg_catalog.format('GRANT %s ON SEQUENCE %s TO %s%s', a.privilege_type, s.sequence_name, r.name, CASE WHEN a.is_grantable
               THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM sequences AS s JOIN pg_catalog.pg_class AS q ON q.oid = s.seqrelid CROSS JOIN LATERAL pg_catalog.aclexplode(q.relacl) AS a
        JOIN roles AS r ON r.oid = a.grantee
    WHERE a.grantee <> q.relowner AND of_column IS NULL
    UNION ALL
    SELECT 2070, 'publication', p.pubname::text, pg_catalog.format('ALTER PUBLICATION %I ADD TABLE ONLY %s%s%s', p.pubname, t.full_name,
        ' (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = t.oid AND a.attnum = ANY (m.prattrs::smallint[])) || ')',
        ' WHERE ' || pg_catalog.pg_get_expr(m.prqual, m.prrelid))
    FROM t JOIN pg_catalog.pg_publication_rel AS m ON m.prrelid = t.oid JOIN pg_catalog.pg_publication AS p ON p.oid = m.prpubid
        WHERE of_column IS NULL
    UNION ALL
    SELECT 2080, 'comment', c.object, pg_catalog.format('COMMENT ON %s IS %L', c.object, c.description) FROM comments AS c
    UNION ALL
    SELECT 2081, 'security label', pg_catalog.concat_ws(' ', l.provider, o.name),
           pg_catalog.format('SECURITY LABEL FOR %I ON %s IS %L', l.provider, o.name, l.label)
    FROM t JOIN pg_catalog.pg_seclabel AS l ON l.classoid = 'pg_catalog.pg_class'::regclass AND l.objoid = t.oid
        AND (of_column IS NULL OR l.objsubid = t.attnum)
    CROSS JOIN LATERAL (SELECT CASE l.objsubid WHEN 0 THEN pg_catalog.concat(t.noun, ' ', t.full_name) ELSE (SELECT pg_catalog.format('COLUMN %s.%I', t.full_name,
        a.attname) FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = t.oid AND a.attnum = l.objsubid) END AS name) AS o
    UNION ALL
    SELECT 2090, 'sequence value', s.attname::text, private_schema.sequence_value(s.full_name, s.attname::text, s.seqrelid::regclass)
        FROM sequences AS s WHERE of_column IS NULL
    UNION ALL
    SELECT 2099, 'owner', '', pg_catalog.format('ALTER TABLE %s OWNER TO %I', t.full_name, pg_catalog.pg_get_userbyid(t.relowner)) FROM t
        WHERE of_column IS NULL;
END
$body$;
