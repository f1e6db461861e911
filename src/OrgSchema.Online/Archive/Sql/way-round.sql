-- How an object that is in the way can be taken away and made again.

-- SQL of one object, each without its last semicolon. No row: nobody knows a way that loses nothing. Somebody will type it: what would run
-- code of the table's owner, as a rewrite of the table does, is for owners who have the rights of this role anyway.
CREATE OR REPLACE FUNCTION private_schema.drop_and_make(classid oid, objid oid, objsubid integer, of regclass,
    of_column text) RETURNS TABLE (owner oid, undo text, redo text)
LANGUAGE sql STABLE AS $body$
    WITH relation AS (
        SELECT c.*, private_schema.name_of(c.oid::regclass) AS name, CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END AS noun
        FROM pg_catalog.pg_class AS c WHERE c.oid = objid AND c.relkind IN ('v', 'm') AND classid = 'pg_catalog.pg_class'::regclass AND objsubid = 0
    ), routine AS (
        SELECT p.*, pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) AS name
        FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE p.oid = objid AND p.prokind IN ('f', 'p', 'w') AND classid = 'pg_catalog.pg_proc'::regclass
    ), field AS (
        SELECT a.*, c.relowner, y.typcategory, private_schema.name_of(a.attrelid::regclass) AS table_name
        FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid
        WHERE classid = 'pg_catalog.pg_class'::regclass AND a.attrelid = objid AND a.attnum = objsubid AND a.attnum > 0 AND c.relkind IN ('r', 'p')
    ), opened AS ( -- what the project's default privileges would give to others, until the grants are made again
        SELECT 'r' AS kind, r.relnamespace AS namespace, r.relowner AS owner FROM relation AS r
        UNION ALL SELECT 'f', p.pronamespace, p.proowner FROM routine AS p
    ), closed AS (
        SELECT pg_catalog.string_agg(DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
            ', ') AS roles
        FROM opened AS o CROSS JOIN LATERAL (
            SELECT e.grantee FROM pg_catalog.pg_default_acl AS d CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) AS e
            WHERE d.defaclobjtype = o.kind::"char" AND d.defaclnamespace IN (0, o.namespace) AND e.grantee <> o.owner
            UNION SELECT 0) AS a
    ), granted AS (
        SELECT g.privileges, g.is_grantable, pg_catalog.string_agg(g.role, ', ' ORDER BY g.role) AS roles
        FROM (
            SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS role, a.is_grantable,
                pg_catalog.string_agg(DISTINCT a.privilege_type, ', ') AS privileges
            FROM relation AS r CROSS JOIN LATERAL pg_catalog.aclexplode(r.relacl) AS a WHERE a.grantee <> r.relowner GROUP BY 1, 2) AS g
        GROUP BY 1, 2
    )
    SELECT r.relowner, pg_catalog.format('DROP %s IF EXISTS %s', r.noun, r.name), pg_catalog.concat_ws(E';\n',
        pg_catalog.concat('CREATE ', CASE r.relkind WHEN 'v' THEN 'OR REPLACE ' END, r.noun, CASE r.relkind WHEN 'm' THEN ' IF NOT EXISTS' END, ' ', r.name,
            ' WITH (' || pg_catalog.array_to_string(r.reloptions, ', ') || ')',
            ' TABLESPACE ' || (SELECT pg_catalog.quote_ident(s.spcname) FROM pg_catalog.pg_tablespace AS s WHERE s.oid = r.reltablespace),
            ' AS', E'\n', pg_catalog.rtrim(pg_catalog.pg_get_viewdef(r.oid), ';'), CASE r.relkind WHEN 'm' THEN ' WITH NO DATA' END),
        pg_catalog.format('REVOKE ALL ON TABLE %s FROM %s', r.name, (SELECT c.roles FROM closed AS c)),
        (SELECT pg_catalog.string_agg(pg_catalog.format('GRANT %s ON TABLE %s TO %s%s', g.privileges, r.name, g.roles, CASE WHEN g.is_grantable
            THEN ' WITH GRANT OPTION' END), E';\n' ORDER BY g.roles) FROM granted AS g),
        (SELECT pg_catalog.string_agg(d.sql, E';\n' ORDER BY d.place, d.name) FROM private_schema.definitions_of(r.oid, NULL) AS d
         WHERE d.kind IN ('column setting', 'index', 'clustering on', 'index setting', 'statistics', 'statistics setting', 'trigger', 'trigger state',
             'rule', 'rule state', 'comment', 'security label', 'owner')
            OR d.kind = 'grant' AND d.name LIKE '% (%) to %'
            OR d.kind = 'column default' AND d.sql NOT LIKE '% DROP DEFAULT'),
        -- REFRESH runs what the view calls with the rights of its owner; CREATE would do so with those of whoever types it.
        CASE WHEN r.relkind = 'm' AND r.relispopulated THEN pg_catalog.format('REFRESH MATERIALIZED VIEW %s', r.name) END)
    FROM relation AS r
    UNION ALL
    SELECT p.proowner, pg_catalog.format('DROP ROUTINE IF EXISTS %s', p.name), pg_catalog.concat_ws(E';\n',
        pg_catalog.rtrim(pg_catalog.pg_get_functiondef(p.oid), E'\n'),
        pg_catalog.format('REVOKE ALL ON ROUTINE %s FROM %s', p.name, (SELECT c.roles FROM closed AS c)),
        (SELECT pg_catalog.string_agg(pg_catalog.format('GRANT EXECUTE ON ROUTINE %s TO %s%s', p.name, CASE a.grantee WHEN 0 THEN 'PUBLIC'
            ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END, CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END), E';\n')
         FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS a WHERE a.grantee <> p.proowner),
        pg_catalog.format('COMMENT ON ROUTINE %s IS ', p.name) || pg_catalog.quote_literal(pg_catalog.obj_description(p.oid, 'pg_proc')),
        pg_catalog.format('ALTER ROUTINE %s OWNER TO %I', p.name, pg_catalog.pg_get_userbyid(p.proowner)))
    FROM routine AS p
    UNION ALL
    -- A policy that says no until it is made again: without a restrictive one the table would be open.
    SELECT c.relowner, pg_catalog.format('ALTER POLICY %I ON %s%s%s', p.polname, private_schema.name_of(c.oid::regclass),
            CASE WHEN p.polqual IS NOT NULL THEN ' USING (false)' END, CASE WHEN p.polwithcheck IS NOT NULL THEN ' WITH CHECK (false)' END),
        pg_catalog.format('ALTER POLICY %I ON %s%s%s', p.polname, private_schema.name_of(c.oid::regclass),
            ' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', ' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')')
    FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
    WHERE p.oid = objid AND classid = 'pg_catalog.pg_policy'::regclass
    UNION ALL
    SELECT c.relowner, pg_catalog.format('DROP TRIGGER IF EXISTS %I ON %s', g.tgname, private_schema.name_of(c.oid::regclass)), (
        SELECT pg_catalog.string_agg(d.sql, E';\n' ORDER BY d.place) FROM private_schema.definitions_of(c.oid, NULL) AS d
        WHERE d.kind IN ('trigger', 'trigger state') AND d.name = g.tgname
           OR d.kind = 'comment' AND d.name = pg_catalog.format('TRIGGER %I ON %s', g.tgname, private_schema.name_of(c.oid::regclass)))
    FROM pg_catalog.pg_trigger AS g JOIN pg_catalog.pg_class AS c ON c.oid = g.tgrelid
    WHERE g.oid = objid AND classid = 'pg_catalog.pg_trigger'::regclass AND NOT g.tgisinternal AND g.tgparentid = 0
    UNION ALL
    SELECT c.relowner, pg_catalog.format('DROP RULE IF EXISTS %I ON %s', w.rulename, private_schema.name_of(c.oid::regclass)), (
        SELECT pg_catalog.string_agg(pg_catalog.rtrim(d.sql, ';'), E';\n' ORDER BY d.place) FROM private_schema.definitions_of(c.oid, NULL) AS d
        WHERE d.kind IN ('rule', 'rule state') AND d.name = w.rulename
           OR d.kind = 'comment' AND d.name = pg_catalog.format('RULE %I ON %s', w.rulename, private_schema.name_of(c.oid::regclass)))
    FROM pg_catalog.pg_rewrite AS w JOIN pg_catalog.pg_class AS c ON c.oid = w.ev_class
    WHERE w.oid = objid AND classid = 'pg_catalog.pg_rewrite'::regclass AND w.rulename <> '_RETURN'
    UNION ALL
    SELECT f.relowner, pg_catalog.format('ALTER TABLE %s DROP COLUMN IF EXISTS %I', f.table_name, f.attname), pg_catalog.concat_ws(E';\n', (
            SELECT d.sql FROM private_schema.definitions_of(f.attrelid, NULL) AS d WHERE d.kind = 'column' AND d.name = f.attname), (
            SELECT pg_catalog.string_agg(d.sql, E';\n' ORDER BY d.place, d.name) FROM private_schema.definitions_of(f.attrelid, f.attname::text) AS d))
    FROM field AS f WHERE f.attgenerated <> '' AND pg_catalog.pg_has_role(f.relowner, current_user, 'USAGE')
    UNION ALL
    -- A column of the row type of a table: as text meanwhile, which reads back as what it was.
    SELECT f.relowner, pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I TYPE text%s', f.table_name, f.attname, CASE f.typcategory WHEN 'A' THEN '[]' END),
        pg_catalog.format('ALTER TABLE %1$s ALTER COLUMN %2$I TYPE %3$s USING %2$I::%3$s', f.table_name, f.attname, pg_catalog.format_type(f.atttypid, NULL))
    FROM field AS f WHERE f.attgenerated = '' AND NOT f.atthasdef AND f.typcategory IN ('A', 'C') AND pg_catalog.pg_has_role(f.relowner, current_user, 'USAGE')
    UNION ALL
    SELECT c.relowner, pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', private_schema.name_of(c.oid::regclass), a.attname),
        pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', private_schema.name_of(c.oid::regclass), a.attname,
            pg_catalog.pg_get_expr(f.adbin, f.adrelid))
    FROM pg_catalog.pg_attrdef AS f JOIN pg_catalog.pg_attribute AS a ON a.attrelid = f.adrelid AND a.attnum = f.adnum AND a.attgenerated = ''
        JOIN pg_catalog.pg_class AS c ON c.oid = f.adrelid
    WHERE f.oid = objid AND classid = 'pg_catalog.pg_attrdef'::regclass
    UNION ALL
    -- Without this column, in one transaction: a subscriber misses no row. A filter by the column has no such way.
    SELECT p.pubowner, pg_catalog.format(E'BEGIN;\n%1$s;\nALTER PUBLICATION %2$I ADD TABLE ONLY %3$s (%4$s);\nCOMMIT', l.goes, p.pubname, l.name,
            pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attname <> of_column)),
        pg_catalog.format(E'BEGIN;\n%1$s;\nALTER PUBLICATION %2$I ADD TABLE ONLY %3$s (%4$s);\nCOMMIT', l.goes, p.pubname, l.name,
            pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum))
    FROM pg_catalog.pg_publication_rel AS m JOIN pg_catalog.pg_publication AS p ON p.oid = m.prpubid
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = m.prrelid AND a.attnum = ANY (m.prattrs::smallint[])
    CROSS JOIN LATERAL (SELECT private_schema.name_of(m.prrelid::regclass) AS name,
        pg_catalog.format('ALTER PUBLICATION %I DROP TABLE ONLY %s', p.pubname, private_schema.name_of(m.prrelid::regclass)) AS goes) AS l
    WHERE m.oid = objid AND classid = 'pg_catalog.pg_publication_rel'::regclass AND m.prrelid = of AND m.prqual IS NULL
    GROUP BY p.oid, p.pubname, p.pubowner, l.name, l.goes
    HAVING pg_catalog.count(*) > 1
$body$;

-- SQL that takes an object away with everything that depends on it, and SQL that makes all of that again. Null: there is none that loses nothing.
CREATE OR REPLACE FUNCTION private_schema.way_round(classid oid, objid oid, objsubid integer, of regclass,
    of_column text) RETURNS TABLE (undo text, redo text)
LANGUAGE sql STABLE SET search_path = '' AS $body$ -- every name is written with its schema then
    WITH RECURSIVE needs (classid, objid, objsubid, is_gone_with_another, level) AS (
        SELECT way_round.classid, way_round.objid, way_round.objsubid, false, 0
        UNION
        SELECT o.classid, o.objid, o.objsubid, d.deptype <> 'n', n.level + CASE d.deptype WHEN 'n' THEN 1 ELSE 0 END
        FROM needs AS n
        JOIN pg_catalog.pg_depend AS d ON d.refclassid = n.classid AND d.refobjid = n.objid AND (n.objsubid = 0 OR d.refobjsubid = n.objsubid)
        LEFT JOIN pg_catalog.pg_rewrite AS w ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND w.oid = d.objid AND w.rulename = '_RETURN'
        CROSS JOIN LATERAL (SELECT CASE WHEN w.oid IS NULL THEN d.classid ELSE 'pg_catalog.pg_class'::regclass::oid END AS classid,
            coalesce(w.ev_class, d.objid) AS objid, d.objsubid) AS o
        WHERE d.deptype IN ('n', 'a', 'i', 'P', 'S') AND n.level < 100 AND (o.classid, o.objid) <> (n.classid, n.objid)
    ), objects AS (
        SELECT n.classid, n.objid, n.objsubid, pg_catalog.max(n.level) AS level FROM needs AS n
        GROUP BY 1, 2, 3 HAVING NOT pg_catalog.bool_or(n.is_gone_with_another)
    ), ways AS (
        SELECT o.level, w.undo, w.redo,
            CASE WHEN NOT pg_catalog.pg_has_role(w.owner, 'USAGE') THEN pg_catalog.format(E'-- as %I\n', pg_catalog.pg_get_userbyid(w.owner)) END AS by
        FROM objects AS o LEFT JOIN LATERAL private_schema.drop_and_make(o.classid, o.objid, o.objsubid, of, of_column) AS w ON true
    )
    SELECT pg_catalog.string_agg(pg_catalog.concat(w.by, w.undo), E';\n' ORDER BY w.level DESC, w.undo),
           pg_catalog.string_agg(pg_catalog.concat(w.by, w.redo), E';\n' ORDER BY w.level, w.undo)
    FROM ways AS w HAVING pg_catalog.bool_and(w.redo IS NOT NULL) AND pg_catalog.max(w.level) < 100
$body$;
