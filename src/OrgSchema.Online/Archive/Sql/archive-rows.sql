-- Rows of a table that a migration removes, and what a delete of them does to other tables through their foreign keys.

-- Archives some rows and all that their delete takes along, and deletes them: one batch, to be called in a transaction of its own.
-- root: the table whose removal it is. of: the table whose rows are picked, the root or one whose rows go with it.
-- condition: which of its rows, as t. after: the place of the last row of the batch before. size: rows picked at most.
-- Rows are locked before they are read, level by level: what arrives meanwhile waits, or is archived, too.
CREATE OR REPLACE FUNCTION private_schema.archive_rows(
    root text, of regclass, condition text, by_version bigint, way text, after tid, size bigint, OUT picked bigint, OUT last tid)
LANGUAGE plpgsql AS $body$
DECLARE
    tables regclass[] := ARRAY[of];
    archives regclass[];
    floors bigint[];
    seen bigint[];
    newest bigint;
    found_rows bigint;
    is_busy boolean;
    parents jsonb;
    mine jsonb[];
    i integer;
    j integer;
    edge record;
BEGIN
    IF private_schema.key_of(of) IS NULL THEN
        RAISE EXCEPTION 'rows of % cannot be archived: the table has no unique key without NULL', private_schema.name_of(of)
            USING HINT = 'Give it a primary key.';
    END IF;
    archives := ARRAY[private_schema.archive_of_table(of)];
    EXECUTE pg_catalog.format('SELECT coalesce(pg_catalog.max(a.id), 0) FROM %s AS a', archives[1]) INTO newest;
    floors := ARRAY[newest];
    seen := floors;
    EXECUTE pg_catalog.format($sql$
        WITH picked AS MATERIALIZED (
            SELECT t.ctid AS place, %1$s AS key, %2$s AS data FROM %3$s AS t
            WHERE ($1 IS NULL OR t.ctid > $1) AND (%4$s) LIMIT $2 FOR UPDATE OF t
        ), kept AS (
            INSERT INTO %5$s (archived_by, archived_way, root, kind, key, data) SELECT $3, $4, $5, 'row', p.key, p.data FROM picked AS p
        )
        SELECT pg_catalog.count(*), pg_catalog.max(p.place) FROM picked AS p
        $sql$, private_schema.as_json(of, 't', private_schema.key_of(of)), private_schema.as_json(of, 't'), private_schema.only(of),
            condition, archives[1])
        INTO picked, last USING after, size, by_version, way, root;
    IF picked = 0 THEN
        RETURN;
    END IF;

    LOOP
        is_busy := false;
        i := 0;
        WHILE i < pg_catalog.cardinality(tables) LOOP
            i := i + 1;
            EXECUTE pg_catalog.format('SELECT pg_catalog.max(a.id) FROM %s AS a WHERE a.id > $1', archives[i]) INTO newest USING seen[i];
            CONTINUE WHEN newest IS NULL;
            is_busy := true;
            FOR edge IN SELECT k.* FROM private_schema.foreign_key AS k WHERE k.parent = tables[i] AND k.on_delete = 'c' ORDER BY k.oid LOOP
                parents := private_schema.archived_values(archives[i], seen[i], edge.parent_columns);
                CONTINUE WHEN NOT private_schema.refers_with_key(edge.oid, parents);
                j := pg_catalog.array_position(tables, edge.child::regclass);
                IF j IS NULL THEN
                    j := pg_catalog.cardinality(tables) + 1;
                    tables[j] := edge.child;
                    archives[j] := private_schema.archive_of_table(edge.child);
                    EXECUTE pg_catalog.format('SELECT coalesce(pg_catalog.max(a.id), 0) FROM %s AS a', archives[j]) INTO found_rows;
                    floors[j] := found_rows;
                    seen[j] := found_rows;
                END IF;
                mine := private_schema.archived_keys(archives[j], floors[j]);
                EXECUTE pg_catalog.format($sql$
                    INSERT INTO %1$s (archived_by, archived_way, root, kind, key, data, cause)
                    SELECT $1, $2, $3, 'row', r.key, r.data, $4
                    FROM (SELECT %2$s AS key, %3$s AS data FROM pg_catalog.jsonb_array_elements($5) AS p (v) JOIN %4$s AS t ON %5$s
                          WHERE %2$s <> ALL ($6) FOR UPDATE OF t) AS r
                    $sql$, archives[j], private_schema.as_json(edge.child, 't', private_schema.key_of(edge.child)),
                        private_schema.as_json(edge.child, 't'),
                    private_schema.only(edge.child), private_schema.refers('p.v', 't', edge.child_columns, edge.parent_types))
                    USING by_version, way, root, edge.name, parents, mine;
            END LOOP;
            seen[i] := newest;
        END LOOP;
        EXIT WHEN NOT is_busy;
    END LOOP;

    FOR i IN 1 .. pg_catalog.cardinality(tables) LOOP
        FOR edge IN SELECT k.* FROM private_schema.foreign_key AS k WHERE k.parent = tables[i] AND k.on_delete IN ('n', 'd') ORDER BY k.oid LOOP
            parents := private_schema.archived_values(archives[i], floors[i], edge.parent_columns);
            CONTINUE WHEN NOT private_schema.refers_with_key(edge.oid, parents);
            j := pg_catalog.array_position(tables, edge.child::regclass);
            PERFORM private_schema.unlink(
                root, edge.oid, parents,
                CASE WHEN j IS NULL THEN '{}' ELSE private_schema.archived_keys(archives[j], floors[j]) END, by_version, way);
        END LOOP;
    END LOOP;

    -- Those that refer to others first, as far as they can be told: the server deletes what is left of them itself.
    FOR i IN REVERSE pg_catalog.cardinality(tables) .. 1 LOOP
        mine := private_schema.archived_keys(archives[i], floors[i]);
        EXECUTE pg_catalog.format(
            'DELETE FROM %s AS t USING pg_catalog.unnest($1) AS k (v) WHERE %s',
            private_schema.only(tables[i]), private_schema.is_in('k.v', tables[i], 't', private_schema.key_of(tables[i]))) USING mine;
    END LOOP;
    SET CONSTRAINTS ALL IMMEDIATE;
    FOR i IN 1 .. pg_catalog.cardinality(tables) LOOP
        mine := private_schema.archived_keys(archives[i], floors[i]);
        EXECUTE pg_catalog.format(
            'SELECT pg_catalog.count(*) FROM %s AS t JOIN pg_catalog.unnest($1) AS k (v) ON %s',
            private_schema.only(tables[i]), private_schema.is_in('k.v', tables[i], 't', private_schema.key_of(tables[i]))) INTO found_rows USING mine;
        IF found_rows > 0 THEN
            RAISE EXCEPTION '% of % could not be deleted', private_schema.counted(found_rows, 'row'), private_schema.name_of(tables[i])
                USING DETAIL = coalesce((
                    SELECT 'A trigger may keep them. Until this is done: '
                        || pg_catalog.string_agg(pg_catalog.format('ALTER TABLE %s DISABLE TRIGGER %I;', private_schema.name_of(tables[i]), g.tgname), ' ')
                    FROM pg_catalog.pg_trigger AS g
                    -- BEFORE DELETE, for each row
                    WHERE g.tgrelid = tables[i] AND NOT g.tgisinternal AND g.tgenabled <> 'D' AND g.tgtype & 11 = 11), 'A rule may keep them.');
        END IF;
        EXECUTE pg_catalog.format($sql$
            UPDATE %1$s AS o SET kept_because = 'a newer row with their key is archived'
            WHERE o.kept_because IS NOT NULL AND o.kind = 'row' AND o.id <= $1 AND o.key = ANY ($2)
            $sql$, archives[i]) USING floors[i], mine;
    END LOOP;
END
$body$;

-- Whether rows of a foreign key's table are to be looked for: not in one that has no key to bring them back by, as long as none refers to the
-- values. The rows that are referred to are locked: none can begin to.
CREATE OR REPLACE FUNCTION private_schema.refers_with_key(constraint_oid oid, parents jsonb) RETURNS boolean LANGUAGE plpgsql AS $body$
DECLARE
    edge private_schema.foreign_key;
    is_referred boolean;
BEGIN
    SELECT k.* INTO STRICT edge FROM private_schema.foreign_key AS k WHERE k.oid = constraint_oid;
    IF private_schema.key_of(edge.child) IS NOT NULL THEN
        RETURN true;
    END IF;
    EXECUTE pg_catalog.format(
        'SELECT EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($1) AS p (v) JOIN %s AS t ON %s)',
        private_schema.only(edge.child), private_schema.refers('p.v', 't', edge.child_columns, edge.parent_types)) INTO is_referred USING parents;
    IF is_referred THEN
        RAISE EXCEPTION 'rows of % that go along cannot be archived: the table has no unique key without NULL', private_schema.name_of(edge.child)
            USING HINT = 'Give it a primary key.';
    END IF;
    RETURN false;
END
$body$;

-- All rows, batch after batch in the transaction of the caller.
CREATE OR REPLACE FUNCTION private_schema.archive_all_rows(of regclass, condition text, by_version bigint,
    way text) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    batch record;
BEGIN
    LOOP
        SELECT * INTO batch FROM private_schema.archive_rows(private_schema.name_of(of), of, condition, by_version, way, NULL, 10000);
        EXIT WHEN batch.picked = 0;
    END LOOP;
END
$body$;

-- Values that rows are about to lose to a foreign key: archives them, and does what the key would do.
-- parents: the values that are referred to, each an array. except_keys: keys of rows that are deleted anyway.
CREATE OR REPLACE FUNCTION private_schema.unlink(root text, constraint_oid oid, parents jsonb, except_keys jsonb[], by_version bigint,
    way text) RETURNS void
LANGUAGE plpgsql AS $body$
DECLARE
    edge private_schema.foreign_key;
    archive regclass;
    earlier bigint;
BEGIN
    SELECT k.* INTO STRICT edge FROM private_schema.foreign_key AS k WHERE k.oid = constraint_oid;
    archive := private_schema.archive_of_table(edge.child);
    EXECUTE pg_catalog.format('SELECT coalesce(pg_catalog.max(a.id), 0) FROM %s AS a', archive) INTO earlier;
    EXECUTE pg_catalog.format($sql$
        INSERT INTO %1$s (archived_by, archived_way, root, kind, key, data, cause)
        SELECT $1, $2, $3, 'values', r.key, r.data, $4
        FROM (SELECT %2$s AS key, %3$s AS data FROM pg_catalog.jsonb_array_elements($5) AS p (v) JOIN %4$s AS t ON %5$s
              WHERE %2$s <> ALL ($6) FOR UPDATE OF t) AS r
        $sql$, archive, private_schema.as_json(edge.child, 't', private_schema.key_of(edge.child)), private_schema.as_json(edge.child, 't',
            edge.set_columns),
        private_schema.only(edge.child), private_schema.refers('p.v', 't', edge.child_columns, edge.parent_types))
        USING by_version, way, root, edge.name, parents, except_keys;
    PERFORM private_schema.unlink_archived(edge.oid, archive, earlier);
END
$body$;

-- The same for rows that are picked by themselves: one batch, as archive_rows.
CREATE OR REPLACE FUNCTION private_schema.unlink_rows(
    root text, of regclass, constraint_name text, condition text, by_version bigint, way text, after tid, size bigint, OUT picked bigint,
        OUT last tid)
LANGUAGE plpgsql AS $body$
DECLARE
    edge private_schema.foreign_key;
    archive regclass;
    earlier bigint;
BEGIN
    SELECT k.* INTO edge FROM private_schema.foreign_key AS k WHERE k.child = of AND k.name = constraint_name;
    IF NOT FOUND THEN
        picked := 0;
        RETURN;
    END IF;
    archive := private_schema.archive_of_table(of);
    EXECUTE pg_catalog.format('SELECT coalesce(pg_catalog.max(a.id), 0) FROM %s AS a', archive) INTO earlier;
    EXECUTE pg_catalog.format($sql$
        WITH picked AS MATERIALIZED (
            SELECT t.ctid AS place, %1$s AS key, %2$s AS data FROM %3$s AS t WHERE ($1 IS NULL OR t.ctid > $1) AND (%4$s) LIMIT $2 FOR UPDATE OF t
        ), kept AS (
            INSERT INTO %5$s (archived_by, archived_way, root, kind, key, data, cause) SELECT $3, $4, $5, 'values', p.key, p.data, $6 FROM picked AS p
        )
        SELECT pg_catalog.count(*), pg_catalog.max(p.place) FROM picked AS p
        $sql$, private_schema.as_json(of, 't', private_schema.key_of(of)), private_schema.as_json(of, 't', edge.set_columns),
            private_schema.only(of), condition, archive)
        INTO picked, last USING after, size, by_version, way, root, edge.name;
    PERFORM private_schema.unlink_archived(edge.oid, archive, earlier);
END
$body$;

-- Does to rows whose values are archived what their foreign key does when its parent is deleted. Triggers hear nothing of it where this
-- role may silence them: for them nothing has changed that will stay. A default needs the key to look whether its row exists.
CREATE OR REPLACE FUNCTION private_schema.unlink_archived(constraint_oid oid, archive regclass,
    earlier bigint) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    edge private_schema.foreign_key;
    key text[];
    keys jsonb[];
    is_silent boolean := false;
BEGIN
    SELECT k.* INTO STRICT edge FROM private_schema.foreign_key AS k WHERE k.oid = constraint_oid;
    EXECUTE pg_catalog.format('SELECT pg_catalog.array_agg(a.key) FROM %s AS a WHERE a.id > $1', archive) INTO keys USING earlier;
    IF keys IS NULL THEN
        RETURN;
    END IF;
    key := private_schema.key_of(edge.child);
    IF edge.on_delete = 'n' THEN
        is_silent := private_schema.silence();
    END IF;
    EXECUTE pg_catalog.format(
        'UPDATE %s AS t SET %s FROM pg_catalog.unnest($1) AS k (v) WHERE %s',
        private_schema.only(edge.child),
        (SELECT pg_catalog.string_agg(pg_catalog.format('%I = %s', c, CASE edge.on_delete WHEN 'n' THEN 'NULL' ELSE 'DEFAULT' END), ', ')
         FROM pg_catalog.unnest(edge.set_columns) AS c),
        private_schema.is_in('k.v', edge.child, 't', key)) USING keys;
    IF is_silent THEN
        SET LOCAL session_replication_role = origin;
    END IF;
    EXECUTE pg_catalog.format(
        'UPDATE %s AS a SET left_as = %s FROM %s AS t WHERE a.id > $1 AND %s',
        archive, private_schema.as_json(edge.child, 't', edge.set_columns), private_schema.only(edge.child), private_schema.is_in('a.key',
            edge.child, 't', key))
        USING earlier;
END
$body$;

-- Drops a table, and keeps its rows and definitions, counted and compared under the lock that the drop needs.
-- leaving: tables that the same run drops later. What they have that needs this one is archived and dropped before.
CREATE OR REPLACE FUNCTION private_schema.archive_and_drop_table(of_name text, by_version bigint, way text,
    leaving text[]) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    of regclass := pg_catalog.to_regclass(of_name);
    archive regclass;
    kept bigint;
    rows bigint;
BEGIN
    IF of IS NULL THEN
        RETURN;
    END IF;
    EXECUTE pg_catalog.format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', of_name);
    archive := private_schema.archive_of_table(of);
    EXECUTE pg_catalog.format($sql$
        INSERT INTO %s (archived_by, archived_way, root, kind, key, data) SELECT $1, $2, $3, 'row', %s, %s FROM %s AS t
        $sql$, archive, coalesce(private_schema.as_json(of, 't', private_schema.key_of(of)), 'NULL'), private_schema.as_json(of, 't'), of_name)
        USING by_version, way, private_schema.name_of(of);
    GET DIAGNOSTICS kept = ROW_COUNT;
    EXECUTE pg_catalog.format('SELECT pg_catalog.count(*) FROM %s', of_name) INTO rows;
    IF kept <> rows THEN
        RAISE EXCEPTION 'rows of % could not be archived', of_name;
    END IF;
    PERFORM private_schema.archive_definitions(of, NULL, by_version, way);
    PERFORM private_schema.archive_dependents(of, pg_catalog.to_regclass(l), by_version, way) FROM pg_catalog.unnest(leaving) AS l
        WHERE pg_catalog.to_regclass(l) <> of;
    PERFORM private_schema.report_archived(of_name, by_version, way);
    -- Last: it locks every table that this one refers to.
    EXECUTE pg_catalog.format('DROP TABLE %s', of_name);
END
$body$;

-- Reports what a migration has archived with one of its tables, and drops archives that hold nothing. INFO reaches the client whatever it wants to hear.
CREATE OR REPLACE FUNCTION private_schema.report_archived(root_name text, by_version bigint, way text) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    each record;
    kept record;
BEGIN
    FOR each IN SELECT * FROM private_schema.archives() AS a ORDER BY pg_catalog.format('%I.%I', a.of_schema, a.of_table) <> root_name, a.name LOOP
        FOR kept IN EXECUTE pg_catalog.format($sql$
            SELECT a.kind, pg_catalog.count(*) AS rows FROM %s AS a
            WHERE a.archived_by = $1 AND a.archived_way = $2 AND a.root = $3 AND a.kept_because IS NULL GROUP BY 1 ORDER BY 1
            $sql$, each.archive) USING by_version, way, root_name
        LOOP
            RAISE INFO '% of %.% archived in private_schema.%', private_schema.counted(kept.rows, CASE kept.kind WHEN 'row' THEN 'row' ELSE 'link' END),
                pg_catalog.quote_ident(each.of_schema), pg_catalog.quote_ident(each.of_table), pg_catalog.quote_ident(each.name);
        END LOOP;
    END LOOP;
    PERFORM private_schema.drop_empty_archives();
END
$body$;
