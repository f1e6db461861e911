using FluentMigrator;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Migrations of FluentMigrator's own kind beside an application at work: what the parity of their results does not show.</summary>
public sealed class PlainMigrations : DatabaseTest
{
    protected override string Schema => """
        CREATE TABLE public.people (id integer PRIMARY KEY, email text);
        INSERT INTO public.people SELECT n, n || '@example.com' FROM generate_series(1, 100) AS n;
        CREATE TABLE public.log (line text);
        """;

    [TestCase(typeof(IndexIfMissing))]
    [TestCase(typeof(IndexByVerb))]
    public async Task Index_that_is_built_concurrently_waits_for_an_old_snapshot(Type migration)
    {
        await using var old = await Database.OpenAsync();
        await old.ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
        await using var migrator = Database.Migrator(migration);

        var running = migrator.UpAsync();
        await migrator.UntilToldAsync<LocksAwaited>(waits => waits.Blockers.Any(blocker => blocker.ProcessId == old.ProcessID));
        await old.ExecuteAsync("COMMIT");
        await running;

        Assert.That(await IsValidAsync());
    }

    [TestCase(typeof(IndexIfMissing))]
    [TestCase(typeof(IndexByVerb))]
    public async Task Index_that_a_killed_build_has_left_invalid_is_built_again(Type migration)
    {
        await LeaveInvalidAsync();
        await using var migrator = Database.Migrator(migration);

        await migrator.UpAsync();

        Assert.That(await IsValidAsync());
    }

    [Test]
    public async Task Index_that_stays_invalid_is_not_called_applied()
    {
        await LeaveInvalidAsync();
        await using var migrator = Database.Migrator(typeof(IndexInAFunctionOfItsOwn));

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains("public.people_email is INVALID"));
        Assert.That((await migrator.StatusAsync()).Applied, Is.Empty);
    }

    [Test]
    public async Task Invalid_index_of_another_name_is_nobodys_failure()
    {
        await LeaveInvalidAsync();
        await Database.ExecuteAsync("ALTER INDEX public.people_email RENAME TO mail");
        await using var migrator = Database.Migrator(typeof(IndexIfMissing));

        await migrator.UpAsync();

        Assert.That(await IsValidAsync());
    }

    [Test]
    public async Task Migration_with_a_backfill_is_no_transaction_whatever_it_says()
    {
        await using var migrator = Database.Migrator(typeof(FillsAtOnce));
        Assert.That((await migrator.PlanAsync())[0].Reasons, Is.EqualTo(new[] { "no transaction takes 'backfill public.people'." }));

        await migrator.UpAsync();

        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM public.log"), Is.EqualTo(1));
        Assert.That(await Database.ScalarAsync<bool>("SELECT transactional FROM orgschema.run_log"), Is.False);
    }

    [Test]
    public async Task Failure_in_SQL_that_nobody_can_split_is_told_as_the_server_tells_it()
    {
        await using var migrator = Database.Migrator(typeof(Unfinished));

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains("42601"));
    }

    [Test]
    public async Task Code_runs_once_for_each_attempt_that_commits()
    {
        var stranger = await Database.WithLockedTable("public.people", "ACCESS SHARE");
        await using var migrator = new TestMigrator(Database.Options(typeof(CodeThenLock)) with { LockTimeout = TimeSpan.FromMilliseconds(20) });

        var running = migrator.UpAsync();
        await migrator.UntilToldAsync<AttemptFailed>(attempt => attempt.Attempt == 2);
        await stranger.DisposeAsync();
        await running;

        Assert.That(await Database.ColumnAsync<string>("SELECT line FROM public.log"), Is.EqualTo(new[] { "code" }));
    }

    [Test]
    public async Task Failure_names_the_statement_and_not_the_whole_transaction()
    {
        await using var migrator = Database.Migrator(typeof(SecondFails));

        Assert.That(
            () => migrator.UpAsync(),
            Throws.TypeOf<MigrationFailedException>().With.Property(nameof(MigrationFailedException.Sql)).EqualTo("INSERT INTO public.people VALUES ('x')"));
    }

    [Test]
    public async Task Migration_that_cannot_be_reverted_is_applied_and_says_so_when_it_is_asked()
    {
        await using var migrator = Database.Migrator(typeof(ForGood));

        await migrator.UpAsync();

        Assert.That((await migrator.StatusAsync()).Applied, Is.EqualTo(new[] { 1 }));
        Assert.That(() => migrator.DownAsync(), Throws.TypeOf<RequestException>().With.Message.StartsWith("Down() of 1 ForGood throws: ")
            .And.Property(nameof(RequestException.Remedy)).Contains("Leave it applied"));
    }

    [Test]
    public async Task Script_is_found_in_the_assembly_of_the_migration()
    {
        await using var migrator = Database.Migrator(typeof(FromScript));

        await migrator.UpAsync();

        Assert.That(await Database.ColumnAsync<string>("SELECT line FROM public.log"), Is.EqualTo(new[] { "from a script" }));
    }

    [Test]
    public async Task Migration_with_a_random_value_is_not_called_changed()
    {
        await using (var migrator = Database.Migrator(typeof(WithRandomValue)))
            await migrator.UpAsync();
        await using var again = Database.Migrator(typeof(WithRandomValue));

        Assert.That((await again.StatusAsync()).Migrations.Single().Changed, Is.False);
    }

    // Two rows with one e-mail: a unique index cannot be built, and stays as INVALID.
    private async Task LeaveInvalidAsync()
    {
        await Database.ExecuteAsync("INSERT INTO public.people VALUES (0, '1@example.com')");
        await using var connection = await Database.OpenAsync();
        Assert.That(
            () => connection.ExecuteAsync("CREATE UNIQUE INDEX CONCURRENTLY people_email ON public.people (email)"),
            Throws.TypeOf<PostgresException>().With.Property(nameof(PostgresException.SqlState)).EqualTo(PostgresErrorCodes.UniqueViolation));
        await Database.ExecuteAsync("DELETE FROM public.people WHERE id = 0");
    }

    private Task<bool> IsValidAsync() => Database.ScalarAsync<bool>("SELECT indisvalid FROM pg_catalog.pg_index WHERE indexrelid = 'public.people_email'::regclass");

    [Migration(1, TransactionBehavior.None)]
    public sealed class IndexIfMissing : Migration
    {
        public override void Up() => Execute.Sql("-- of the application\nCREATE INDEX CONCURRENTLY IF NOT EXISTS people_email ON people (email)");

        public override void Down() => Execute.Sql("DROP INDEX CONCURRENTLY people_email");
    }

    [Migration(1, TransactionBehavior.None)]
    public sealed class IndexByVerb : Migration
    {
        public override void Up() => FluentMigrator.Postgres.PostgresExtensions.AsConcurrently(Create.Index("people_email").OnTable("people").OnColumn("email").Ascending().WithOptions());

        public override void Down() => Delete.Index("people_email").OnTable("people");
    }

    [Migration(1, TransactionBehavior.None)]
    public sealed class IndexInAFunctionOfItsOwn : Migration
    {
        public override void Up() => Execute.Sql("DO $$ BEGIN PERFORM 'CREATE INDEX CONCURRENTLY people_email'; END $$");

        public override void Down()
        {
        }
    }

    [Expand(1)]
    public sealed class FillsAtOnce : OnlineMigration
    {
        public override void Up()
        {
            Sql("INSERT INTO public.log VALUES ('begun')");
            Backfill("public.people", "t.email IS NULL", "UPDATE public.people AS p SET email = '' FROM batch WHERE p.id = batch.key");
        }

        public override void Down() => Sql("DELETE FROM public.log");
    }

    [Migration(1)]
    public sealed class Unfinished : Migration
    {
        public override void Up() => Execute.Sql(@"SELECT \ 1");

        public override void Down() => Execute.Sql("SELECT 1");
    }

    [Migration(1)]
    public sealed class CodeThenLock : Migration
    {
        public override void Up()
        {
            Execute.WithConnection((connection, transaction) =>
            {
                using var command = connection.CreateCommand();
                command.Transaction = transaction;
                command.CommandText = "INSERT INTO public.log VALUES ('code')";
                command.ExecuteNonQuery();
            });
            Execute.Sql("ALTER TABLE public.people ADD COLUMN more integer");
        }

        public override void Down() => Execute.Sql("ALTER TABLE public.people DROP COLUMN more");
    }

    [Migration(1)]
    public sealed class SecondFails : Migration
    {
        public override void Up()
        {
            Execute.Sql("INSERT INTO public.people VALUES (101)");
            Execute.Sql("INSERT INTO public.people VALUES ('x')");
            Execute.Sql("INSERT INTO public.people VALUES (102)");
        }

        public override void Down() => Execute.Sql("DELETE FROM public.people WHERE id > 100");
    }

    [Migration(1)]
    public sealed class ForGood : ForwardOnlyMigration
    {
        public override void Up() => Execute.Sql("DELETE FROM public.people WHERE id = 1");
    }

    [Migration(1)]
    public sealed class FromScript : Migration
    {
        public override void Up() => Execute.EmbeddedScript("LogALine.sql");

        public override void Down() => Execute.Sql("DELETE FROM public.log");
    }

    [Migration(1)]
    public sealed class WithRandomValue : Migration
    {
        public override void Up() => Insert.IntoTable("log").Row(new { line = Guid.NewGuid().ToString() });

        public override void Down() => Delete.FromTable("log").AllRows();
    }
}
