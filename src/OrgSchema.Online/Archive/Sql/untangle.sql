-- Rows of the archives that cannot come back one by one.

-- Rows that wait for each other. A link that may be NULL is taken out of its row and comes back later, as a value; one to a row that is gone for
-- good is forgotten where its key would have done so. Rows of one table that must refer to each other come back at once.
CREATE OR REPLACE FUNCTION private_schema.untangle(root_name text, by_version bigint, way text) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    due text := private_schema.is_due(root_name, by_version, way);
    each record;
    link record;
    is_busy boolean := true;
    waits bigint[];
    ids bigint[];
    came_back bigint;
BEGIN
    WHILE is_busy LOOP
        is_busy := false;
        FOR each IN SELECT r.* FROM private_schema.restored_archives(root_name) AS r WHERE r.kind = 'row' LOOP
            FOR link IN SELECT r.* FROM private_schema.references_of(each.of) AS r WHERE r.nullable <> '{}' LOOP
                EXECUTE pg_catalog.format(
                    $sql$
                        SELECT pg_catalog.array_agg(a.id) FROM %s AS a
                        WHERE %s AND a.kind = 'row' AND a.kept_because IS NULL AND %s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s)
                        $sql$,
                    each.archive, due, link.refers, private_schema.name_of(link.parent), link.matches) INTO waits;
                CONTINUE WHEN waits IS NULL;
                ids := private_schema.await(each.archive, link.parent, link.name, due, waits);
                IF ids <> '{}' AND private_schema.key_of(each.of) IS NOT NULL THEN
                    EXECUTE pg_catalog.format($sql$
                        INSERT INTO %1$s (archived_at, archived_by, archived_way, root, kind, key, data, left_as, cause)
                        SELECT a.archived_at, a.archived_by, a.archived_way, a.root, 'values',
                               (SELECT pg_catalog.jsonb_object_agg(k, a.data -> k) FROM pg_catalog.unnest($2) AS k),
                               (SELECT pg_catalog.jsonb_object_agg(k, a.data -> k) FROM pg_catalog.unnest($3) AS k),
                               (SELECT pg_catalog.jsonb_object_agg(k, NULL) FROM pg_catalog.unnest($3) AS k), $4
                        FROM %1$s AS a WHERE a.id = ANY ($1)
                        $sql$, each.archive) USING ids, private_schema.key_of(each.of), link.nullable, link.name;
                END IF;
                ids := CASE WHEN link.forgets THEN waits ELSE ids END;
                CONTINUE WHEN ids = '{}';
                EXECUTE pg_catalog.format($sql$
                    UPDATE %s AS a SET data = a.data || (SELECT pg_catalog.jsonb_object_agg(k, NULL) FROM pg_catalog.unnest($2) AS k)
                        WHERE a.id = ANY ($1)
                    $sql$, each.archive) USING ids, link.nullable;
                is_busy := true;
            END LOOP;

            IF EXISTS (SELECT FROM private_schema.references_of(each.of) AS r WHERE r.parent = each.of) THEN
                ids := private_schema.restorable_together(each.of, each.archive, due);
                IF ids IS NOT NULL THEN
                    came_back := private_schema.restore_rows(each.of, each.archive, ids);
                    UPDATE private_schema.archive AS a SET restored = a.restored + came_back WHERE a.name = each.name;
                    is_busy := is_busy OR came_back > 0;
                END IF;
            END IF;
        END LOOP;
        is_busy := private_schema.restore_kind(root_name, 'row', by_version, way) OR is_busy;
    END LOOP;
END
$body$;

-- Those of some archived rows whose parent, by one of their keys, is archived, too, and will come back.
CREATE OR REPLACE FUNCTION private_schema.await(archive regclass, parent regclass, link_name text, due text,
    waits bigint[]) RETURNS bigint[] LANGUAGE plpgsql STABLE AS $body$
DECLARE
    of_parent regclass := (SELECT a.archive FROM private_schema.archives() AS a
                           WHERE pg_catalog.to_regclass(pg_catalog.format('%I.%I', a.of_schema, a.of_table)) = parent);
    link private_schema.foreign_key;
    ids bigint[];
BEGIN
    IF of_parent IS NULL THEN
        RETURN '{}';
    END IF;
    SELECT k.* INTO STRICT link FROM private_schema.foreign_key AS k
    JOIN private_schema.archives() AS a ON pg_catalog.to_regclass(pg_catalog.format('%I.%I', a.of_schema, a.of_table)) = k.child
    WHERE k.name = link_name AND a.archive = await.archive;
    EXECUTE pg_catalog.format($sql$
        SELECT coalesce(pg_catalog.array_agg(w.id), '{}') FROM %s AS w
        WHERE w.id = ANY ($1) AND EXISTS (SELECT FROM %s AS a WHERE %s AND a.kind = 'row' AND a.kept_because IS NULL AND %s)
        $sql$, archive, of_parent, due,
        (SELECT pg_catalog.string_agg(pg_catalog.format('a.data ->> %L = w.data ->> %L', u.theirs, u.mine), ' AND ')
         FROM ROWS FROM (pg_catalog.unnest(link.child_columns), pg_catalog.unnest(link.parent_columns)) AS u (mine, theirs))) INTO ids USING waits;
    RETURN ids;
END
$body$;

-- Rows of a table that refer to each other or to rows that exist, and to nothing else.
CREATE OR REPLACE FUNCTION private_schema.restorable_together(of regclass, archive regclass,
    due text) RETURNS bigint[] LANGUAGE plpgsql STABLE AS $body$
DECLARE
    link record;
    ids bigint[];
    fewer bigint[];
    columns record;
BEGIN
    EXECUTE pg_catalog.format(
        'SELECT pg_catalog.array_agg(a.id) FROM %s AS a WHERE %s AND a.kind = $sql$row$sql$ AND a.kept_because IS NULL AND %s', archive, due,
        (SELECT coalesce(pg_catalog.string_agg(pg_catalog.format('(NOT (%s) OR EXISTS (SELECT FROM %s AS p WHERE %s))', r.refers,
            private_schema.name_of(r.parent), r.matches), ' AND '), 'true')
         FROM private_schema.references_of(of) AS r WHERE r.parent <> of)) INTO ids;
    LOOP
        fewer := ids;
        FOR link IN SELECT r.*, k.child_columns, k.parent_columns FROM private_schema.references_of(of) AS r
                    JOIN private_schema.foreign_key AS k ON k.child = of AND k.name = r.name WHERE r.parent = of LOOP
            EXECUTE pg_catalog.format($sql$
                SELECT pg_catalog.array_agg(a.id) FROM %1$s AS a WHERE a.id = ANY ($1)
                AND (NOT (%2$s) OR EXISTS (SELECT FROM %3$s AS p WHERE %4$s) OR EXISTS (SELECT FROM %1$s AS o WHERE o.id = ANY ($1) AND %5$s))
                $sql$, archive, link.refers, private_schema.name_of(of), link.matches,
                (SELECT pg_catalog.string_agg(pg_catalog.format('o.data ->> %L = a.data ->> %L', u.theirs, u.mine), ' AND ')
                 FROM ROWS FROM (pg_catalog.unnest(link.child_columns), pg_catalog.unnest(link.parent_columns)) AS u (mine,
                     theirs))) INTO fewer USING fewer;
        END LOOP;
        EXIT WHEN fewer IS NULL OR pg_catalog.cardinality(fewer) = pg_catalog.cardinality(ids);
        ids := fewer;
    END LOOP;
    RETURN fewer;
END
$body$;
