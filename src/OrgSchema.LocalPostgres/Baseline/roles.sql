-- baseline: the platform's roles, shared by all databases of a server. Safe to run again; one at a time.
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('orgschema baseline roles', 0));

DO $$
DECLARE
    password text := pg_catalog.current_setting('orgschema.password');
    declared record;
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'postgres' AND rolsuper) THEN
        RAISE EXCEPTION 'the role "postgres" is a superuser on this server, and on a live Supabase it is an ordinary role'
            USING HINT = 'Use a server whose superuser has another name: initdb --username=supabase_admin, or POSTGRES_USER=supabase_admin in a container.';
    END IF;

    FOR declared IN
        SELECT * FROM (VALUES
            -- The three API roles carry no login: PostgREST logs in as authenticator and becomes one of them.
            ('anon',                    'NOLOGIN INHERIT'),
            ('authenticated',           'NOLOGIN INHERIT'),
            ('service_role',            'NOLOGIN INHERIT BYPASSRLS'),
            ('authenticator',           'LOGIN NOINHERIT'),
            -- The servers of the platform, its dashboard and its read-only user.
            ('supabase_auth_admin',     'NOLOGIN NOINHERIT CREATEROLE'),
            ('supabase_storage_admin',  'NOLOGIN NOINHERIT CREATEROLE'),
            ('dashboard_user',          'NOLOGIN CREATEDB CREATEROLE REPLICATION'),
            ('supabase_read_only_user', 'NOLOGIN BYPASSRLS'),
            -- What a customer gets: no superuser, but it may create roles and databases, and it bypasses RLS.
            ('postgres',                'LOGIN NOSUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS')
        ) AS roles (name, attributes)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = declared.name) THEN
            EXECUTE format('CREATE ROLE %I', declared.name);
        END IF;
        EXECUTE format('ALTER ROLE %I %s', declared.name, declared.attributes);
    END LOOP;

    EXECUTE format('ALTER ROLE postgres PASSWORD %L', password);
    EXECUTE format('ALTER ROLE authenticator PASSWORD %L', password);

    -- Since PostgreSQL 16, CREATEROLE alone no longer lets a role grant the roles it did not create.
    IF pg_catalog.current_setting('server_version_num')::int >= 160000 THEN
        GRANT anon, authenticated, service_role TO postgres WITH ADMIN OPTION;
    ELSE
        GRANT anon, authenticated, service_role TO postgres;
    END IF;
END $$;

GRANT anon, authenticated, service_role TO authenticator;
GRANT pg_read_all_data TO supabase_read_only_user;
GRANT pg_monitor, pg_read_all_data, pg_signal_backend TO postgres;

-- On the platform the supautils library lets postgres set this superuser-only setting.
GRANT SET ON PARAMETER session_replication_role TO postgres;

ALTER ROLE anon SET statement_timeout = '3s';
ALTER ROLE authenticated SET statement_timeout = '8s';
ALTER ROLE authenticator SET statement_timeout = '8s';
ALTER ROLE authenticator SET lock_timeout = '8s';
ALTER ROLE supabase_auth_admin SET search_path = auth;
ALTER ROLE supabase_auth_admin SET idle_in_transaction_session_timeout = '60s';
-- The backslash is Supabase's: the first entry names a schema that does not exist, "$user" is not expanded.
ALTER ROLE postgres SET search_path = "\$user", public, extensions;
