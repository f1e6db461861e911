using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>What another runner has applied, and a step of which nothing tells whether it has finished.</summary>
public sealed class GoingOnAfterOthers : CommandTest
{
    [TestCase("public.\"VersionInfo\"", "baseline", "--from-fluentmigrator", "--keep")]
    [TestCase("public.applied", "baseline", "--from-fluentmigrator", "public.applied", "--keep")]
    public async Task History_of_FluentMigrator_is_taken_over(string table, params string[] baseline)
    {
        await Orgschema.RunAsync(0, "migrate", "--to", "20260226000200");
        await Database.ExecuteAsync($"""
            CREATE TABLE {table} ("Version" bigint, "AppliedOn" timestamp, "Description" text);
            INSERT INTO {table} SELECT version, '2026-01-02 03:04:05', 'by FluentMigrator' FROM orgschema.schema_version;
            DROP SCHEMA orgschema CASCADE
            """);

        await Orgschema.RunAsync(0, baseline);

        Assert.That((await Orgschema.RunAsync(0, "status")).Output, Does.Contain("2026-01-02"));
        await Orgschema.RunAsync(0, "migrate");
        Assert.That(await Database.ScalarAsync<long>($"SELECT count(*) FROM {table}"), Is.EqualTo(11));
    }

    [Test]
    public async Task Run_that_does_not_know_FluentMigrators_history_is_refused()
    {
        await Database.ExecuteAsync("""
            CREATE TABLE public."VersionInfo" ("Version" bigint, "AppliedOn" timestamp, "Description" text);
            INSERT INTO public."VersionInfo" VALUES (20260226000000, now(), '')
            """);
        var before = await Database.FingerprintAsync();

        var refused = await Orgschema.RunAsync(6, "migrate");

        Assert.That(refused.Error, Does.Contain("knows 1 version of these migrations").And.Contain("next:  Run 'baseline --from-fluentmigrator' first"));
        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [TestCase("finished")]
    [TestCase("again")]
    public async Task Step_that_was_cut_off_is_refused_until_somebody_answers(string answer)
    {
        await Orgschema.RunAsync(0, "migrate", "--to", "20260226000200");
        await Database.ExecuteAsync(
            "INSERT INTO orgschema.step_ledger (version, direction, said, text, finished) VALUES (20260226000300, 'up', '', 'CALL fill()', false)");

        var refused = await Orgschema.RunAsync(6, "migrate");
        await Orgschema.RunAsync(0, "migrate", "--cut-off", answer);

        Assert.That(refused.Error, Does.Contain("20260226000300 CreateDefaultOrganization was cut off in a step that commits by itself, begun at ").And.Contain("'CALL fill()'"));
        Assert.That(refused.Error, Does.Contain("Nothing was changed.").And.Contain("--cut-off finished"));
        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM orgschema.step_ledger"), Is.Zero);
    }

    [TestCase("baseline", "--keep")]
    [TestCase("baseline", "--from-fluentmigrator", "--dry-run")]
    [TestCase("baseline", "--from-fluentmigrator", "a b")]
    [TestCase("migrate", "--cut-off", "perhaps")]
    public async Task Mistake_changes_nothing(params string[] arguments)
    {
        var before = await Database.FingerprintAsync();

        await Orgschema.RunAsync(2, arguments);

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }
}
