namespace OrgSchema.Online;

/// <summary>The private schema and its tables: nobody but the migrating role reaches them, and no data API serves them.</summary>
internal static class PrivateSchema
{
    /// <summary>Makes what is missing. Safe to run again.</summary>
    public static async Task EnsureAsync(Session session, string schema, CancellationToken cancellationToken)
    {
        // Not IF NOT EXISTS: that asks for CREATE on the database even when there is nothing to create.
        if (!await session.ScalarAsync<bool>($"SELECT pg_catalog.to_regnamespace({Literal.Of(schema)}) IS NOT NULL", cancellationToken))
            await session.ExecuteAsync($"CREATE SCHEMA {schema}", cancellationToken);
        await session.ExecuteAsync(Tables(schema), cancellationToken);
        if (!await session.ScalarAsync<bool>(ArchiveSql.IsInstalled(schema), cancellationToken))
            await session.ExecuteAsync(ArchiveSql.Install(schema), cancellationToken);
    }

    /// <summary>The same for a script, where nobody asks first.</summary>
    public static string Create(string schema) => $"""
        DO $schema$
        BEGIN
            IF pg_catalog.to_regnamespace({Literal.Of(schema)}) IS NULL THEN
                CREATE SCHEMA {schema};
            END IF;
        END
        $schema$;
        {Tables(schema)};
        {ArchiveSql.Install(schema)}
        """;

    private static string Tables(string schema) => $"""
        -- private schema
        REVOKE ALL ON SCHEMA {schema} FROM PUBLIC;
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
        )
        """;
}
