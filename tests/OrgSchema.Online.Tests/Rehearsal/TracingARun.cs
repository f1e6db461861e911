using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class TracingARun : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE SCHEMA auth;
        CREATE TABLE auth.users (id integer PRIMARY KEY);
        CREATE TABLE public."Odd name" (id integer PRIMARY KEY);
        CREATE TABLE public.people (id integer PRIMARY KEY, name text NOT NULL, team integer);
        CREATE INDEX people_name ON public.people (name);
        INSERT INTO public.people SELECT n, 'somebody', 1 FROM generate_series(1, 100) AS n;
        INSERT INTO auth.users VALUES (1);
        """;

    [Test]
    public async Task Locks_of_a_transaction_are_held_to_its_end_and_told_with_the_statement_that_took_them()
    {
        var traced = await UpAsync(typeof(InOneTransaction));

        Assert.That(traced.Select(statement => string.Join(", ", statement.Locks.Select(taken => $"{taken.Mode.SqlName()} on {taken.Table}"))), Is.EqualTo(new[]
        {
            "SHARE ROW EXCLUSIVE on auth.users",
            "ACCESS EXCLUSIVE on public.people",
            "SHARE on public.people",
            "ACCESS EXCLUSIVE on public.\"Odd name\"",
        }));
        Assert.That(traced.Select(statement => statement.Transaction).Distinct().Count(), Is.EqualTo(1));
        Assert.That(traced[1].Locks[0].Held, Is.GreaterThanOrEqualTo(traced[1].Duration + traced[2].Duration + traced[3].Duration));
    }

    [Test]
    public async Task Scans_rewrites_and_rows_are_told_of_the_statement_that_caused_them()
    {
        var traced = await UpAsync(typeof(Expensive));

        Assert.That(traced.Select(statement => string.Join("; ",
        [
            .. statement.Scanned.Select(table => $"scans {table}"),
            .. statement.Rewritten.Select(table => $"rewrites {table}"),
            .. statement.Written.Select(write => $"{write.Inserted}, {write.Updated}, {write.Deleted} in {write.Table}"),
        ])), Is.EqualTo(new[]
        {
            "",
            "scans public.people",
            "scans public.people; rewrites public.people",
            "scans public.people; 0, 100, 0 in public.people",
            "scans auth.users; 0, 0, 1 in auth.users; 1, 0, 0 in public.people",
            "", // a catalog-only change
        }));
        Assert.That(traced[3].WalBytes, Is.Positive);
    }

    [Test]
    public async Task Statement_on_its_own_is_traced_although_it_commits()
    {
        var traced = await UpAsync(typeof(StepByStep));

        Assert.That(traced.Select(statement => (statement.Transaction, string.Join(", ", statement.Locks.Select(taken => $"{taken.Mode.SqlName()} on {taken.Table}")), statement.Scanned.Count)), Is.EqualTo(new (int?, string, int)[]
        {
            (null, "SHARE UPDATE EXCLUSIVE on public.people", 1), // CREATE INDEX CONCURRENTLY
            (null, "", 0), // what the migration has made is remembered
            (null, "ACCESS EXCLUSIVE on public.people", 0), // ADD CHECK NOT VALID
            (null, "SHARE UPDATE EXCLUSIVE on public.people", 1), // VALIDATE
            (null, "", 0),
            (null, "ROW EXCLUSIVE on public.people", 1), // the batch
            (null, "ROW EXCLUSIVE on public.people", 1), // nothing is left
            (null, "SHARE UPDATE EXCLUSIVE on public.people", 0), // VACUUM, which nobody has called alone
        }));
        Assert.That(traced[5].Rows, Is.EqualTo(100));
    }

    [Test]
    public async Task Attempt_that_failed_is_not_told()
    {
        Assert.That(() => UpAsync(typeof(Failing)), Throws.TypeOf<MigrationFailedException>());
        Assert.That(await Database.ScalarAsync<bool>("SELECT pg_catalog.to_regclass('orgschema.schema_version') IS NOT NULL"), Is.True);
    }

    [Test]
    public async Task Traced_run_leaves_what_one_without_a_trace_leaves()
    {
        await UpAsync(typeof(InOneTransaction), typeof(StepByStep));
        var traced = await Database.FingerprintAsync();
        await using var other = await EmptyDatabase.CreateAsync();
        await other.ExecuteAsync(Schema);
        await using var migrator = other.Migrator(typeof(InOneTransaction), typeof(StepByStep));

        await migrator.UpAsync();

        (await other.FingerprintAsync()).AssertSameAs(traced);
    }

    private async Task<List<TracedStatement>> UpAsync(params Type[] migrations)
    {
        List<TracedStatement> traced = [];
        await using var migrator = new TestMigrator(Database.Options(migrations), traced.Add);
        try
        {
            await migrator.UpAsync();
        }
        catch
        {
            Assert.That(traced, Is.Empty);
            throw;
        }

        return traced;
    }

    [Expand(1)]
    public sealed class InOneTransaction : OnlineMigration
    {
        public override void Up()
        {
            Sql("CREATE TABLE public.teams (id integer PRIMARY KEY, owner integer REFERENCES auth.users); ALTER TABLE public.teams ADD COLUMN name text -- new, and in nobody's way");
            Sql("ALTER TABLE public.people ADD COLUMN email text");
            Sql("CREATE INDEX people_email ON public.people (email)");
            Sql("DROP TABLE public.\"Odd name\"");
        }

        public override void Down() => Sql("SELECT 1");
    }

    [Expand(2)]
    public sealed class Expensive : OnlineMigration
    {
        public override void Up()
        {
            Sql("CREATE FUNCTION public.one() RETURNS integer LANGUAGE sql AS 'SELECT 1'");
            Sql("ALTER TABLE public.people ADD CHECK (id > 0)");
            Sql("ALTER TABLE public.people ALTER COLUMN id TYPE bigint");
            Sql("UPDATE public.people SET team = 2");
            Sql("WITH gone AS (DELETE FROM auth.users RETURNING id) INSERT INTO public.people SELECT 101, 'nobody', id FROM gone");
            Sql("ALTER TABLE public.people ADD COLUMN age integer DEFAULT 1");
        }

        public override void Down() => Sql("SELECT 1");
    }

    [Expand(3, TransactionBehavior.None)]
    public sealed class StepByStep : OnlineMigration
    {
        public override void Up()
        {
            CreateIndexConcurrently("people_team", "public.people", "team");
            AddCheck("people_team_check", "public.people", "team > 0");
            Backfill("public.people", "t.team = 1", "UPDATE public.people AS p SET team = 2 FROM batch WHERE p.id = batch.key");
            Sql("VACUUM public.people", new TableLock("public.people", LockMode.ShareUpdateExclusive));
        }

        public override void Down() => Sql("SELECT 1");
    }

    [Expand(4)]
    public sealed class Failing : OnlineMigration
    {
        public override void Up()
        {
            Sql("ALTER TABLE public.people ADD COLUMN email text");
            Sql("ALTER TABLE public.people ADD COLUMN email text");
        }

        public override void Down() => Sql("SELECT 1");
    }
}
