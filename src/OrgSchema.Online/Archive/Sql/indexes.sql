-- Whether an index is the one that a migration wants, whatever words either was made with: the server's own form of both is compared.

-- All that CREATE INDEX says of an index beside names. Where it is stored is no part of it.
CREATE OR REPLACE FUNCTION private_schema.index_form(of regclass) RETURNS jsonb LANGUAGE sql STABLE AS $body$
    SELECT pg_catalog.jsonb_build_object(
        'unique', i.indisunique, 'nulls not distinct', i.indnullsnotdistinct, 'keys', i.indnkeyatts, 'method', c.relam, 'with', c.reloptions,
        'operator classes', i.indclass::oid[], 'collations', i.indcollation::oid[], 'order', i.indoption::int2[],
        'columns', (SELECT pg_catalog.array_agg(a.attname ORDER BY k.place) FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
            LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum),
        'expressions', pg_catalog.pg_get_expr(i.indexprs, i.indrelid), 'where', pg_catalog.pg_get_expr(i.indpred, i.indrelid))
    FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid WHERE i.indexrelid = of
$body$;

-- Only the server knows its form of a definition: it makes an index on an empty copy of the table, of which nothing stays.
CREATE OR REPLACE FUNCTION private_schema.index_is(index_name text, of_name text, uniqueness text, definition text) RETURNS boolean LANGUAGE plpgsql
AS $body$
DECLARE
    wanted jsonb;
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_catalog.pg_index AS i
        WHERE i.indexrelid = pg_catalog.to_regclass(index_name) AND i.indrelid = pg_catalog.to_regclass(of_name) AND i.indisvalid AND i.indisready) THEN
        RETURN false;
    END IF;
    BEGIN
        EXECUTE pg_catalog.format('CREATE TABLE private_schema.index_copy (LIKE %s)', of_name);
        EXECUTE pg_catalog.format('CREATE %sINDEX index_copy_index ON private_schema.index_copy %s', uniqueness, definition);
        wanted := private_schema.index_form('private_schema.index_copy_index'::regclass);
        RAISE EXCEPTION 'taken back';
    EXCEPTION WHEN raise_exception THEN
        IF wanted IS NULL THEN
            RAISE;
        END IF;
    END;
    RETURN private_schema.index_form(pg_catalog.to_regclass(index_name)) = wanted;
END
$body$;
