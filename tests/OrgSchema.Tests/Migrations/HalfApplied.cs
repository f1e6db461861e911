using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class HalfApplied
{
    private static IEnumerable<TestCaseData> OnTheWayUp => Cases(Direction.Up);

    private static IEnumerable<TestCaseData> OnAnyWay => Cases(Direction.Up, Direction.Down);

    private LiveDatabase _database = null!;

    [SetUp]
    public async Task Create() => _database = await LiveDatabase.CreateAsync();

    [TearDown]
    public async Task Drop() => await _database.DisposeAsync();

    [Test]
    public void Can_be_what_these_leave() => Assert.That(
        OnAnyWay.Select(test => ((KnownMigration)test.Arguments[0]!).Name),
        Is.EqualTo(new[] { nameof(CreateDefaultOrganization), nameof(BackfillUserProfiles), nameof(AddOrgIdToDsos), nameof(ReferenceOrganizationFromDsos), nameof(IndexDsosOrgId), nameof(BackfillDsosOrgId), nameof(RequireDsosOrgId), nameof(RevokeErroneousAccess) }));

    [TestCaseSource(nameof(OnTheWayUp))]
    public async Task After_the_first_statements_of_the_plan_converges(KnownMigration migration)
    {
        await _database.MigrateToBeforeAsync(migration);
        var before = await _database.FingerprintAsync();
        await _database.ApplyAsync(migration);
        var after = await _database.FingerprintAsync();
        await _database.RevertAsync();
        await _database.ExecuteAsync("DROP TABLE IF EXISTS orgschema.archive_user_profiles");

        var statements = await PlannedAsync(migration);
        for (var done = 1; done <= statements.Count; done++)
        {
            await using (var connection = await _database.OpenAsync())
            {
                // As a run does before its first statement: what is there afterwards was made by it.
                await connection.RunAsync(new SqlStatement($"INSERT INTO orgschema.found_object (version, object) VALUES ({migration.Version}, '') ON CONFLICT DO NOTHING"));
                foreach (var statement in statements.Take(done))
                    await connection.RunAsync(statement);
            }

            await _database.ApplyAsync(migration);
            Same(await _database.FingerprintAsync(), after, $"after {done} of {statements.Count}");
            await _database.RevertAsync();
            await _database.ExecuteAsync("DROP TABLE IF EXISTS orgschema.archive_user_profiles");
            Same(await _database.FingerprintAsync(), before, $"after {done} of {statements.Count} and back");
        }
    }

    [Test]
    public async Task On_the_way_down_is_not_forgotten_by_a_way_up_that_fails()
    {
        await _database.MigrateAsync();
        var before = await _database.FingerprintAsync();
        await _database.ExecuteAsSuperuserAsync("""
            CREATE FUNCTION public.no_trigger() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no trigger'; END $$;
            CREATE EVENT TRIGGER no_trigger ON ddl_command_end WHEN TAG IN ('CREATE TRIGGER') EXECUTE FUNCTION public.no_trigger()
            """);
        Assert.That(() => _database.RevertAsync(DownTarget.All), Throws.InstanceOf<OnlineMigrationException>());
        Assert.That(() => _database.MigrateAsync(), Throws.InstanceOf<OnlineMigrationException>());
        await _database.ExecuteAsSuperuserAsync("DROP EVENT TRIGGER no_trigger; DROP FUNCTION public.no_trigger()");

        await _database.MigrateAsync();

        Same(await _database.FingerprintAsync(), before, "after a way up that failed");
    }

    [TestCaseSource(nameof(OnAnyWay))]
    public async Task When_any_statement_of_it_fails_converges_up_and_down(KnownMigration migration)
    {
        await _database.MigrateToBeforeAsync(migration);
        var before = await _database.FingerprintAsync();
        await _database.ApplyAsync(migration);
        var after = await _database.FingerprintAsync();

        await FailEverywhereAsync(() => _database.RevertAsync(), before, () => _database.ApplyAsync(migration), inSteps: !migration.IsTransactional(Direction.Down));
        await _database.RevertAsync();
        await FailEverywhereAsync(() => _database.ApplyAsync(migration), after, () => _database.RevertAsync(), inSteps: !migration.IsTransactional(Direction.Up));
    }

    private static IEnumerable<TestCaseData> Cases(params Direction[] directions) => Migrating.All
        .Where(migration => directions.Any(direction => !migration.IsTransactional(direction)))
        .Select(migration => new TestCaseData(migration).SetArgDisplayNames(migration.Name));

    // Lets the first statement fail, then the second, ..., then the record; each time the same again must end as expected.
    private async Task FailEverywhereAsync(Func<Task> run, Fingerprint expected, Func<Task> back, bool inSteps)
    {
        var statements = 0;
        for (var (number, hasFailed) = (1, true); hasFailed; number++)
        {
            await Saboteur.FailStatementAsync(_database, number);
            hasFailed = await FailsAsync(run);
            await Saboteur.StopAsync(_database);
            if (hasFailed)
            {
                statements++;
                await run();
            }

            Same(await _database.FingerprintAsync(), expected, $"statement {number}");
            await back();
        }

        await Saboteur.FailRecordAsync(_database);
        Assert.That(await FailsAsync(run), "the record can be made to fail");
        await Saboteur.StopAsync(_database);
        // Where nothing was to be done, nothing is half done. (The saboteur sees DDL only.)
        if (statements > 0 && inSteps)
            Assert.That((await StatusAsync()).Migrations.Select(row => row.State), Has.Member(MigrationState.Unfinished));
        await run();
        Same(await _database.FingerprintAsync(), expected, "the record");
        Assert.That((await StatusAsync()).Migrations.Select(row => row.State), Has.No.Member(MigrationState.Unfinished));
        await back();
    }

    private static async Task<bool> FailsAsync(Func<Task> run)
    {
        try
        {
            await run();
            return false;
        }
        catch (MigrationFailedException e) when (e.Message.Contains("sabotaged", StringComparison.Ordinal))
        {
            return true;
        }
    }

    private async Task<DatabaseStatus> StatusAsync()
    {
        await using var migrator = _database.Migrator();
        return await migrator.StatusAsync(default);
    }

    private async Task<List<SqlStatement>> PlannedAsync(KnownMigration migration)
    {
        await using var migrator = _database.Migrator();
        return [.. (await migrator.PlanAsync(default)).Single(plan => plan.Migration == migration).Statements.Where(statement => statement.Kind == StatementKind.Command)];
    }

    // Rows that are made again have new times.
    private static void Same(Fingerprint actual, Fingerprint expected, string when)
    {
        var differences = Structure(actual).DifferencesFrom(Structure(expected));
        Assert.That(differences, Is.Empty, when);

        static Fingerprint Structure(Fingerprint of) => of.Where(line => line.Subject != "public.user_profiles" || !line.Text.StartsWith("row ", StringComparison.Ordinal));
    }
}
