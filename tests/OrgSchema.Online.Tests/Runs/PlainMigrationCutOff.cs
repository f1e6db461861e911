using FluentMigrator;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>A plain migration without a transaction, of steps that do not converge by themselves, and a run that is cut off.</summary>
public sealed class PlainMigrationCutOff : DatabaseTest
{
    protected override string Schema => """
        CREATE TABLE public.tally (n integer);
        CREATE TABLE public.account (id integer PRIMARY KEY, cents integer);
        CREATE INDEX account_cents ON public.account (cents);
        """;

    private const string Before = """
        DROP SCHEMA IF EXISTS orgschema CASCADE;
        DROP TABLE IF EXISTS public."Lines";
        TRUNCATE public.tally, public.account;
        ALTER TABLE public.account DROP COLUMN IF EXISTS note;
        CREATE INDEX IF NOT EXISTS account_cents ON public.account (cents);
        INSERT INTO public.account VALUES (1, 100), (2, 200);
        """;

    private const int CutsInShort = 10;

    [Test, Category(ChaosForm.Category)]
    public async Task Cut_off_behind_any_request_it_converges([Values] Direction direction, [Values(Loss.Process, Loss.Backend)] Loss loss)
    {
        var (first, last, end) = await UndisturbedAsync(direction);
        var order = Enumerable.Range(first, last - first + 1).ToArray();
        new Random(ChaosForm.Seed).Shuffle(order);
        foreach (var request in order.Take(ChaosForm.IsLong ? order.Length : CutsInShort))
        {
            await BeginAsync(direction);
            await using var proxy = new CuttingProxy(Database.ConnectionString, request, loss);
            try
            {
                await RunAsync(proxy.ConnectionString, direction);
            }
            catch (Exception e) when (e is NpgsqlException or OnlineMigrationException or InvalidOperationException)
            {
                // cut off
            }

            await RunAsync(Database.ConnectionString, direction);

            Assert.That(await StateAsync(), Is.EqualTo(end), $"{loss} behind request {request}, seed {ChaosForm.Seed}");
        }
    }

    [Test]
    public async Task Failed_step_is_mended_and_the_run_goes_on_there()
    {
        await Database.ExecuteAsync(Before);
        await using var broken = Database.Migrator(typeof(Broken));
        Assert.That(() => broken.UpAsync(), Throws.TypeOf<MigrationFailedException>());

        await using var mended = Database.Migrator(typeof(Mended));
        await mended.UpAsync();

        Assert.That(await Database.ColumnAsync<int>("SELECT cents FROM public.account ORDER BY id"), Is.EqualTo(new[] { 1000, 2000 }));
        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM orgschema.step_ledger"), Is.Zero);
    }

    [Test]
    public async Task Step_that_was_put_before_a_finished_one_is_refused()
    {
        await Database.ExecuteAsync(Before);
        await using var broken = Database.Migrator(typeof(Broken));
        Assert.That(() => broken.UpAsync(), Throws.TypeOf<MigrationFailedException>());

        await using var other = Database.Migrator(typeof(PutBefore));

        Assert.That(() => other.UpAsync(), Throws.TypeOf<RequestException>().With.Message.EqualTo(
            "1 PutBefore was cut off behind 'UPDATE public.account SET cents = cents * 10', and has another step before it now: 'DELETE FROM public.account'."));
        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM public.account"), Is.EqualTo(2));
    }

    [Test]
    public async Task What_a_migration_has_made_may_be_missing_from_its_steps()
    {
        await Database.ExecuteAsync(Before);
        await using var broken = Database.Migrator(typeof(AsksWhatExists));
        Assert.That(() => broken.UpAsync(), Throws.TypeOf<MigrationFailedException>());
        await Database.ExecuteAsync("CREATE TABLE public.late (n integer)");

        await broken.UpAsync();

        Assert.That(await Database.ColumnAsync<int>("SELECT cents FROM public.account ORDER BY id"), Is.EqualTo(new[] { 1000, 2000 }));
    }

    [Test]
    public async Task Up_after_half_a_Down_is_refused_until_the_Down_is_finished()
    {
        await Database.ExecuteAsync(Before);
        await using var migrator = Database.Migrator(typeof(DownNeedsATable));
        await migrator.UpAsync();
        Assert.That(() => migrator.DownAsync(), Throws.TypeOf<MigrationFailedException>());

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<RequestException>().With.Message.EqualTo(
            "A Down of 1 DownNeedsATable was cut off behind 'UPDATE public.account SET cents = cents / 10': its Up cannot begin in the middle."));
        await Database.ExecuteAsync("CREATE TABLE public.late (n integer)");
        await migrator.DownAsync();
        await migrator.UpAsync();

        Assert.That(await Database.ColumnAsync<int>("SELECT cents FROM public.account ORDER BY id"), Is.EqualTo(new[] { 1000, 2000 }));
    }

    [Test]
    public async Task Down_that_cannot_begin_leaves_half_an_Up_as_it_is()
    {
        await Database.ExecuteAsync(Before);
        await using var broken = Database.Migrator(typeof(BrokenBothWays));
        Assert.That(() => broken.UpAsync(), Throws.TypeOf<MigrationFailedException>());
        Assert.That(() => broken.DownAsync(), Throws.TypeOf<MigrationFailedException>());
        await Database.ExecuteAsync("CREATE TABLE public.late (n integer)");

        await broken.UpAsync();

        Assert.That(await Database.ColumnAsync<int>("SELECT cents FROM public.account ORDER BY id"), Is.EqualTo(new[] { 1000, 2000 }));
    }

    [TestCase(CutOffAnswer.Finished, 1)]
    [TestCase(CutOffAnswer.Again, 2)]
    public async Task Answer_about_a_step_that_commits_by_itself_is_followed(CutOffAnswer answer, int times)
    {
        await Database.ExecuteAsync(Before);
        await using (var migrator = Database.Migrator(typeof(CommitsByItself)))
            Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>());
        await Database.ExecuteAsync("CREATE TABLE public.late (n integer)");

        await using var next = new TestMigrator(Database.Options(typeof(CommitsByItself)) with { CutOff = answer });
        await next.UpAsync();

        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM public.tally"), Is.EqualTo(times));
        Assert.That(await Database.ColumnAsync<int>("SELECT cents FROM public.account ORDER BY id"), Is.EqualTo(new[] { 1000, 2000 }));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Index_is_looked_for_where_the_author_means_it(bool hasFinished)
    {
        await Database.ExecuteAsync("CREATE SCHEMA app; CREATE TABLE app.people (id integer); CREATE INDEX people_id ON app.people (id)");
        await using var migrator = new TestMigrator(Database.Options(typeof(DropsUnqualified)) with
        {
            ConnectionString = $"{Database.ConnectionString};Search Path=app",
        });
        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>());
        await Database.ExecuteAsync("CREATE TABLE app.late (n integer); UPDATE orgschema.step_ledger SET finished = false WHERE text LIKE 'DROP%'");
        if (!hasFinished)
            await Database.ExecuteAsync("CREATE INDEX people_id ON app.people (id)");

        await migrator.UpAsync();

        Assert.That(await Database.ScalarAsync<bool>("SELECT pg_catalog.to_regclass('app.people_id') IS NULL"));
    }

    [Test]
    public async Task Step_that_commits_by_itself_has_one_attempt_at_a_lock()
    {
        await Database.ExecuteAsync($"{Before} CREATE TABLE public.late (n integer)");
        await using var migrator = Database.Migrator(typeof(CommitsByItself));
        await using (await Database.WithTransaction("LOCK TABLE public.late IN ACCESS EXCLUSIVE MODE"))
            Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains("commits by itself"));

        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM public.tally"), Is.EqualTo(1));
    }

    [TestCase(typeof(CommitsByItself))]
    [TestCase(typeof(HasATransactionOfItsOwn))]
    [TestCase(typeof(RunsCode))]
    public async Task Step_of_which_nothing_tells_is_refused_without_an_answer(Type migration)
    {
        await Database.ExecuteAsync(Before);
        await using var migrator = Database.Migrator(migration);
        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>());
        await Database.ExecuteAsync("CREATE TABLE public.late (n integer)");
        var before = await Database.FingerprintAsync();

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<CutOffException>().With.Message.Contains("was cut off in a step that commits by itself, begun at "));

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    private async Task<(int First, int Last, string End)> UndisturbedAsync(Direction direction)
    {
        await BeginAsync(direction);
        await using var proxy = new CuttingProxy(Database.ConnectionString);
        var first = 0;
        await RunAsync(proxy.ConnectionString, direction, told => first = told is MigrationStarted ? proxy.Requests : first);
        return (first, proxy.Requests, await StateAsync());
    }

    private async Task<string> StateAsync() => string.Join('\n', await Database.ColumnAsync<string>("""
        SELECT 'account ' || a::text FROM public.account AS a
        UNION ALL SELECT 'tally ' || n FROM public.tally
        UNION ALL SELECT 'column ' || attrelid::regclass || '.' || attname FROM pg_catalog.pg_attribute
            WHERE attnum > 0 AND NOT attisdropped
              AND attrelid IN (SELECT oid FROM pg_catalog.pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r')
        UNION ALL SELECT 'index ' || i.indexrelid::regclass || ' ' || i.indisvalid FROM pg_catalog.pg_index AS i
            JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL SELECT 'row ' || pg_catalog.query_to_xml('TABLE public."Lines"', true, true, '')::text
            WHERE pg_catalog.to_regclass('public."Lines"') IS NOT NULL
        UNION ALL SELECT 'version ' || version FROM orgschema.schema_version
        UNION ALL SELECT 'step ' || text FROM orgschema.step_ledger
        ORDER BY 1
        """));

    private async Task BeginAsync(Direction direction)
    {
        await Database.ExecuteAsync(Before);
        if (direction == Direction.Down)
            await RunAsync(Database.ConnectionString, Direction.Up);
    }

    private async Task RunAsync(string connectionString, Direction direction, Action<MigrationEvent>? told = null)
    {
        var options = Database.Options(typeof(SixSteps)) with { ConnectionString = connectionString };
        await using var migrator = new TestMigrator(options) { OnTold = told ?? (static _ => { }) };
        await migrator.RunAsync(direction);
    }

    [Migration(1, TransactionBehavior.None)]
    public sealed class SixSteps : Migration
    {
        public override void Up()
        {
            Create.Table("Lines").WithColumn("Id").AsInt32().PrimaryKey().WithColumn("Text").AsString();
            Insert.IntoTable("Lines").Row(new { Id = 1, Text = "one" });
            Execute.Sql("UPDATE public.account SET cents = cents * 10");
            Execute.Sql("CREATE INDEX CONCURRENTLY lines_text ON public.\"Lines\" (\"Text\")");
            Execute.Sql("VACUUM public.account");
            Alter.Table("account").AddColumn("note").AsString().Nullable();
        }

        public override void Down()
        {
            Delete.Column("note").FromTable("account");
            Execute.Sql("UPDATE public.account SET cents = cents / 10");
            Execute.Sql("DROP INDEX CONCURRENTLY public.account_cents");
            Execute.Sql("REINDEX TABLE CONCURRENTLY public.account");
            Execute.Sql("INSERT INTO public.tally VALUES (1); INSERT INTO public.tally VALUES (2)");
            Delete.Table("Lines");
        }
    }

    [Migration(1, TransactionBehavior.None)]
    public sealed class Broken : Migration
    {
        public override void Up()
        {
            Execute.Sql("UPDATE public.account SET cents = cents * 10");
            Execute.Sql("INSERT INTO public.tally VALUES ('one')");
        }

        public override void Down() => Execute.Sql("UPDATE public.account SET cents = cents / 10");
    }

    [Migration(1, TransactionBehavior.None)]
    public sealed class Mended : Migration
    {
        public override void Up()
        {
            Execute.Sql("UPDATE public.account SET cents = cents * 10");
            Execute.Sql("INSERT INTO public.tally VALUES (1)");
        }

        public override void Down() => Execute.Sql("UPDATE public.account SET cents = cents / 10");
    }

    [Migration(1, TransactionBehavior.None)]
    public sealed class PutBefore : Migration
    {
        public override void Up()
        {
            Execute.Sql("DELETE FROM public.account");
            Execute.Sql("UPDATE public.account SET cents = cents * 10");
        }

        public override void Down() => Execute.Sql("UPDATE public.account SET cents = cents / 10");
    }

    [Migration(1, TransactionBehavior.None)]
    public sealed class AsksWhatExists : Migration
    {
        public override void Up()
        {
            if (!Schema.Table("Lines").Exists())
                Create.Table("Lines").WithColumn("Id").AsInt32().PrimaryKey();
            Execute.Sql("UPDATE public.account SET cents = cents * 10");
            Execute.Sql("INSERT INTO public.late VALUES (1)");
        }

        public override void Down() => Delete.Table("Lines");
    }

    [Migration(1, TransactionBehavior.None)]
    public sealed class DownNeedsATable : Migration
    {
        public override void Up() => Execute.Sql("UPDATE public.account SET cents = cents * 10");

        public override void Down()
        {
            Execute.Sql("UPDATE public.account SET cents = cents / 10");
            Execute.Sql("INSERT INTO public.late VALUES (1)");
        }
    }

    [Migration(1, TransactionBehavior.None)]
    public sealed class BrokenBothWays : Migration
    {
        public override void Up()
        {
            Execute.Sql("UPDATE public.account SET cents = cents * 10");
            Execute.Sql("INSERT INTO public.late VALUES (1)");
        }

        public override void Down() => Execute.Sql("DROP TABLE public.late");
    }

    [Migration(1, TransactionBehavior.None)]
    public sealed class DropsUnqualified : Migration
    {
        public override void Up()
        {
            Execute.Sql("DROP INDEX CONCURRENTLY people_id");
            Execute.Sql("INSERT INTO late VALUES (1)");
        }

        public override void Down() => Execute.Sql("SELECT 1");
    }

    [Migration(1, TransactionBehavior.None)]
    public sealed class CommitsByItself : Migration
    {
        public override void Up()
        {
            Execute.Sql("UPDATE public.account SET cents = cents * 10");
            Execute.Sql("DO $$ BEGIN INSERT INTO public.tally VALUES (1); COMMIT; INSERT INTO public.late VALUES (1); END $$");
        }

        public override void Down() => Execute.Sql("SELECT 1");
    }

    [Migration(1, TransactionBehavior.None)]
    public sealed class HasATransactionOfItsOwn : Migration
    {
        public override void Up() =>
            Execute.Sql("BEGIN; INSERT INTO public.tally VALUES (1); COMMIT; INSERT INTO public.late VALUES (1)");

        public override void Down() => Execute.Sql("SELECT 1");
    }

    [Migration(1, TransactionBehavior.None)]
    public sealed class RunsCode : Migration
    {
        public override void Up() => Execute.WithConnection((connection, _) =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO public.tally VALUES (1)";
            command.ExecuteNonQuery();
            command.CommandText = "INSERT INTO public.late VALUES (1)";
            command.ExecuteNonQuery();
        });

        public override void Down() => Execute.Sql("SELECT 1");
    }
}
