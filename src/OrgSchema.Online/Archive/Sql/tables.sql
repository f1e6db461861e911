-- Where removed things are kept. A table has one archive; the list of archives knows whose it is.
CREATE TABLE IF NOT EXISTS private_schema.archive (
    name text CONSTRAINT archive_pkey PRIMARY KEY,
    schema_name text NOT NULL,
    table_name text NOT NULL,
    -- of the table, in their order, for people
    columns text[] NOT NULL DEFAULT '{}',
    -- rows that have come back, until that is reported
    restored bigint NOT NULL DEFAULT 0,
    CONSTRAINT archive_table_key UNIQUE (schema_name, table_name)
);
-- links likewise; the first databases have the table without it
ALTER TABLE private_schema.archive ADD COLUMN IF NOT EXISTS restored_links bigint NOT NULL DEFAULT 0;
-- Definitions that a Down has dropped, as SQL that makes them again.
CREATE TABLE IF NOT EXISTS private_schema.archive_definition (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT archive_definition_pkey PRIMARY KEY,
    archived_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    archived_by bigint NOT NULL,
    archived_way text NOT NULL,
    schema_name text NOT NULL,
    table_name text NOT NULL,
    -- the order in which they can be made
    -- squawk-ignore prefer-bigint-over-int -- a small number
    place integer NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    sql text NOT NULL,
    kept_because text
);
-- Definitions of a table as its migration has made them: what is there beside them was added by others.
CREATE TABLE IF NOT EXISTS private_schema.made_definition (
    schema_name text NOT NULL,
    table_name text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    sql text NOT NULL,
    CONSTRAINT made_definition_pkey PRIMARY KEY (schema_name, table_name, kind, name)
);
-- Objects that a migration has not made, because they existed before it. Its Down leaves them. The object '' says that it was looked.
CREATE TABLE IF NOT EXISTS private_schema.found_object (
    version bigint NOT NULL,
    object text NOT NULL,
    was_empty boolean NOT NULL DEFAULT false,
    CONSTRAINT found_object_pkey PRIMARY KEY (version, object)
);

-- Every foreign key of the database.
CREATE OR REPLACE VIEW private_schema.foreign_key AS
private_schema.references;

-- schema.name of a table, as it is written in SQL.
CREATE OR REPLACE FUNCTION private_schema.name_of(of regclass) RETURNS text LANGUAGE sql STABLE AS $body$
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = of
$body$;

-- The table in FROM: a foreign key does not see inheritance children, but partitions.
CREATE OR REPLACE FUNCTION private_schema.only(of regclass) RETURNS text LANGUAGE sql STABLE AS $body$
    SELECT CASE WHEN c.relkind = 'p' THEN '' ELSE 'ONLY ' END || private_schema.name_of(of) FROM pg_catalog.pg_class AS c WHERE c.oid = of
$body$;

-- A number of things, as people write it.
CREATE OR REPLACE FUNCTION private_schema.counted(n bigint, noun text) RETURNS text LANGUAGE sql STABLE AS $body$
    SELECT pg_catalog.concat(pg_catalog.to_char(n, 'FM999,999,999,999,999'), ' ', noun, CASE n WHEN 1 THEN '' ELSE 's' END)
$body$;

-- Columns that tell one row from every other, none of them ever NULL. Null: the table has none.
CREATE OR REPLACE FUNCTION private_schema.key_of(of regclass) RETURNS text[] LANGUAGE sql STABLE AS $body$
    SELECT (SELECT pg_catalog.array_agg(a.attname::text ORDER BY u.place)
            FROM pg_catalog.unnest((i.indkey::smallint[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS u (attnum, place)
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.attnum)
    FROM pg_catalog.pg_index AS i
    WHERE i.indrelid = of AND i.indisunique AND i.indisvalid AND i.indisready AND i.indpred IS NULL AND i.indexprs IS NULL
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
                      WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1]) AND NOT a.attnotnull)
    ORDER BY i.indimmediate DESC, i.indisprimary DESC, i.indnkeyatts, i.indexrelid
    LIMIT 1
$body$;

-- An expression: some columns of a row as JSON, each by the output function of its type, so that any type will do.
CREATE OR REPLACE FUNCTION private_schema.as_json(of regclass, row_name text, columns text[] DEFAULT NULL) RETURNS text LANGUAGE sql STABLE AS $body$
    SELECT pg_catalog.format(
        'pg_catalog.jsonb_object(ARRAY[%s]::text[], ARRAY[%s]::text[])',
        pg_catalog.string_agg(pg_catalog.quote_literal(a.attname), ', ' ORDER BY a.attnum),
        pg_catalog.string_agg(
            pg_catalog.format('CASE WHEN %1$s.%2$I IS DISTINCT FROM NULL THEN pg_catalog.format(''%%s'', %1$s.%2$I) END', row_name, a.attname),
            ', ' ORDER BY a.attnum))
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = of AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND (columns IS NULL OR a.attname = ANY (columns))
$body$;

-- An expression: a column's value out of JSON. Without the length of its type, because a cast would cut silently what an assignment refuses.
CREATE OR REPLACE FUNCTION private_schema.value_in(document text, of regclass, column_name text) RETURNS text LANGUAGE sql STABLE AS $body$
    SELECT pg_catalog.format('(%s ->> %L)::%s', document, column_name, pg_catalog.format_type(a.atttypid, -1))
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = of AND a.attname = column_name AND NOT a.attisdropped
$body$;

-- A condition: some columns of a row are those in JSON.
CREATE OR REPLACE FUNCTION private_schema.is_in(document text, of regclass, row_name text, columns text[]) RETURNS text LANGUAGE sql STABLE AS $body$
    SELECT pg_catalog.string_agg(pg_catalog.format('%s.%I = %s', row_name, u.name, private_schema.value_in(document, of, u.name)), ' AND '
        ORDER BY u.place)
    FROM pg_catalog.unnest(columns) WITH ORDINALITY AS u (name, place)
$body$;

-- A name of 63 bytes at most that no other table's archive has: a plain name has no dot, and what follows the dot here begins with a digit.
-- No plain name is one of the list of definitions, or ends as the server ends those of keys, indexes and sequences.
CREATE OR REPLACE FUNCTION private_schema.archive_name(schema_name text, table_name text) RETURNS text LANGUAGE sql IMMUTABLE AS $body$
    SELECT CASE
        WHEN schema_name = 'public' AND table_name ~ '^[a-z_][a-z0-9_]*$' AND table_name !~ '(^|_)(definition|pkey|key|idx|seq)[0-9]*$'
             AND pg_catalog.octet_length(table_name) <= 55 THEN 'archive_' || table_name
        WHEN schema_name || table_name ~ '^[a-z_][a-z0-9_]*$' AND table_name ~ '^[a-z_]' AND pg_catalog.octet_length(schema_name || table_name) <= 54
            THEN pg_catalog.format('archive_%s.%s', schema_name, table_name)
        ELSE pg_catalog.format('archive_%s.0%s', pg_catalog.left(pg_catalog.regexp_replace(table_name, '[^A-Za-z0-9_]', '_', 'g'), 20),
            pg_catalog.md5(schema_name || E'\n' || table_name))
    END
$body$;

-- The archive of a table, made if need be. It has a primary key from the first moment: a publication of all tables must not stop a delete in it.
CREATE OR REPLACE FUNCTION private_schema.archive_of(of_schema text, of_table text) RETURNS regclass LANGUAGE plpgsql AS $body$
DECLARE
    archive_name text := private_schema.archive_name(of_schema, of_table);
    archive text := pg_catalog.format('private_schema.%I', archive_name);
    earlier text;
    columns text[];
BEGIN
    IF EXISTS (SELECT FROM private_schema.archive AS a WHERE a.schema_name = of_schema AND a.table_name = of_table)
       AND pg_catalog.to_regclass(archive) IS NOT NULL THEN
        RETURN archive::regclass;
    END IF;
    -- Until version 0.1 an archive had the columns of its table, and the name of the table without its schema. A longer name would be cut to that of
    -- another archive, and one with a colon is that of a column's.
    IF pg_catalog.octet_length(of_table) <= 55 AND pg_catalog.strpos(of_table, ':') = 0
       AND EXISTS (SELECT FROM pg_catalog.pg_class AS c
               WHERE c.oid = pg_catalog.to_regclass(pg_catalog.format('private_schema.%I', 'archive_' || of_table)) AND c.relkind = 'r'
                   AND c.relname <> 'archive_definition')
       AND NOT EXISTS (SELECT FROM private_schema.archive AS a WHERE a.name = 'archive_' || of_table) THEN
        earlier := 'private_schema.earlier_archive';
        EXECUTE pg_catalog.format('ALTER TABLE private_schema.%I RENAME TO earlier_archive', 'archive_' || of_table);
    END IF;
    EXECUTE pg_catalog.format($sql$
        CREATE TABLE %s (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            archived_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
            archived_by bigint NOT NULL,
            archived_way text NOT NULL,
            root text NOT NULL,
            kind text NOT NULL,
            key jsonb,
            data jsonb NOT NULL,
            left_as jsonb,
            cause text,
            kept_because text
        )
        $sql$, archive);
    EXECUTE pg_catalog.format('CREATE INDEX ON %s (key) WHERE kept_because IS NOT NULL', archive);
    -- A migration that has nothing here looks under its locks: it must not read what others have archived.
    EXECUTE pg_catalog.format('CREATE INDEX ON %s (root, archived_way, archived_by)', archive);
    INSERT INTO private_schema.archive (name, schema_name, table_name) VALUES (archive_name, of_schema, of_table) ON CONFLICT DO NOTHING;
    IF earlier IS NOT NULL THEN
        columns := ARRAY(
            SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = earlier::regclass AND a.attnum > 0 AND NOT a.attisdropped
              AND a.attname NOT IN ('archived_at', 'archived_by', 'archived_way', 'kept_because'));
        EXECUTE pg_catalog.format($sql$
            INSERT INTO %s (archived_at, archived_by, archived_way, root, kind, data, kept_because)
            SELECT e.archived_at, e.archived_by, e.archived_way, %L, 'row', %s, e.kept_because FROM %s AS e
            $sql$, archive, pg_catalog.format('%I.%I', of_schema, of_table), private_schema.as_json(earlier::regclass, 'e', columns), earlier);
        EXECUTE pg_catalog.format('DROP TABLE %s', earlier);
    END IF;
    RETURN archive::regclass;
END
$body$;

CREATE OR REPLACE FUNCTION private_schema.archive_of_table(of regclass) RETURNS regclass LANGUAGE plpgsql AS $body$
DECLARE
    target record;
    archive regclass;
    columns_now text[] := ARRAY(
        SELECT a.attname::text FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = of AND a.attnum > 0 AND NOT a.attisdropped
            AND a.attgenerated = '' ORDER BY a.attnum);
BEGIN
    SELECT n.nspname::text AS of_schema, c.relname::text AS of_table INTO STRICT target
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = of;
    archive := private_schema.archive_of(target.of_schema, target.of_table);
    UPDATE private_schema.archive AS a SET columns = columns_now
    WHERE a.schema_name = target.of_schema AND a.table_name = target.of_table AND a.columns <> columns_now;
    RETURN archive;
END
$body$;

-- Keys of rows archived after another one.
CREATE OR REPLACE FUNCTION private_schema.archived_keys(archive regclass, after bigint) RETURNS jsonb[] LANGUAGE plpgsql STABLE AS $body$
DECLARE
    keys jsonb[];
BEGIN
    EXECUTE pg_catalog.format($sql$
        SELECT coalesce(pg_catalog.array_agg(a.key), '{}') FROM %s AS a WHERE a.id > $1 AND a.kind = 'row'
        $sql$, archive) INTO keys USING after;
    RETURN keys;
END
$body$;

-- Values of some columns in rows archived after another one, an array for each row; rows where one is NULL refer to nothing and are left out.
CREATE OR REPLACE FUNCTION private_schema.archived_values(archive regclass, after bigint,
    columns text[]) RETURNS jsonb LANGUAGE plpgsql STABLE AS $body$
DECLARE
    found jsonb;
BEGIN
    EXECUTE pg_catalog.format($sql$
        SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(%s)), '[]') FROM %s AS a WHERE a.id > $1 AND a.kind = 'row' AND %s
        $sql$,
        (SELECT pg_catalog.string_agg(pg_catalog.format('a.data ->> %L', c), ', ' ORDER BY n)
            FROM pg_catalog.unnest(columns) WITH ORDINALITY AS u (c, n)),
        archive,
        (SELECT pg_catalog.string_agg(pg_catalog.format('a.data ->> %L IS NOT NULL', c), ' AND ')
            FROM pg_catalog.unnest(columns) AS u (c))) INTO found USING after;
    RETURN found;
END
$body$;

-- A condition: the columns of a foreign key refer to the values of an array.
CREATE OR REPLACE FUNCTION private_schema.refers(document text, row_name text, columns text[],
    types text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $body$
    SELECT pg_catalog.string_agg(pg_catalog.format('%s.%I = (%s ->> %s)::%s', row_name, u.name, document, u.place - 1, u.type), ' AND '
        ORDER BY u.place)
    FROM ROWS FROM (pg_catalog.unnest(columns), pg_catalog.unnest(types)) WITH ORDINALITY AS u (name, type, place)
$body$;

-- Archives that hold something, and whose it is.
CREATE OR REPLACE FUNCTION private_schema.archives() RETURNS TABLE (name text, of_schema text, of_table text,
    archive regclass) LANGUAGE sql STABLE AS $body$
    SELECT a.name, a.schema_name, a.table_name, pg_catalog.format('private_schema.%I', a.name)::regclass FROM private_schema.archive AS a
    WHERE pg_catalog.to_regclass(pg_catalog.format('private_schema.%I', a.name)) IS NOT NULL ORDER BY a.name
$body$;

-- Drops archives that hold nothing.
CREATE OR REPLACE FUNCTION private_schema.drop_empty_archives() RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    each record;
    holds boolean;
BEGIN
    FOR each IN SELECT * FROM private_schema.archives() LOOP
        EXECUTE pg_catalog.format('SELECT EXISTS (SELECT FROM %s)', each.archive) INTO holds;
        IF NOT holds THEN
            EXECUTE pg_catalog.format('DROP TABLE %s', each.archive);
            DELETE FROM private_schema.archive AS a WHERE a.name = each.name;
        END IF;
    END LOOP;
END
$body$;

-- Whether this role may silence triggers. It is tried and taken back: a hosted platform may allow what its catalog does not say.
CREATE OR REPLACE FUNCTION private_schema.may_silence() RETURNS boolean LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE 'SET LOCAL session_replication_role = replica';
    RAISE SQLSTATE 'OS001';
EXCEPTION
    WHEN SQLSTATE 'OS001' THEN
        RETURN true;
    WHEN insufficient_privilege THEN
        RETURN false;
END
$body$;

-- Keeps triggers from hearing of what comes, to the end of the transaction, where this role may. They hear of it otherwise.
CREATE OR REPLACE FUNCTION private_schema.silence() RETURNS boolean LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE 'SET LOCAL session_replication_role = replica';
    RETURN true;
EXCEPTION WHEN insufficient_privilege THEN
    RETURN false;
END
$body$;
