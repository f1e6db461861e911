using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>The bridge notes who still needs it, and contract waits for them.</summary>
public sealed class ClosingTheBridge : CommandTest
{
    private const string UsedLongAgo = "UPDATE orgschema.bridge_use SET used_at = used_at - interval '25 hours'";

    [SetUp]
    public Task Migrate() => Database.MigrateAsync();

    [Test]
    public async Task Waits_until_the_old_application_is_gone_and_names_it()
    {
        await InsertAsOldApplicationAsync();

        Assert.That((await Orgschema.RunAsync(0, "status")).Output, Does.Contain("service_role with old-app"));
        Assert.That((await Orgschema.RunAsync(6, "migrate", "contract")).Error, Does.Contain("inserted a DSO without an organization at").And.Contain("service_role with old-app").And.Contain("Nothing was changed."));
        await InsertAsOldApplicationAsync(); // still carried

        await Database.ExecuteAsync(UsedLongAgo);
        Assert.That((await Orgschema.RunAsync(6, "migrate", "contract", "--quiet-for", "26h")).Error, Does.Contain("service_role with old-app"));
        await Orgschema.RunAsync(0, "migrate", "contract");
    }

    [Test]
    public async Task Does_not_wait_when_somebody_says_why()
    {
        await InsertAsOldApplicationAsync();

        await Orgschema.RunAsync(0, "migrate", "contract", "--force", "the old one is switched off");

        Assert.That(await Database.ScalarAsync<string>("SELECT reason FROM orgschema.run_log ORDER BY id DESC LIMIT 1"), Is.EqualTo("the old one is switched off"));
    }

    [TestCase("ALTER TABLE public.dsos ALTER COLUMN org_id DROP NOT NULL", "is not NOT NULL")]
    [TestCase("DROP TABLE orgschema.bridge_use", "without the table of its notes")]
    [TestCase("CREATE OR REPLACE FUNCTION orgschema.fill_dsos_org_id() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'", "it may not record each use")]
    public async Task Is_refused_where_it_would_break_rows_or_nobody_can_tell(string change, string reason)
    {
        await Database.ExecuteAsync(change);

        Assert.That((await Orgschema.RunAsync(6, "migrate", "contract")).Error, Does.Contain(reason).And.Contain("orgschema verify"));
        Assert.That(await Database.ScalarAsync<bool>("SELECT to_regprocedure('orgschema.fill_dsos_org_id()') IS NOT NULL"));
    }

    [TestCase("READ COMMITTED")]
    [TestCase("REPEATABLE READ")]
    [TestCase("SERIALIZABLE")]
    public async Task Needs_notes_for_which_no_insert_waits(string isolation)
    {
        await using var first = await Database.OpenAsync("service_role");
        await using var second = await Database.OpenAsync("service_role");
        await second.ExecuteAsync("SET lock_timeout = '1ms'");
        foreach (var application in new[] { first, second })
        {
            await application.ExecuteAsync($"BEGIN ISOLATION LEVEL {isolation}");
            await application.ExecuteAsync("INSERT INTO public.dsos (name) VALUES ('at once')"); // the other's is not committed
        }

        await second.ExecuteAsync("COMMIT");
        await first.ExecuteAsync("COMMIT");
        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM public.dsos WHERE name = 'at once' AND org_id IS NOT NULL"), Is.EqualTo(2));
        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM orgschema.bridge_use"), Is.Positive);
    }

    [Test]
    public async Task Hears_of_a_use_whatever_locks_a_stranger_holds()
    {
        await using var stranger = await Database.OpenAsync("authenticated");
        await stranger.ExecuteAsync("""
            SELECT pg_advisory_lock(hashtextextended('bridge_use' || minute || 'service_role' || 'old-app', 0))
            FROM generate_series(date_trunc('minute', now()), now() + interval '5 minutes', '1 minute') AS minute
            """);

        await InsertAsOldApplicationAsync();

        Assert.That((await Orgschema.RunAsync(6, "migrate", "contract")).Error, Does.Contain("service_role with old-app"));
    }

    private async Task InsertAsOldApplicationAsync()
    {
        await using var application = await Database.OpenAsync("service_role");
        await application.ExecuteAsync("SET application_name = 'old-app'; INSERT INTO public.dsos (name) VALUES ('New Client')");
    }
}
