using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>The application's <c>update_updated_at_column()</c> has grown for its own tables, and may not work for ours.</summary>
public sealed class TriggerFunctionOfOthers
{
    private static IEnumerable<TestCaseData> Bad =>
    [
        Case("sets_a_column_of_the_old_tables", "NEW.modified_by := session_user;", "has no field \"modified_by\""),
        Case("reads_a_column_of_the_old_tables", "NEW.updated_at := now() + OLD.version * interval '1 s';", "has no field \"version\""),
        Case("raises", "RAISE EXCEPTION 'not in %', TG_TABLE_NAME;", "not in organizations"),
    ];

    [TestCaseSource(nameof(Bad))]
    public async Task Fails_the_first_migration_whole(string body, string error)
    {
        await using var database = await LiveDatabase.CreateAsync();
        await database.ExecuteAsync(Function(body));
        var before = await database.FingerprintAsync();

        var failure = Assert.ThrowsAsync<MigrationFailedException>(() => database.MigrateAsync())!;

        Assert.That(failure.Message, Does.Contain("CreateOrganizations").And.Contain("public.update_updated_at_column()").And.Contain(error));
        (await database.FingerprintAsync()).AssertSameAs(before);
    }

    [TestCaseSource(nameof(Bad))]
    public async Task Fails_the_migration_of_the_table_that_it_does_not_know(string body, string error)
    {
        await using var database = await LiveDatabase.CreateAsync();
        await database.ExecuteAsync(Function($"IF TG_TABLE_NAME = 'user_profiles' THEN {body} END IF;"));

        var failure = Assert.ThrowsAsync<MigrationFailedException>(() => database.MigrateAsync())!;

        Assert.That(failure.Message, Does.Contain("CreateUserProfiles").And.Contain("an UPDATE of public.user_profiles"));
        Assert.That(failure.Message, Does.Contain(error.Replace("organizations", "user_profiles", StringComparison.Ordinal)));
        Assert.That(await database.ScalarAsync<bool>("SELECT to_regclass('public.user_profiles') IS NULL"));
    }

    [TestCaseSource(nameof(Bad))]
    public async Task Fails_on_tables_that_are_there_with_rows(string body, string error)
    {
        await using var database = await LiveDatabase.CreateAsync();
        await database.MigrateAsync(20260226000300);
        await database.ExecuteAsync($"DELETE FROM orgschema.schema_version; {Function(body)}");

        Assert.That(() => database.MigrateAsync(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains(error));
    }

    [Test]
    public async Task Passes_where_it_knows_which_table_it_is_in()
    {
        await using var database = await LiveDatabase.CreateAsync();
        await database.ExecuteAsync(Function("""
            NEW.updated_at := now();
            IF TG_TABLE_NAME NOT IN ('organizations', 'user_profiles') THEN NEW.modified_by := session_user; END IF;
            """));

        await database.MigrateAsync(20260226000200);

        Assert.That(await database.ScalarAsync<long>("SELECT (SELECT count(*) FROM organizations) + (SELECT count(*) FROM user_profiles)"), Is.Zero);
    }

    private static TestCaseData Case(string name, string body, string error) => new TestCaseData(body, error).SetArgDisplayNames(name);

    private static string Function(string body) =>
        $"CREATE OR REPLACE FUNCTION public.update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN {body} RETURN NEW; END $body$";
}
