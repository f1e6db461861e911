using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;
using OrgSchema.Tests.Checks;

namespace OrgSchema.Tests;

/// <summary>The migrations' own SQL has run, but nothing has recorded it: psql, or another tool.</summary>
public sealed class DatabaseOfAnotherTool
{
    private static IEnumerable<long> BeforeContract => Migrating.BeforeContract.Select(migration => migration.Version);

    [TestCaseSource(nameof(BeforeContract))]
    public async Task Is_recorded_up_to_where_it_is_and_migrated_from_there(long version)
    {
        await using var database = await ByHand.MigratedTo(version);
        await database.ExecuteAsync("DROP TABLE orgschema.schema_version");

        var recorded = await database.AdoptAsync();

        // A column that is filled in every row at once needs no backfill, and profiles that nobody lacks need none either.
        Assert.That(recorded.Where(step => step <= version), Is.EqualTo(BeforeContract.Where(step => step <= version)));
        await database.MigrateAsync(preflight: MissingUsers.Refuse);
        Assert.That(await database.ColumnAsync<long>("SELECT version FROM orgschema.schema_version ORDER BY 1"), Is.EqualTo(BeforeContract));
        await using var migrator = database.Migrator();
        Assert.That(await migrator.AskAsync((connection, applied, token) => Verification.RunAsync(connection, new Tenancy(), applied, token), default), Is.Empty);
        await database.RevertAsync(DownTarget.All);
        Assert.That(await database.ScalarAsync<bool>("SELECT to_regclass('public.organizations') IS NULL"));
    }

    [Test]
    public async Task That_has_nothing_is_left_alone()
    {
        await using var database = await LiveDatabase.CreateAsync();

        Assert.That(await database.AdoptAsync(), Is.Empty);
        Assert.That(await database.ScalarAsync<bool>("SELECT to_regnamespace('orgschema') IS NULL"));
    }

    [Test]
    public async Task Does_not_count_as_out_of_order()
    {
        await using var database = await ByHand.MigratedTo(20260226000900);
        await database.ExecuteAsync("DROP TABLE orgschema.schema_version; DROP TRIGGER fill_dsos_org_id ON public.dsos");

        await database.AdoptAsync();

        await using var migrator = database.Migrator();
        var bridge = (await migrator.StatusAsync(default)).Migrations.Single(migration => migration.Version == 20260226000500);
        Assert.That(bridge.State, Is.EqualTo(MigrationState.Pending));
        await database.MigrateAsync();
        Assert.That(await database.ScalarAsync<long>("SELECT count(*) FROM pg_trigger WHERE tgname = 'fill_dsos_org_id'"), Is.EqualTo(1));
    }
}
