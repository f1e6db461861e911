using Npgsql;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>Makes one statement of a run fail, in the middle of a migration: its n-th that changes a structure, or the one that records the version.</summary>
internal static class Saboteur
{
    /// <summary>The n-th statement about the application's tables fails. Counted over failed attempts, too.</summary>
    /// <remarks>A logged sequence would start a transaction, in which DROP INDEX CONCURRENTLY refuses to run.</remarks>
    public static Task FailStatementAsync(TestDatabase database, int number) => AsSuperuserAsync(database, $"""
        CREATE SCHEMA sabotage; GRANT USAGE ON SCHEMA sabotage TO postgres;
        CREATE UNLOGGED SEQUENCE sabotage.statements; GRANT USAGE ON SEQUENCE sabotage.statements TO postgres;
        CREATE FUNCTION sabotage.fail() RETURNS event_trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF current_query() LIKE '%public.%' AND nextval('sabotage.statements') = {number} THEN
                RAISE EXCEPTION 'sabotaged';
            END IF;
        END $$;
        CREATE EVENT TRIGGER sabotage ON ddl_command_start EXECUTE FUNCTION sabotage.fail();
        """);

    /// <summary>The version cannot be recorded, nor removed: everything else of the migration is done.</summary>
    public static Task FailRecordAsync(TestDatabase database) => AsSuperuserAsync(database, """
        CREATE SCHEMA sabotage; GRANT USAGE ON SCHEMA sabotage TO postgres;
        CREATE FUNCTION sabotage.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'sabotaged'; END $$;
        CREATE TRIGGER sabotage BEFORE INSERT OR DELETE ON orgschema.schema_version FOR EACH STATEMENT EXECUTE FUNCTION sabotage.fail();
        """);

    /// <summary>Ends it.</summary>
    public static Task StopAsync(TestDatabase database) => AsSuperuserAsync(database, "SET client_min_messages = warning; DROP SCHEMA sabotage CASCADE");

    private static async Task AsSuperuserAsync(TestDatabase database, string sql)
    {
        await using var superuser = new NpgsqlConnection(database.SuperuserConnectionString);
        await superuser.OpenAsync();
        await superuser.ExecuteAsync(sql);
    }
}
