using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class AddingAColumn : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.people (id integer PRIMARY KEY, name text, touched integer NOT NULL DEFAULT 0);
        CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.touched := NEW.touched + 1; RETURN NEW; END';
        CREATE TRIGGER touch BEFORE UPDATE ON public.people FOR EACH ROW EXECUTE FUNCTION public.touch();
        INSERT INTO public.people SELECT n, 'person ' || n FROM generate_series(1, 50) AS n;
        """;

    [Test]
    public async Task Volatile_default_fills_each_row_without_writing_the_table_anew()
    {
        var file = await FileAsync();
        await using var migrator = Migrator(typeof(Token));

        await migrator.UpAsync();
        await Database.ExecuteAsync("INSERT INTO public.people (id, name) VALUES (51, 'new')");

        Assert.That(await Database.ScalarAsync<long>("SELECT count(DISTINCT token) FROM public.people"), Is.EqualTo(51));
        Assert.That(await FileAsync(), Is.EqualTo(file), "the table was written anew");
        Assert.That(await Database.ScalarAsync<bool>("SELECT attnotnull FROM pg_attribute WHERE attrelid = 'public.people'::regclass AND attname = 'token'"));
    }

    [Test]
    public async Task Expression_fills_existing_rows_and_the_default_new_ones()
    {
        await using var migrator = Migrator(typeof(Shout));

        await migrator.UpAsync();
        await Database.ExecuteAsync("INSERT INTO public.people (id, name) VALUES (51, 'new')");

        Assert.That(await Database.ScalarAsync<string>("SELECT shout FROM public.people WHERE id = 7"), Is.EqualTo("PERSON 7"));
        Assert.That(await Database.ScalarAsync<string>("SELECT shout FROM public.people WHERE id = 51"), Is.EqualTo("HEY"));
    }

    [TestCase(typeof(Constant))]
    [TestCase(typeof(Today))]
    public async Task Constant_default_is_done_by_the_catalog(Type migration)
    {
        await using var migrator = Migrator(migration);

        await migrator.UpAsync();

        Assert.That(await Database.ScalarAsync<bool>(
            "SELECT atthasmissing AND attnotnull FROM pg_attribute WHERE attrelid = 'public.people'::regclass AND attname = 'level'"));
        Assert.That(migrator.Told.OfType<BackfillProgressed>(), Is.Empty);
        Assert.That(await Database.ScalarAsync<long>("SELECT count(level) FROM public.people"), Is.EqualTo(50));
    }

    [Test]
    public async Task Triggers_do_not_hear_of_it_where_the_role_may_silence_them()
    {
        await using var migrator = new TestMigrator(Migrating(typeof(Token)) with { ConnectionString = Database.SuperuserConnectionString });

        await migrator.UpAsync();

        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM public.people WHERE touched > 0"), Is.Zero);
    }

    [TestCase(typeof(Token))]
    [TestCase(typeof(Shout))]
    [TestCase(typeof(Constant))]
    public async Task Down_leaves_nothing_and_the_next_up_has_every_value_again(Type migration)
    {
        await using var migrator = Migrator(migration);
        var before = await CatalogAsync();
        await migrator.UpAsync();
        await Database.ExecuteAsync(migration == typeof(Constant)
            ? "UPDATE public.people SET level = 9 WHERE id = 4"
            : "INSERT INTO public.people (id, name) VALUES (51, 'new')");
        var after = await RowsAsync();

        await migrator.DownAsync();
        (await CatalogAsync()).AssertSameAs(before);
        await migrator.UpAsync();

        Assert.That(await RowsAsync(), Is.EqualTo(after));
    }

    [Test]
    public async Task Row_without_a_value_fails_the_migration_and_converges_once_it_has_one()
    {
        await Database.ExecuteAsync("INSERT INTO public.people VALUES (60, NULL)");
        await using var migrator = Migrator(typeof(Shout));

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>());
        await Database.ExecuteAsync("UPDATE public.people SET name = 'late' WHERE id = 60");
        await migrator.UpAsync();

        Assert.That(await Database.ScalarAsync<string>("SELECT shout FROM public.people WHERE id = 60"), Is.EqualTo("LATE"));
    }

    [Test]
    public async Task Row_without_a_value_may_stay_null()
    {
        await Database.ExecuteAsync("INSERT INTO public.people VALUES (60, NULL)");
        await using var migrator = Migrator(typeof(Whisper));

        await migrator.UpAsync();

        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM public.people WHERE whisper IS NULL"), Is.EqualTo(1));
    }

    [TestCase(typeof(Serial), "'bigserial' is not the name of a type")]
    [TestCase(typeof(Demanding), "public.positive is a domain with a constraint")]
    [TestCase(typeof(OtherType), "exists with another type than integer")]
    public async Task What_cannot_be_is_refused(Type migration, string message)
    {
        await Database.ExecuteAsync("CREATE DOMAIN public.positive AS integer CHECK (VALUE > 0)");
        var before = await PictureAsync();
        await using var migrator = Migrator(migration);

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains(message));

        (await PictureAsync()).AssertSameAs(before);
    }

    [Test, Category(ChaosForm.Category)]
    public Task Cut_off_behind_any_request_it_converges(
        [Values(typeof(Shout), typeof(Constant))] Type migration, [Values] Direction direction, [Values(Loss.Process, Loss.Backend)] Loss loss) =>
        Database.AssertConvergesAsync(
            async () =>
            {
                await Database.ExecuteAsync("DROP SCHEMA IF EXISTS orgschema CASCADE; DROP TABLE public.people; DROP FUNCTION public.touch");
                await Database.ExecuteAsync(Schema);
                if (direction == Direction.Down)
                    await RunAsync(Database.ConnectionString, migration, Direction.Up);
            },
            connection => RunAsync(connection, migration, direction),
            loss);

    private async Task RunAsync(string connection, Type migration, Direction direction)
    {
        await using var migrator = new TestMigrator(Migrating(migration) with { ConnectionString = connection });
        await migrator.RunAsync(direction);
    }

    private async Task<Fingerprint> PictureAsync() =>
        (await Database.FingerprintAsync()).Where(line => !line.Subject.StartsWith("orgschema", StringComparison.Ordinal));

    private async Task<Fingerprint> CatalogAsync() =>
        (await PictureAsync()).Where(line => !line.Text.StartsWith("row", StringComparison.Ordinal));

    private Task<uint> FileAsync() => Database.ScalarAsync<uint>("SELECT pg_catalog.pg_relation_filenode('public.people')");

    private Task<IReadOnlyList<string>> RowsAsync() =>
        Database.ColumnAsync<string>("SELECT (pg_catalog.to_jsonb(p) - 'touched')::text FROM public.people AS p ORDER BY id");

    private TestMigrator Migrator(Type migration) => new(Migrating(migration));

    private MigratorOptions Migrating(Type migration) => Database.Options(migration) with
    {
        Backfill = new BackfillOptions { BatchSize = 10, MaxBatchSize = 10, TargetDuration = TimeSpan.FromHours(1), Pause = TimeSpan.Zero },
    };

    [Expand(1, TransactionBehavior.None)]
    public sealed class Token : OnlineMigration
    {
        public override void Up() => AddColumn("public.people", "token", "uuid", defaultValue: "gen_random_uuid()", notNull: true);

        public override void Down() => ArchiveAndDropColumn("public.people", "token");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Shout : OnlineMigration
    {
        public override void Up() => AddColumn("public.people", "shout", "text", existing: "upper(t.name)", defaultValue: "'HEY'", notNull: true);

        public override void Down() => ArchiveAndDropColumn("public.people", "shout");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Whisper : OnlineMigration
    {
        public override void Up() => AddColumn("public.people", "whisper", "text", existing: "lower(t.name)");

        public override void Down() => ArchiveAndDropColumn("public.people", "whisper");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Constant : OnlineMigration
    {
        public override void Up() => AddColumn("public.people", "level", "integer", defaultValue: "1 + 2", notNull: true);

        public override void Down() => ArchiveAndDropColumn("public.people", "level");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Today : OnlineMigration
    {
        public override void Up() => AddColumn("public.people", "level", "timestamptz", defaultValue: "now()", notNull: true);

        public override void Down() => ArchiveAndDropColumn("public.people", "level");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Serial : OnlineMigration
    {
        public override void Up() => AddColumn("public.people", "n", "bigserial");

        public override void Down() => ArchiveAndDropColumn("public.people", "n");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Demanding : OnlineMigration
    {
        public override void Up() => AddColumn("public.people", "n", "public.positive");

        public override void Down() => ArchiveAndDropColumn("public.people", "n");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class OtherType : OnlineMigration
    {
        public override void Up() => AddColumn("public.people", "name", "integer");

        public override void Down() => ArchiveAndDropColumn("public.people", "name");
    }
}
