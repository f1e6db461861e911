-- Values of a dropped column that rows get back. The archive holds key and value as text; the table's types are known only here.

-- A condition on a row a of the archive: the row d of the table gets its value. Values are compared as text: not every type has an equality.
CREATE OR REPLACE FUNCTION private_schema.is_returned(of regclass, column_name text, key_name text, unchosen text,
    parent text) RETURNS text LANGUAGE sql STABLE AS $body$
    SELECT pg_catalog.format(
        $sql$
            EXISTS (SELECT FROM %1$s AS d
                    WHERE d.%2$I = a.key::%3$s
                      AND CASE WHEN d.%4$I IS DISTINCT FROM NULL THEN pg_catalog.format('%%s', d.%4$I) END
                          IS DISTINCT FROM pg_catalog.format('%%s', a.value::%8$s)
                      AND (%6$s))
            AND a.value IS NOT NULL%7$s
            $sql$,
        private_schema.name_of(of), key_name, k.type, column_name, c.type, unchosen,
        CASE WHEN parent IS NULL THEN '' ELSE pg_catalog.format(' AND EXISTS (SELECT FROM %s AS r WHERE r.id = a.value::%s)', parent,
            c.type) END, c.full_type)
    FROM (SELECT pg_catalog.format_type(a.atttypid, -1) AS type FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = of
        AND a.attname = key_name) AS k,
         (SELECT pg_catalog.format_type(a.atttypid, -1) AS type, pg_catalog.format_type(a.atttypid, a.atttypmod) AS full_type
          FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = of AND a.attname = column_name) AS c
$body$;

-- The key of an archived value that its row does not have yet; null: none. only_key: asks for this one alone.
CREATE OR REPLACE FUNCTION private_schema.returnable(
    archive regclass, of regclass, column_name text, key_name text, unchosen text, parent text, only_key text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql STABLE AS $body$
DECLARE
    found text;
BEGIN
    EXECUTE pg_catalog.format(
        'SELECT a.key FROM %s AS a WHERE ($1 IS NULL OR a.key = $1) AND %s LIMIT 1', archive, private_schema.is_returned(of, column_name,
            key_name, unchosen, parent))
        INTO found USING only_key;
    RETURN found;
END
$body$;

-- One batch: the next values in the order of the archive's keys, of which those go back that can. No batch asks the rest of the archive.
CREATE OR REPLACE FUNCTION private_schema.return_batch(
    archive regclass, of regclass, column_name text, key_name text, unchosen text, parent text, after text, size bigint, OUT picked bigint,
        OUT last text, OUT changed bigint)
LANGUAGE plpgsql AS $body$
DECLARE
    keys text[];
    column_type text := (SELECT pg_catalog.format_type(a.atttypid, -1) FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = of
        AND a.attname = column_name);
    key_type text := (SELECT pg_catalog.format_type(a.atttypid, -1) FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = of AND a.attname = key_name);
BEGIN
    changed := 0;
    EXECUTE pg_catalog.format(
        $sql$
            WITH a AS MATERIALIZED (SELECT a.key, a.value FROM %s AS a WHERE ($1 IS NULL OR a.key > $1) ORDER BY a.key LIMIT $2)
            SELECT pg_catalog.count(*), pg_catalog.max(a.key), pg_catalog.array_agg(a.key) FILTER (WHERE %s) FROM a
            $sql$,
        archive, private_schema.is_returned(of, column_name, key_name, unchosen, parent)) INTO picked, last, keys USING after, size;
    IF keys IS NULL THEN
        RETURN;
    END IF;
    -- FOR KEY SHARE: while triggers are silenced no foreign key looks.
    EXECUTE pg_catalog.format(
        $sql$
            UPDATE %1$s AS d SET %2$I = a.value::%3$s
            FROM pg_catalog.unnest($1) AS k (key) JOIN %4$s AS a ON a.key = k.key %5$s
            WHERE d.%6$I = k.key::%7$s AND (%8$s)
            $sql$,
        private_schema.name_of(of), column_name, column_type, archive,
        CASE WHEN parent IS NULL THEN ''
            ELSE pg_catalog.format('CROSS JOIN LATERAL (SELECT FROM %s AS r WHERE r.id = a.value::%s FOR KEY SHARE) AS parent', parent,
            column_type) END,
        key_name, key_type, unchosen) USING keys;
    GET DIAGNOSTICS changed = ROW_COUNT;
END
$body$;

-- Takes an archive over that has the types of its table, as before version 0.1.
CREATE OR REPLACE FUNCTION private_schema.take_over_column(earlier text, archive text, column_name text,
    key_name text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    IF pg_catalog.to_regclass(earlier) IS NULL OR pg_catalog.to_regclass(archive) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE pg_catalog.format($sql$
        CREATE TABLE %s (
            key text PRIMARY KEY,
            value text,
            archived_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
            stale boolean NOT NULL DEFAULT false,
            owed boolean NOT NULL DEFAULT false)
        $sql$, archive);
    EXECUTE pg_catalog.format($sql$
        INSERT INTO %1$s (key, value, archived_at, stale, owed)
        SELECT pg_catalog.format('%%s', e.%2$I), CASE WHEN e.%3$I IS DISTINCT FROM NULL THEN pg_catalog.format('%%s', e.%3$I) END,
            e.archived_at, e.stale, e.owed FROM %4$s AS e
        $sql$, archive, key_name, column_name, earlier);
    EXECUTE pg_catalog.format('DROP TABLE %s', earlier);
END
$body$;
