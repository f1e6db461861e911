-- Definitions that others have given a table are archived when it is dropped, and made again when its migration has made it again.

-- Remembers an index or a constraint that a migration has made on a table; without a name the whole table.
CREATE OR REPLACE FUNCTION private_schema.remember_object(of_name text, object_kind text, object_name text) RETURNS void LANGUAGE sql AS $body$
    INSERT INTO private_schema.made_definition (schema_name, table_name, kind, name, sql)
    SELECT n.nspname, c.relname, d.kind, d.name, d.sql
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL private_schema.definitions_of(c.oid::regclass, NULL) AS d
    WHERE c.oid = pg_catalog.to_regclass(of_name) AND (object_name IS NULL OR d.kind = object_kind AND d.name = object_name)
    ON CONFLICT DO NOTHING
$body$;

-- Remembers what a migration has made of a table: what is there beside it later is others'.
CREATE OR REPLACE FUNCTION private_schema.remember_made(of_name text) RETURNS void LANGUAGE sql AS $body$
    SELECT private_schema.remember_object(of_name, NULL, NULL)
$body$;

-- Archives the definitions of a table, or those that would be dropped with a column, but for what its migration has made.
CREATE OR REPLACE FUNCTION private_schema.archive_definitions(of regclass, of_column text, by_version bigint,
    way text) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    target record;
    has_memory boolean;
BEGIN
    SELECT n.nspname::text AS schema_name, c.relname::text AS table_name INTO STRICT target
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = of;
    has_memory := EXISTS (SELECT FROM private_schema.made_definition AS m WHERE m.schema_name = target.schema_name
        AND m.table_name = target.table_name AND m.kind = 'column');
    INSERT INTO private_schema.archive_definition (archived_by, archived_way, schema_name, table_name, place, kind, name, sql)
    SELECT by_version, way, target.schema_name, target.table_name, d.place, d.kind, d.name, d.sql
    FROM private_schema.definitions_of(of, of_column) AS d
    WHERE NOT EXISTS (
        SELECT FROM private_schema.made_definition AS m
        WHERE m.schema_name = target.schema_name AND m.table_name = target.table_name AND m.kind = d.kind AND m.name = d.name AND m.sql = d.sql)
      -- with a column of others these come by themselves
      AND NOT (has_memory AND d.kind IN ('column type', 'column default', 'column nullability', 'column identity', 'sequence options')
          AND NOT EXISTS (
        SELECT FROM private_schema.made_definition AS m
        WHERE m.schema_name = target.schema_name AND m.table_name = target.table_name AND m.kind = 'column' AND m.name = d.name))
    ORDER BY d.place;
    IF of_column IS NOT NULL THEN
        RETURN;
    END IF;
    -- A right that somebody has taken away since. Without a memory of what was made, all are taken before those that were there are given.
    INSERT INTO private_schema.archive_definition (archived_by, archived_way, schema_name, table_name, place, kind, name, sql)
    SELECT by_version, way, target.schema_name, target.table_name, 2055, 'revoke', m.name,
           pg_catalog.regexp_replace(pg_catalog.regexp_replace(m.sql, '^GRANT (.*) TO ', 'REVOKE \1 FROM '), ' WITH GRANT OPTION$', '')
    FROM private_schema.made_definition AS m
    WHERE m.schema_name = target.schema_name AND m.table_name = target.table_name AND m.kind = 'grant'
      AND NOT EXISTS (SELECT FROM private_schema.definitions_of(of, NULL) AS d WHERE d.kind = 'grant' AND d.name = m.name);
    INSERT INTO private_schema.archive_definition (archived_by, archived_way, schema_name, table_name, place, kind, name, sql)
    SELECT by_version, way, target.schema_name, target.table_name, 2054, 'revoke', 'all', ''
    WHERE NOT has_memory;
    -- What somebody has dropped since. It goes before what was made instead of it comes.
    INSERT INTO private_schema.archive_definition (archived_by, archived_way, schema_name, table_name, place, kind, name, sql)
    SELECT by_version, way, target.schema_name, target.table_name, 2007, 'dropped ' || m.kind, m.name, private_schema.drop_of(of, m.kind, m.name)
    FROM private_schema.made_definition AS m
    WHERE m.schema_name = target.schema_name AND m.table_name = target.table_name AND private_schema.drop_of(of, m.kind, m.name) IS NOT NULL
      AND NOT EXISTS (SELECT FROM private_schema.definitions_of(of, NULL) AS d WHERE d.kind = m.kind AND d.name = m.name);
    DELETE FROM private_schema.made_definition AS m WHERE m.schema_name = target.schema_name AND m.table_name = target.table_name;
END
$body$;

-- What others have added to an index or a constraint: comments and settings; and its definition, if it is no longer the one that was made.
CREATE OR REPLACE FUNCTION private_schema.definitions_of_object(of_name text, object_kind text, object_name text)
RETURNS TABLE (place integer, kind text, name text, sql text) LANGUAGE sql STABLE AS $body$
    SELECT d.place, d.kind, d.name, d.sql
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL private_schema.definitions_of(c.oid::regclass, NULL) AS d
    WHERE c.oid = pg_catalog.to_regclass(of_name)
      AND CASE d.kind
          WHEN object_kind THEN d.name = object_name AND EXISTS (
              SELECT FROM private_schema.made_definition AS m
              WHERE m.schema_name = n.nspname AND m.table_name = c.relname AND m.kind = d.kind AND m.name = d.name AND m.sql <> d.sql)
          WHEN 'comment' THEN d.name = CASE object_kind WHEN 'index' THEN pg_catalog.format('INDEX %I.%I', n.nspname, object_name)
              ELSE pg_catalog.format('CONSTRAINT %I ON %s', object_name, private_schema.name_of(c.oid::regclass)) END
          WHEN 'index setting' THEN object_kind = 'index' AND pg_catalog.regexp_replace(d.name, ' [0-9]+$', '') = object_name
          WHEN 'clustering on' THEN object_kind = 'index' AND d.name = object_name
          ELSE false
      END
$body$;

-- Archives what others have added to an index or a constraint, right before it is dropped. A run that ended in between has done it already.
CREATE OR REPLACE FUNCTION private_schema.archive_object(of_name text, object_kind text, object_name text, by_version bigint,
    way text) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    target record;
BEGIN
    SELECT n.nspname::text AS schema_name, c.relname::text AS table_name INTO STRICT target
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = pg_catalog.to_regclass(of_name);
    INSERT INTO private_schema.archive_definition (archived_by, archived_way, schema_name, table_name, place, kind, name, sql)
    SELECT by_version, way, target.schema_name, target.table_name, d.place, d.kind, d.name, d.sql
    FROM private_schema.definitions_of_object(of_name, object_kind, object_name) AS d
    WHERE NOT EXISTS (
        SELECT FROM private_schema.archive_definition AS a
        WHERE a.archived_by = by_version AND a.archived_way = way AND a.schema_name = target.schema_name
          AND a.table_name = target.table_name AND a.kind = d.kind AND a.name = d.name AND a.sql = d.sql)
    ORDER BY d.place;
    -- The memory of one that others have changed stays: it will be made as they had it.
    DELETE FROM private_schema.made_definition AS m
    WHERE m.schema_name = target.schema_name AND m.table_name = target.table_name AND m.kind = object_kind AND m.name = object_name
      AND NOT EXISTS (SELECT FROM private_schema.definitions_of_object(of_name, object_kind, object_name) AS d WHERE d.kind = object_kind);
END
$body$;

-- SQL that drops an object of a table, so that another one of its name can be made; null: its kind has none.
CREATE OR REPLACE FUNCTION private_schema.drop_of(of regclass, kind text, name text) RETURNS text LANGUAGE sql STABLE AS $body$
    SELECT CASE kind
        WHEN 'constraint' THEN pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', private_schema.name_of(of), name)
        WHEN 'index' THEN pg_catalog.format('DROP INDEX IF EXISTS %I.%I', n.nspname, name)
        WHEN 'statistics' THEN pg_catalog.format('DROP STATISTICS IF EXISTS %I.%I', n.nspname, name)
        WHEN 'trigger' THEN pg_catalog.format('DROP TRIGGER IF EXISTS %I ON %s', name, private_schema.name_of(of))
        WHEN 'rule' THEN pg_catalog.format('DROP RULE IF EXISTS %I ON %s', name, private_schema.name_of(of))
        WHEN 'policy' THEN pg_catalog.format('DROP POLICY IF EXISTS %I ON %s', name, private_schema.name_of(of))
    END
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = of
$body$;

-- Archives and drops what another table has that needs this one: foreign keys, and policies that only permit. It is more closed without them.
CREATE OR REPLACE FUNCTION private_schema.archive_dependents(of regclass, other regclass, by_version bigint,
    way text) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    each record;
BEGIN
    FOR each IN
        SELECT n.nspname::text AS schema_name, c.relname::text AS table_name, d.place, d.kind, d.name, d.sql
        FROM private_schema.definitions_of(other, NULL) AS d
        JOIN pg_catalog.pg_class AS c ON c.oid = other
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE d.kind = 'constraint' AND EXISTS (
                  SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = other AND k.conname = d.name AND k.contype = 'f' AND k.confrelid = of)
           OR d.kind = 'policy' AND EXISTS (
                  SELECT FROM pg_catalog.pg_policy AS p
                  JOIN pg_catalog.pg_depend AS o ON o.classid = 'pg_catalog.pg_policy'::regclass AND o.objid = p.oid
                   AND o.refclassid = 'pg_catalog.pg_class'::regclass AND o.refobjid = of
                  WHERE p.polrelid = other AND p.polname = d.name AND p.polpermissive)
    LOOP
        INSERT INTO private_schema.archive_definition (archived_by, archived_way, schema_name, table_name, place, kind, name, sql)
        VALUES (by_version, way, each.schema_name, each.table_name, each.place, each.kind, each.name, each.sql);
        EXECUTE private_schema.drop_of(other, each.kind, each.name);
    END LOOP;
END
$body$;

-- Makes archived definitions of a table again, and those of other tables that were dropped with it. What exists already leaves the archive;
-- what no longer fits stays, with the reason.
-- Nothing is opened while something that protects could not be made.
CREATE OR REPLACE FUNCTION private_schema.restore_definitions(of_name text, by_version bigint, way text) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    of regclass := pg_catalog.to_regclass(of_name);
    each record;
    is_open boolean := true;
    there text;
BEGIN
    IF of IS NULL THEN
        RETURN;
    END IF;
    FOR each IN
        SELECT d.*, t.oid AS of
        FROM private_schema.archive_definition AS d
        CROSS JOIN LATERAL (SELECT pg_catalog.to_regclass(pg_catalog.format('%I.%I', d.schema_name, d.table_name)) AS oid) AS t
        WHERE t.oid IS NOT NULL AND d.archived_way = CASE way WHEN 'up' THEN 'down' ELSE 'up' END
          AND (t.oid = of AND way = 'up' AND d.archived_by <= by_version OR d.archived_by = by_version AND d.kind <> 'index of a constraint')
        ORDER BY t.oid <> of, d.place, d.id
    LOOP
        BEGIN
            SELECT d.sql INTO there FROM private_schema.definitions_of(each.of, NULL) AS d WHERE d.kind = each.kind AND d.name = each.name;
            IF each.kind = 'revoke' AND each.name = 'all' THEN
                PERFORM private_schema.revoke_all(each.of);
            ELSIF there IS DISTINCT FROM each.sql AND (each.kind <> 'column' OR there IS NULL) THEN
                IF NOT is_open AND each.place >= 2050 AND each.kind IN ('policy', 'grant', 'sequence grant', 'publication') THEN
                    RAISE EXCEPTION 'held back, because something that protects the table could not be made again';
                END IF;
                -- The migration has made it as it was in the beginning; others have changed it since.
                IF there IS NOT NULL AND private_schema.drop_of(each.of, each.kind, each.name) IS NOT NULL THEN
                    EXECUTE private_schema.drop_of(each.of, each.kind, each.name);
                ELSIF there IS NOT NULL AND each.kind = 'sequence' THEN
                    RAISE EXCEPTION 'it is there with another definition';
                END IF;
                EXECUTE each.sql;
            END IF;
            DELETE FROM private_schema.archive_definition AS d WHERE d.id = each.id;
        EXCEPTION WHEN raise_exception OR data_exception OR integrity_constraint_violation OR syntax_error_or_access_rule_violation
                       OR feature_not_supported OR object_not_in_prerequisite_state OR dependent_objects_still_exist OR invalid_grantor
                       OR invalid_role_specification THEN
            UPDATE private_schema.archive_definition AS d SET kept_because = SQLERRM WHERE d.id = each.id;
            RAISE INFO '% of % was not made again: %. It stays in the archive', pg_catalog.concat_ws(' ', each.kind, nullif(each.name, '')), private_schema.name_of(each.of), SQLERRM;
            is_open := is_open AND (each.place NOT BETWEEN 2030 AND 2043 AND each.kind <> 'revoke');
        END;
    END LOOP;
END
$body$;

-- Takes all rights on a table from everybody but its owner.
CREATE OR REPLACE FUNCTION private_schema.revoke_all(of regclass) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    grantee text;
BEGIN
    FOR grantee IN
        SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END
        FROM pg_catalog.pg_class AS c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS a
        WHERE c.oid = of AND a.grantee <> c.relowner
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON TABLE %s FROM %s', private_schema.name_of(of), grantee);
    END LOOP;
END
$body$;

-- One definition of a table that stays in use: makes it, or looks whether it was made.
CREATE OR REPLACE FUNCTION private_schema.settle_definition(definition_id bigint, only_look boolean) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    definition private_schema.archive_definition;
    of_name text;
    reason text := 'it could not be made again';
    there text;
BEGIN
    SELECT d.* INTO definition FROM private_schema.archive_definition AS d WHERE d.id = definition_id;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    of_name := pg_catalog.format('%I.%I', definition.schema_name, definition.table_name);
    IF NOT only_look THEN
        BEGIN
            EXECUTE definition.sql;
            DELETE FROM private_schema.archive_definition AS d WHERE d.id = definition_id;
            RETURN;
        EXCEPTION WHEN raise_exception OR data_exception OR integrity_constraint_violation OR syntax_error_or_access_rule_violation
                       OR feature_not_supported OR object_not_in_prerequisite_state OR dependent_objects_still_exist OR invalid_grantor
                       OR invalid_role_specification THEN
            reason := SQLERRM;
        END;
    END IF;
    SELECT d.sql INTO there FROM private_schema.definitions_of(pg_catalog.to_regclass(of_name), NULL) AS d
    WHERE d.name = definition.name AND d.kind = pg_catalog.regexp_replace(definition.kind, '^index of a ', '');
    IF there = definition.sql OR there IS NOT NULL AND definition.sql LIKE '% USING INDEX %'
       OR definition.kind = 'index of a constraint' THEN
        DELETE FROM private_schema.archive_definition AS d WHERE d.id = definition_id;
    ELSE
        IF there IS NOT NULL THEN
            reason := 'it is there with another definition';
        END IF;
        UPDATE private_schema.archive_definition AS d SET kept_because = reason WHERE d.id = definition_id;
        RAISE INFO '% of % was not made again: %. It stays in the archive', pg_catalog.concat_ws(' ', definition.kind, nullif(definition.name, '')), of_name, reason;
    END IF;
END
$body$;
