-- Brings archived rows back as they were. What is back, and proven to be, leaves the archive; the rest stays, with the reason.

-- A condition on a row a of an archive: whether a migration brings it back. On the way up what it, or one before it, has removed on the way down;
-- on the way down what it has removed itself on the way up.
CREATE OR REPLACE FUNCTION private_schema.is_due(root_name text, by_version bigint, way text) RETURNS text LANGUAGE sql IMMUTABLE AS $body$
    SELECT pg_catalog.format(
        'a.root = %L AND a.archived_way = %L AND a.archived_by %s %s', root_name,
        CASE way WHEN 'up' THEN 'down' ELSE 'up' END, CASE way WHEN 'up' THEN '<=' ELSE '=' END, by_version)
$body$;

-- The foreign keys of a table, as conditions on a row a of its archive: whether it refers to a row at all, and to which one, p.
CREATE OR REPLACE FUNCTION private_schema.references_of(of regclass)
RETURNS TABLE (name text, parent regclass, columns text[], forgets boolean, nullable text[], refers text, matches text) LANGUAGE sql STABLE AS $body$
    SELECT k.name, k.parent::regclass, k.child_columns, k.on_delete = 'n',
           ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = of AND a.attname = ANY (k.child_columns)
               AND NOT a.attnotnull),
           (SELECT pg_catalog.string_agg(pg_catalog.format('a.data ->> %L IS NOT NULL', c), ' AND ') FROM pg_catalog.unnest(k.child_columns) AS c),
           (SELECT pg_catalog.string_agg(pg_catalog.format('p.%I = (a.data ->> %L)::%s', u.theirs, u.mine, u.type), ' AND ')
            FROM ROWS FROM (pg_catalog.unnest(k.child_columns), pg_catalog.unnest(k.parent_columns),
                pg_catalog.unnest(k.parent_types)) AS u (mine, theirs, type))
    FROM private_schema.foreign_key AS k
    WHERE k.child = of
$body$;

-- A condition on a row a of an archive: whether every row that it refers to exists.
CREATE OR REPLACE FUNCTION private_schema.has_parents(of regclass) RETURNS text LANGUAGE sql STABLE AS $body$
    SELECT coalesce(pg_catalog.string_agg(
        pg_catalog.format('(NOT (%s) OR EXISTS (SELECT FROM %s AS p WHERE %s))', r.refers, private_schema.name_of(r.parent), r.matches),
            ' AND '), 'true')
    FROM private_schema.references_of(of) AS r
$body$;

-- Whether triggers of a table hear of a row that comes or changes.
CREATE OR REPLACE FUNCTION private_schema.has_triggers(of regclass, event integer) RETURNS boolean LANGUAGE sql STABLE AS $body$
    SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger AS g WHERE g.tgrelid = of AND NOT g.tgisinternal AND g.tgenabled IN ('O', 'A')
        AND g.tgtype & event > 0)
$body$;

-- Whether this role may lock the rows that those of a table refer to.
CREATE OR REPLACE FUNCTION private_schema.may_lock_parents(of regclass) RETURNS boolean LANGUAGE sql STABLE AS $body$
    SELECT NOT EXISTS (SELECT FROM private_schema.foreign_key AS k WHERE k.child = of AND NOT pg_catalog.has_table_privilege(k.parent, 'UPDATE'))
$body$;

-- Whether this role may renew the statistics of a table.
CREATE OR REPLACE FUNCTION private_schema.may_analyze(of regclass) RETURNS boolean LANGUAGE sql STABLE AS $body$
    SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class AS c WHERE c.oid = of
$body$;

-- A condition on a row t: nobody has chosen values for some columns; each is NULL or the default.
CREATE OR REPLACE FUNCTION private_schema.is_unchosen(of regclass, names text[]) RETURNS text LANGUAGE sql STABLE AS $body$
    SELECT pg_catalog.string_agg(pg_catalog.format('(t.%1$I IS NOT DISTINCT FROM NULL%2$s)', a.attname,
        CASE WHEN d.adbin IS NULL THEN '' ELSE pg_catalog.format(' OR pg_catalog.format(''%%s'', t.%1$I) = pg_catalog.format(''%%s'', (%2$s)::%3$s)',
            a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid), pg_catalog.format_type(a.atttypid, a.atttypmod)) END), ' AND ')
    FROM pg_catalog.pg_attribute AS a
    LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = of AND a.attname = ANY (names) AND NOT a.attisdropped
$body$;

-- Begins: what could not come back an earlier time is tried again. An archive of the table of today's form or an earlier one is taken over.
CREATE OR REPLACE FUNCTION private_schema.restore_begin(root_name text, by_version bigint, way text) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    each record;
BEGIN
    PERFORM private_schema.archive_of_table(pg_catalog.to_regclass(root_name))
    FROM pg_catalog.pg_class AS c
    WHERE c.oid = pg_catalog.to_regclass(root_name) AND pg_catalog.octet_length(c.relname) <= 55
      AND pg_catalog.to_regclass(pg_catalog.format('private_schema.%I', 'archive_' || c.relname)) IS NOT NULL;
    FOR each IN SELECT * FROM private_schema.archives() LOOP
        EXECUTE pg_catalog.format(
            'UPDATE %s AS a SET kept_because = NULL WHERE %s AND a.kept_because IS NOT NULL AND a.kept_because NOT LIKE ''a newer row %%''',
            each.archive, private_schema.is_due(root_name, by_version, way));
    END LOOP;
END
$body$;

-- A row of the archives that can come back now, as archive, kind and id; null: none.
-- only_row: asks for this one alone.
CREATE OR REPLACE FUNCTION private_schema.restorable(root_name text, kind text, by_version bigint, way text,
    only_row text DEFAULT NULL) RETURNS text LANGUAGE plpgsql STABLE AS $body$
DECLARE
    each record;
    found text;
BEGIN
    FOR each IN SELECT r.* FROM private_schema.restored_archives(root_name) AS r WHERE r.kind = restorable.kind LOOP
        CONTINUE WHEN only_row IS NOT NULL AND pg_catalog.split_part(only_row, '/', 1) <> each.name;
        EXECUTE pg_catalog.format(
            'SELECT pg_catalog.concat_ws(''/'', %L, a.kind, a.id) FROM %s AS a WHERE %s AND a.kept_because IS NULL AND a.kind = %L AND %s AND %s LIMIT 1',
            each.name, each.archive, private_schema.is_due(root_name, by_version, way), each.kind,
            CASE each.kind WHEN 'row' THEN private_schema.has_parents(each.of) ELSE 'true' END,
            CASE WHEN only_row IS NULL THEN 'true' ELSE pg_catalog.format('a.id = %L', pg_catalog.split_part(only_row, '/', 3)) END) INTO found;
        IF found IS NOT NULL THEN
            RETURN found;
        END IF;
    END LOOP;
    RETURN NULL;
END
$body$;

-- Archives in the order in which they come back: rows of the table itself, then those that went with it, then links. Tables that are gone are left out.
CREATE OR REPLACE FUNCTION private_schema.restored_archives(root_name text) RETURNS TABLE (place bigint, name text, of regclass,
    archive regclass, kind text)
LANGUAGE sql STABLE AS $body$
    SELECT pg_catalog.row_number() OVER (ORDER BY k.kind, pg_catalog.format('%I.%I', a.of_schema, a.of_table) <> root_name, a.name),
           a.name, pg_catalog.to_regclass(pg_catalog.format('%I.%I', a.of_schema, a.of_table)), a.archive, k.kind
    FROM private_schema.archives() AS a
    CROSS JOIN (VALUES ('row'), ('values')) AS k (kind)
    WHERE pg_catalog.to_regclass(pg_catalog.format('%I.%I', a.of_schema, a.of_table)) IS NOT NULL
    ORDER BY 1
$body$;

-- One batch. after: where the batch before has ended, as place and id. Only the rows of the batch are asked for the rows that they refer to:
-- a question to the whole archive may cost as much as thousands of rows. Those that cannot come back yet are passed over.
CREATE OR REPLACE FUNCTION private_schema.restore_batch(
    root_name text, kind text, by_version bigint, way text, after text, size bigint, OUT picked bigint, OUT last text, OUT changed bigint)
LANGUAGE plpgsql AS $body$
DECLARE
    each record;
    ids bigint[];
    last_id bigint;
    back bigint;
    from_place bigint := coalesce(pg_catalog.split_part(after, '/', 1)::bigint, 0);
    from_id bigint := coalesce(pg_catalog.split_part(after, '/', 2)::bigint, 0);
BEGIN
    changed := 0;
    FOR each IN SELECT * FROM private_schema.restored_archives(root_name) AS r WHERE r.kind = restore_batch.kind AND r.place >= from_place LOOP
        EXECUTE pg_catalog.format($sql$
            SELECT pg_catalog.count(*), pg_catalog.max(a.id), pg_catalog.array_agg(a.id ORDER BY a.id) FILTER (WHERE %1$s)
            FROM (SELECT a.id, a.data FROM %2$s AS a
                  WHERE a.id > $1 AND a.kind = %3$L AND a.kept_because IS NULL AND %4$s ORDER BY a.id LIMIT $2) AS a
            $sql$, CASE each.kind WHEN 'row' THEN private_schema.has_parents(each.of) ELSE 'true' END, each.archive, each.kind,
            private_schema.is_due(root_name, by_version, way))
            INTO picked, last_id, ids USING CASE WHEN each.place = from_place THEN from_id ELSE 0 END, size;
        CONTINUE WHEN picked = 0;
        last := pg_catalog.concat_ws('/', each.place, last_id);
        IF ids IS NOT NULL THEN
            changed := CASE each.kind WHEN 'row' THEN private_schema.restore_rows(each.of, each.archive, ids)
                ELSE private_schema.restore_values(each.of, each.archive, ids) END;
        END IF;
        IF changed > 0 AND each.kind = 'values' THEN
            UPDATE private_schema.archive AS a SET restored_links = a.restored_links + changed WHERE a.name = each.name;
        ELSIF changed > 0 THEN
            UPDATE private_schema.archive AS a SET restored = a.restored + changed WHERE a.name = each.name RETURNING a.restored INTO back;
            -- What clients have prepared while the table was empty reads all of it, until statistics make the server plan again.
            IF pg_catalog.floor(pg_catalog.log(4, back)) > pg_catalog.floor(pg_catalog.log(4, greatest(back - changed, 100)))
               AND private_schema.may_analyze(each.of) THEN
                EXECUTE pg_catalog.format('ANALYZE %s', private_schema.name_of(each.of));
            END IF;
        END IF;
        RETURN;
    END LOOP;
    picked := 0;
END
$body$;

-- Inserts archived rows and takes them out of the archive. All at once; where that fails, one after the other, and each that fails keeps the reason.
CREATE OR REPLACE FUNCTION private_schema.restore_rows(of regclass, archive regclass, ids bigint[]) RETURNS bigint LANGUAGE plpgsql AS $body$
DECLARE
    shape record;
    each_id bigint;
    restored bigint := 0;
BEGIN
    -- Rows that were archived with the same columns: what came later has its default.
    FOR shape IN EXECUTE pg_catalog.format($sql$
        SELECT r.columns, pg_catalog.array_agg(r.id ORDER BY r.id) AS ids
        FROM (SELECT a.id, ARRAY(SELECT k FROM pg_catalog.jsonb_object_keys(a.data) AS k ORDER BY k) AS columns FROM %s AS a
            WHERE a.id = ANY ($1)) AS r
        GROUP BY r.columns
        $sql$, archive) USING ids
    LOOP
        BEGIN
            restored := restored + private_schema.restore_rows_of_shape(of, archive, shape.columns, shape.ids);
        EXCEPTION WHEN data_exception OR integrity_constraint_violation OR raise_exception OR syntax_error_or_access_rule_violation
                       OR with_check_option_violation
                       OR no_data_found OR too_many_rows OR feature_not_supported OR object_not_in_prerequisite_state THEN
            FOREACH each_id IN ARRAY shape.ids LOOP
                BEGIN
                    restored := restored + private_schema.restore_rows_of_shape(of, archive, shape.columns, ARRAY[each_id]);
                EXCEPTION WHEN unique_violation THEN
                    EXECUTE pg_catalog.format('UPDATE %s AS a SET kept_because = $2 WHERE a.id = $1', archive)
                        USING each_id, 'another row has the same ' || private_schema.conflict_of(of, archive, each_id);
                WHEN data_exception OR integrity_constraint_violation OR raise_exception OR syntax_error_or_access_rule_violation OR with_check_option_violation
                       OR no_data_found OR too_many_rows OR feature_not_supported OR object_not_in_prerequisite_state THEN
                    EXECUTE pg_catalog.format('UPDATE %s AS a SET kept_because = $2 WHERE a.id = $1', archive) USING each_id,
                        'the table refuses them: ' || SQLERRM;
                END;
            END LOOP;
        END;
    END LOOP;
    RETURN restored;
END
$body$;

-- The columns of a unique index in which a row of the table is as an archived one.
CREATE OR REPLACE FUNCTION private_schema.conflict_of(of regclass, archive regclass, row_id bigint) RETURNS text LANGUAGE plpgsql STABLE AS $body$
DECLARE
    each record;
    is_taken boolean;
BEGIN
    FOR each IN
        SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) AS columns
        FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1])
        WHERE i.indrelid = of AND i.indisunique AND i.indexprs IS NULL
        GROUP BY i.indexrelid, i.indisprimary ORDER BY i.indisprimary DESC, i.indexrelid
    LOOP
        EXECUTE pg_catalog.format('SELECT EXISTS (SELECT FROM %s AS a JOIN %s AS t ON %s WHERE a.id = $1)',
            archive, private_schema.name_of(of), private_schema.is_in('a.data', of, 't', each.columns)) INTO is_taken USING row_id;
        IF is_taken THEN
            RETURN pg_catalog.array_to_string(each.columns, ', ');
        END IF;
    END LOOP;
    RETURN 'place';
END
$body$;

-- Inserts rows that were archived with the same columns. Triggers hear nothing of it where they can be silenced: nothing has changed for them.
-- Then no foreign key looks, and the rows that they refer to are locked instead.
CREATE OR REPLACE FUNCTION private_schema.restore_rows_of_shape(of regclass, archive regclass, columns text[],
    ids bigint[]) RETURNS bigint LANGUAGE plpgsql AS $body$
DECLARE
    shared text[] := ARRAY(
        SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = of AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attname = ANY (columns) ORDER BY a.attnum);
    key text[] := private_schema.key_of(of);
    is_silent boolean := false;
    parent record;
    held bigint[];
    inserted bigint;
    back bigint;
BEGIN
    IF private_schema.has_triggers(of, 4) AND private_schema.may_lock_parents(of) THEN
        is_silent := private_schema.silence();
    END IF;
    IF is_silent THEN
        FOR parent IN SELECT * FROM private_schema.references_of(of) AS r WHERE r.parent <> of LOOP
            EXECUTE pg_catalog.format(
                'SELECT pg_catalog.array_agg(h.id) FROM (SELECT a.id FROM %s AS a JOIN %s AS p ON %s WHERE a.id = ANY ($1) AND %s FOR KEY SHARE OF p) AS h',
                archive, private_schema.name_of(parent.parent), parent.matches, parent.refers) INTO held USING ids;
            EXECUTE pg_catalog.format(
                'SELECT pg_catalog.array_agg(a.id ORDER BY a.id) FROM %s AS a WHERE a.id = ANY ($1) AND (a.id = ANY ($2) OR NOT (%s))',
                archive, parent.refers)
                INTO ids USING ids, coalesce(held, '{}');
        END LOOP;
    END IF;
    EXECUTE pg_catalog.format(
        'INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s AS a WHERE a.id = ANY ($1) ORDER BY a.id',
        private_schema.name_of(of),
        (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(c), ', ' ORDER BY n) FROM pg_catalog.unnest(shared) WITH ORDINALITY AS u (c, n)),
        (SELECT pg_catalog.string_agg(private_schema.value_in('a.data', of, c), ', ' ORDER BY n)
            FROM pg_catalog.unnest(shared) WITH ORDINALITY AS u (c, n)),
        archive) USING ids;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    IF is_silent THEN
        SET LOCAL session_replication_role = origin;
    END IF;
    IF inserted < pg_catalog.cardinality(ids) THEN
        RAISE EXCEPTION 'a trigger does not take them';
    END IF;
    IF is_silent THEN
        FOR parent IN SELECT * FROM private_schema.references_of(of) AS r WHERE r.parent = of LOOP
            EXECUTE pg_catalog.format('SELECT pg_catalog.count(*) FROM %s AS a WHERE a.id = ANY ($1) AND %s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s)',
                archive, parent.refers, private_schema.name_of(of), parent.matches) INTO back USING ids;
            IF back > 0 THEN
                RAISE foreign_key_violation USING MESSAGE = pg_catalog.format('their %s is gone', pg_catalog.array_to_string(parent.columns, ', '));
            END IF;
        END LOOP;
    END IF;

    -- Values whose column does not exist stay, under the key of their row.
    IF pg_catalog.cardinality(shared) < pg_catalog.cardinality(columns) AND key IS NOT NULL THEN
        EXECUTE pg_catalog.format($sql$
            UPDATE %1$s AS a SET kind = 'values', key = %2$s, data = a.data - $2,
                kept_because = 'there is no column ' || pg_catalog.array_to_string($3, ', ')
            FROM %3$s AS t WHERE a.id = ANY ($1) AND %4$s
            $sql$, archive, private_schema.as_json(of, 't', key), private_schema.name_of(of), private_schema.is_in('a.data', of, 't', key))
            USING ids, shared, ARRAY(SELECT c FROM pg_catalog.unnest(columns) AS c WHERE c <> ALL (shared));
        RETURN inserted;
    END IF;
    -- A trigger that could not be silenced may have made another row of it.
    EXECUTE pg_catalog.format(
        'DELETE FROM %s AS a USING %s AS t WHERE a.id = ANY ($1) AND %s AND (a.data || %s) @> a.data',
        archive, private_schema.name_of(of), coalesce(private_schema.is_in('a.data', of, 't', key), 'true'), private_schema.as_json(of,
            't')) USING ids;
    GET DIAGNOSTICS back = ROW_COUNT;
    IF back < inserted THEN
        EXECUTE pg_catalog.format('UPDATE %s AS a SET kept_because = ''the table did not take them as they were'' WHERE a.id = ANY ($1)',
            archive) USING ids;
    END IF;
    RETURN inserted;
END
$body$;

-- Gives rows archived values back, where nobody has chosen another one since. Triggers hear nothing of it where they can be silenced.
CREATE OR REPLACE FUNCTION private_schema.restore_values(of regclass, archive regclass, ids bigint[]) RETURNS bigint LANGUAGE plpgsql AS $body$
DECLARE
    shape record;
    key text[] := private_schema.key_of(of);
    is_silent boolean;
    parent record;
    restored bigint := 0;
    changed bigint;
    gone bigint[];
BEGIN
    FOR shape IN EXECUTE pg_catalog.format($sql$
        SELECT r.columns, pg_catalog.array_agg(r.id ORDER BY r.id) AS ids
        FROM (SELECT a.id, ARRAY(SELECT k FROM pg_catalog.jsonb_object_keys(a.data) AS k ORDER BY k) AS columns FROM %s AS a
            WHERE a.id = ANY ($1)) AS r
        GROUP BY r.columns
        $sql$, archive) USING ids
    LOOP
        IF key IS NULL OR pg_catalog.cardinality(shape.columns) <> (
            SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = of AND a.attnum > 0 AND NOT a.attisdropped AND a.attname = ANY (shape.columns)) THEN
            EXECUTE pg_catalog.format('UPDATE %s AS a SET kept_because = $2 WHERE a.id = ANY ($1)', archive)
                USING shape.ids, 'there is no column ' || pg_catalog.array_to_string(shape.columns, ', ');
            CONTINUE;
        END IF;
        -- A key whose columns are all here must find its row: it is locked, because a silenced key does not look.
        FOR parent IN SELECT * FROM private_schema.references_of(of) AS r WHERE r.columns <@ shape.columns
            AND private_schema.may_lock_parents(of) LOOP
            EXECUTE pg_catalog.format(
                'SELECT pg_catalog.array_agg(h.id) FROM (SELECT a.id FROM %s AS a JOIN %s AS p ON %s WHERE a.id = ANY ($1) FOR KEY SHARE OF p) AS h',
                archive, private_schema.name_of(parent.parent), parent.matches) INTO gone USING shape.ids;
            EXECUTE pg_catalog.format(
                'UPDATE %s AS a SET kept_because = $3 WHERE a.id = ANY ($1) AND a.id <> ALL ($2) AND %s', archive, parent.refers)
                USING shape.ids, coalesce(gone, '{}'), pg_catalog.format('their %s is gone from %s',
                    pg_catalog.array_to_string(parent.columns, ', '), private_schema.name_of(parent.parent));
        END LOOP;
        is_silent := private_schema.has_triggers(of, 16) AND private_schema.may_lock_parents(of) AND private_schema.silence();
        EXECUTE pg_catalog.format(
            $sql$
                UPDATE %s AS t SET %s FROM %s AS a
                WHERE a.id = ANY ($1) AND a.kept_because IS NULL AND %s AND CASE WHEN a.left_as IS NULL THEN %s ELSE %s = a.left_as END
                $sql$,
            private_schema.name_of(of),
            (SELECT pg_catalog.string_agg(pg_catalog.format('%I = %s', c, private_schema.value_in('a.data', of, c)), ', ')
                FROM pg_catalog.unnest(shape.columns) AS c),
            archive, private_schema.is_in('a.key', of, 't', key), private_schema.is_unchosen(of, shape.columns), private_schema.as_json(of,
                't', shape.columns))
            USING shape.ids;
        GET DIAGNOSTICS changed = ROW_COUNT;
        restored := restored + changed;
        IF is_silent THEN
            SET LOCAL session_replication_role = origin;
        END IF;
        EXECUTE pg_catalog.format(
            'DELETE FROM %s AS a USING %s AS t WHERE a.id = ANY ($1) AND a.kept_because IS NULL AND %s AND %s = a.data',
            archive, private_schema.name_of(of), private_schema.is_in('a.key', of, 't', key), private_schema.as_json(of, 't',
                shape.columns)) USING shape.ids;
        EXECUTE pg_catalog.format($sql$
            UPDATE %s AS a SET kept_because = CASE WHEN EXISTS (SELECT FROM %s AS t WHERE %s) THEN 'another value has been chosen since'
                ELSE 'their row is gone' END
            WHERE a.id = ANY ($1) AND a.kept_because IS NULL
            $sql$, archive, private_schema.name_of(of), private_schema.is_in('a.key', of, 't', key)) USING shape.ids;
    END LOOP;
    RETURN restored;
END
$body$;

-- Ends: why the rest stays, and a report.
CREATE OR REPLACE FUNCTION private_schema.restore_end(root_name text, by_version bigint, way text) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    each record;
    kept record;
BEGIN
    FOR each IN SELECT * FROM private_schema.restored_archives(root_name) AS r WHERE r.kind = 'row' LOOP
        FOR kept IN SELECT r.* FROM private_schema.references_of(each.of) AS r LOOP
            EXECUTE pg_catalog.format(
                $sql$
                    UPDATE %s AS a SET kept_because = $1
                    WHERE %s AND a.kind = 'row' AND a.kept_because IS NULL AND %s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s)
                    $sql$,
                each.archive, private_schema.is_due(root_name, by_version, way), kept.refers, private_schema.name_of(kept.parent), kept.matches)
                USING pg_catalog.format('their %s is gone from %s', pg_catalog.array_to_string(kept.columns, ', '),
                    private_schema.name_of(kept.parent));
        END LOOP;
    END LOOP;
    FOR each IN SELECT * FROM private_schema.archives() AS a ORDER BY pg_catalog.format('%I.%I', a.of_schema, a.of_table) <> root_name, a.name LOOP
        FOR kept IN UPDATE private_schema.archive AS a SET restored = 0, restored_links = 0 FROM private_schema.archive AS o
                    WHERE a.name = each.name AND o.name = a.name AND a.restored + a.restored_links > 0
                    RETURNING o.restored AS rows, o.restored_links AS links LOOP
            RAISE INFO '% of %.% came back from the archive', pg_catalog.concat_ws(' and ',
                CASE WHEN kept.rows > 0 THEN private_schema.counted(kept.rows, 'row') END,
                CASE WHEN kept.links > 0 THEN private_schema.counted(kept.links, 'link') END),
                pg_catalog.quote_ident(each.of_schema), pg_catalog.quote_ident(each.of_table);
        END LOOP;
        FOR kept IN EXECUTE pg_catalog.format(
            $sql$
                SELECT a.kind, coalesce(a.kept_because, 'there is no such table') AS why, pg_catalog.count(*) AS rows
                FROM %s AS a WHERE %s GROUP BY 1, 2 ORDER BY 1, 2
                $sql$,
            each.archive, private_schema.is_due(root_name, by_version, way)) LOOP
            RAISE INFO '% of %.% kept in private_schema.%: %', private_schema.counted(kept.rows, CASE kept.kind WHEN 'row' THEN 'row'
                ELSE 'link' END), pg_catalog.quote_ident(each.of_schema), pg_catalog.quote_ident(each.of_table), pg_catalog.quote_ident(each.name), kept.why;
        END LOOP;
    END LOOP;
    PERFORM private_schema.drop_empty_archives();
END
$body$;

-- All that can come back of one kind, in the transaction of the caller. Each pass brings a row back, or learns why it cannot.
-- Returns whether there was any.
CREATE OR REPLACE FUNCTION private_schema.restore_kind(root_name text, kind text, by_version bigint,
    way text) RETURNS boolean LANGUAGE plpgsql AS $body$
DECLARE
    batch record;
    after text;
    was_any boolean := false;
BEGIN
    WHILE private_schema.restorable(root_name, kind, by_version, way) IS NOT NULL LOOP
        was_any := true;
        after := NULL;
        LOOP
            SELECT * INTO batch FROM private_schema.restore_batch(root_name, kind, by_version, way, after, 10000);
            EXIT WHEN batch.picked = 0;
            after := batch.last;
        END LOOP;
    END LOOP;
    RETURN was_any;
END
$body$;

-- Whether an archive holds anything that a migration brings back.
CREATE OR REPLACE FUNCTION private_schema.is_any_due(root_name text, by_version bigint, way text) RETURNS boolean LANGUAGE plpgsql STABLE AS $body$
DECLARE
    each record;
    found boolean;
BEGIN
    FOR each IN SELECT * FROM private_schema.archives() LOOP
        EXECUTE pg_catalog.format('SELECT EXISTS (SELECT FROM %s AS a WHERE %s)', each.archive, private_schema.is_due(root_name, by_version, way)) INTO found;
        IF found THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$body$;

-- All of it in the transaction of the caller.
CREATE OR REPLACE FUNCTION private_schema.restore_all(root_name text, by_version bigint, way text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM private_schema.restore_begin(root_name, by_version, way);
    IF NOT private_schema.is_any_due(root_name, by_version, way) THEN
        RETURN;
    END IF;
    PERFORM private_schema.restore_kind(root_name, 'row', by_version, way);
    PERFORM private_schema.untangle(root_name, by_version, way);
    PERFORM private_schema.restore_kind(root_name, 'values', by_version, way);
    PERFORM private_schema.restore_end(root_name, by_version, way);
END
$body$;
