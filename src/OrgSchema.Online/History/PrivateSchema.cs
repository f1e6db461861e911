namespace OrgSchema.Online;

/// <summary>The private schema and its tables: nobody but the migrating role reaches them, and no data API serves them.</summary>
internal static class PrivateSchema
{
    /// <summary>Makes what is missing, in one transaction. Safe to run again.</summary>
    public static async Task EnsureAsync(Session session, string schema, CancellationToken cancellationToken)
    {
        var isInstalled = await session.ScalarAsync<bool>(ArchiveSql.IsInstalled(schema), cancellationToken);
        await session.ExecuteAsync(Create(schema, isInstalled ? "" : ArchiveSql.Install(schema)), cancellationToken); // one text, one transaction
    }

    /// <summary>The statements that make what is missing and close it. In one transaction, nobody else reaches it at any time.</summary>
    public static string Create(string schema) => Create(schema, ArchiveSql.Install(schema));

    private static string Create(string schema, string functions) => $"""
        DO $schema$
        BEGIN
            -- not IF NOT EXISTS: that asks for CREATE on the database even when there is nothing to create
            IF pg_catalog.to_regnamespace({Literal.Of(schema)}) IS NULL THEN
                CREATE SCHEMA {schema};
            END IF;
        END
        $schema$;
        {Tables(schema)};
        {functions}
        {Close(schema)}
        """;

    /// <summary>
    /// Takes from everybody but its owner what default privileges have given on the schema, its tables, sequences and functions:
    /// those of a schema can only add to those of the database.
    /// </summary>
    /// <remarks>https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html</remarks>
    public static string Close(string schema) => $"""
        DO $close$
        DECLARE
            held record;
        BEGIN
            FOR held IN
                SELECT o.object, a.grantee
                FROM (
                    SELECT 'SCHEMA {schema}' AS object, n.nspowner AS owner, n.nspacl AS acl
                    FROM pg_catalog.pg_namespace AS n
                    WHERE n.nspname = {Literal.Of(schema)}
                    UNION ALL
                    SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END || ' {schema}.' || pg_catalog.quote_ident(c.relname), c.relowner, c.relacl
                    FROM pg_catalog.pg_class AS c
                    WHERE c.relnamespace = pg_catalog.to_regnamespace({Literal.Of(schema)}) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
                    UNION ALL
                    SELECT 'ROUTINE {schema}.' || pg_catalog.quote_ident(p.proname) || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')',
                           p.proowner, coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))
                    FROM pg_catalog.pg_proc AS p
                    WHERE p.pronamespace = pg_catalog.to_regnamespace({Literal.Of(schema)})) AS o
                CROSS JOIN LATERAL (SELECT DISTINCT e.grantee FROM pg_catalog.aclexplode(o.acl) AS e) AS a
                WHERE a.grantee <> o.owner AND pg_catalog.pg_has_role(o.owner, 'USAGE')
            LOOP
                EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM %s CASCADE', held.object,
                    CASE held.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(held.grantee)) END);
            END LOOP;
        END
        $close$
        """;

    private static string Tables(string schema) => $"""
        -- private schema
        CREATE TABLE IF NOT EXISTS {schema}.schema_version (
            version bigint CONSTRAINT schema_version_pkey PRIMARY KEY,
            -- squawk-ignore prefer-timestamp-tz -- as FluentMigrator has it, in UTC
            applied_on timestamp,
            -- squawk-ignore prefer-text-field -- as FluentMigrator has it
            description varchar(1024)
        );
        DO $columns$
        BEGIN
            -- not IF NOT EXISTS alone: that takes its lock even when there is nothing to add
            IF 2 > (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute WHERE attrelid = '{schema}.schema_version'::regclass AND attname IN ('checksum', 'adopted') AND NOT attisdropped) THEN
                ALTER TABLE {schema}.schema_version ADD COLUMN IF NOT EXISTS checksum text, ADD COLUMN IF NOT EXISTS adopted boolean NOT NULL DEFAULT false;
            END IF;
        END
        $columns$;
        CREATE TABLE IF NOT EXISTS {schema}.run_log (
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT run_log_pkey PRIMARY KEY,
            version bigint NOT NULL,
            name text NOT NULL,
            direction text NOT NULL,
            transactional boolean NOT NULL,
            started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
            finished_at timestamptz,
            outcome text,
            -- squawk-ignore prefer-bigint-over-int -- of one run
            attempts integer,
            -- squawk-ignore prefer-bigint-over-int -- of one run
            steps integer,
            waited interval,
            rows bigint,
            error text,
            role name NOT NULL DEFAULT current_user,
            operator text NOT NULL,
            program text NOT NULL,
            reason text
        );
        -- Steps of migrations that are not one transaction and were cut off: see StepLedger.
        CREATE TABLE IF NOT EXISTS {schema}.step_ledger (
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT step_ledger_pkey PRIMARY KEY,
            version bigint NOT NULL,
            direction text NOT NULL,
            said text NOT NULL,
            text text NOT NULL,
            begun_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
            finished boolean NOT NULL
        );
        CREATE TABLE IF NOT EXISTS {schema}.backfill_checkpoint (
            version bigint NOT NULL,
            table_name text NOT NULL,
            -- squawk-ignore prefer-bigint-over-int -- as many as there are workers
            part integer NOT NULL,
            last_key text,
            until_key text,
            picked bigint NOT NULL DEFAULT 0,
            changed bigint NOT NULL DEFAULT 0,
            updated_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
            CONSTRAINT backfill_checkpoint_pkey PRIMARY KEY (version, table_name, part)
        );
        CREATE TABLE IF NOT EXISTS {schema}.backfill_control (
            id boolean CONSTRAINT backfill_control_pkey PRIMARY KEY CONSTRAINT backfill_control_one_row CHECK (id),
            paused boolean NOT NULL,
            rest interval,
            set_by text,
            set_at timestamptz
        );
        -- What the keys of the runner lock are made of. Only the migrating role reads it: nobody else can take them.
        CREATE TABLE IF NOT EXISTS {schema}.runner_lock (
            id boolean CONSTRAINT runner_lock_pkey PRIMARY KEY CONSTRAINT runner_lock_one_row CHECK (id),
            secret uuid NOT NULL
        )
        """;
}
