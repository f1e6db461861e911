using FluentMigrator;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class AddingAUniqueKey : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.people (id integer, name text, team integer);
        INSERT INTO public.people VALUES (1, 'Ada', 1), (2, 'Grace', 1);
        """;

    [TestCase(typeof(Unique), "UNIQUE (name, team)")]
    [TestCase(typeof(RichUnique), "UNIQUE NULLS NOT DISTINCT (name) INCLUDE (team) DEFERRABLE INITIALLY DEFERRED")]
    [TestCase(typeof(Primary), "PRIMARY KEY (id, team)")]
    public async Task Constraint_and_its_index_are_there(Type migration, string definition)
    {
        await UpAsync(migration);

        Assert.That(await DefinitionsAsync(), Is.EqualTo(new[] { definition }));
        Assert.That(await IndexesAsync(), Is.EqualTo(new[] { "people_key" }));
    }

    [TestCase(typeof(Unique))]
    [TestCase(typeof(RichUnique))]
    [TestCase(typeof(Primary))]
    public async Task Down_leaves_nothing(Type migration)
    {
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(migration);
        await migrator.UpAsync();

        await migrator.DownAsync();

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Primary_key_looks_as_if_the_table_had_been_made_so()
    {
        await UpAsync(typeof(Primary));
        var migrated = await Database.FingerprintAsync();

        await Database.ExecuteAsync("""
            ALTER TABLE public.people DROP CONSTRAINT people_key, ALTER COLUMN id DROP NOT NULL, ALTER COLUMN team DROP NOT NULL;
            ALTER TABLE public.people ADD CONSTRAINT people_key PRIMARY KEY (id, team);
            """);

        migrated.AssertSameAs(await Database.FingerprintAsync());
    }

    [Test]
    public async Task Table_is_not_read_while_the_index_becomes_the_key()
    {
        await UpAsync(typeof(Primary));
        await using var migrator = Database.Migrator(typeof(Primary));
        await migrator.DownAsync();

        var (done, notices) = await Database.ListenAsync(typeof(Primary), "USING INDEX");

        Assert.That(notices, Has.Some.Contains("will rename index"), "nothing is heard of it");
        Assert.That(notices, Has.None.Contains("verifying table"), done);
    }

    [Test]
    public async Task Leftover_with_other_columns_is_built_anew()
    {
        await Database.ExecuteAsync("CREATE UNIQUE INDEX people_key_pending ON public.people (team, name)");

        await UpAsync(typeof(Unique));

        Assert.That(await DefinitionsAsync(), Is.EqualTo(new[] { "UNIQUE (name, team)" }));
        Assert.That(await IndexesAsync(), Is.EqualTo(new[] { "people_key" }));
    }

    [TestCase(typeof(Unique), "INSERT INTO public.people VALUES (3, 'Ada', 1)", "Key (name, team)=(Ada, 1) is duplicated")]
    [TestCase(typeof(Primary), "INSERT INTO public.people VALUES (1, 'Eve', 1)", "Key (id, team)=(1, 1) is duplicated")]
    [TestCase(typeof(Primary), "INSERT INTO public.people VALUES (3, 'Eve', NULL)", "people_key_pending")]
    public async Task Rows_that_refuse_it_are_named_and_it_converges_once_they_are_gone(Type migration, string rows, string message)
    {
        await UpAsync(migration);
        var undisturbed = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(migration);
        await migrator.DownAsync();
        await Database.ExecuteAsync(rows);

        Assert.That(() => UpAsync(migration), Throws.TypeOf<MigrationFailedException>().With.Message.Contains(message));

        await Database.ExecuteAsync("DELETE FROM public.people WHERE name = 'Eve' OR id = 3");
        await UpAsync(migration);
        (await Database.FingerprintAsync()).AssertSameAs(undisturbed);
    }

    [TestCase(typeof(Unique), "CREATE INDEX people_key ON public.people (name, team)", "The name public.people_key is taken")]
    [TestCase(typeof(Unique), "CREATE TABLE public.people_key ()", "The name public.people_key is taken")]
    [TestCase(typeof(Unique), "ALTER TABLE public.people ADD CONSTRAINT people_key UNIQUE (team, name)", "exists with another definition")]
    [TestCase(typeof(Unique), "ALTER TABLE public.people ADD CONSTRAINT people_key UNIQUE (name, team) DEFERRABLE", "exists with another definition")]
    [TestCase(typeof(Unique), "ALTER TABLE public.people ADD CONSTRAINT people_key UNIQUE NULLS NOT DISTINCT (name, team)", "exists with another definition")]
    [TestCase(typeof(Unique), "ALTER TABLE public.people ADD CONSTRAINT people_key UNIQUE (name) INCLUDE (team)", "exists with another definition")]
    [TestCase(typeof(Unique), "ALTER TABLE public.people ADD CONSTRAINT people_key CHECK (team > 0)", "exists with another definition")]
    [TestCase(typeof(Primary), "ALTER TABLE public.people ADD CONSTRAINT other PRIMARY KEY (id)", "public.people has another primary key than people_key")]
    public async Task Refused(Type migration, string there, string message)
    {
        await Database.ExecuteAsync(there);
        var before = await Database.FingerprintAsync();

        Assert.That(() => UpAsync(migration), Throws.TypeOf<MigrationFailedException>().With.Message.Contains(message));

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Constraint_that_is_there_already_is_kept()
    {
        await Database.ExecuteAsync("ALTER TABLE public.people ADD CONSTRAINT people_key UNIQUE (name, team)");
        var before = await Database.FingerprintAsync();

        await UpAsync(typeof(Unique));

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Foreign_key_can_refer_to_it()
    {
        await UpAsync(typeof(Unique));

        await Database.ExecuteAsync("CREATE TABLE public.pets (name text, team integer, FOREIGN KEY (name, team) REFERENCES public.people (name, team))");

        Assert.That(
            () => Database.ExecuteAsync("INSERT INTO public.pets VALUES ('Rex', 9)"),
            Throws.TypeOf<PostgresException>().With.Property(nameof(PostgresException.SqlState)).EqualTo(PostgresErrorCodes.ForeignKeyViolation));
    }

    [Test]
    public async Task Comment_of_somebody_comes_back_with_it()
    {
        await using var migrator = Database.Migrator(typeof(Unique));
        await migrator.UpAsync();
        await Database.ExecuteAsync("COMMENT ON CONSTRAINT people_key ON public.people IS 'ours'");
        var before = await Database.FingerprintAsync();

        await migrator.DownAsync();
        await migrator.UpAsync();

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    private async Task UpAsync(Type migration)
    {
        await using var migrator = Database.Migrator(migration);
        await migrator.UpAsync();
    }

    private Task<IReadOnlyList<string>> DefinitionsAsync() => Database.ColumnAsync<string>(
        "SELECT pg_catalog.pg_get_constraintdef(oid) FROM pg_catalog.pg_constraint WHERE conrelid = 'public.people'::regclass AND contype <> 'n'");

    private Task<IReadOnlyList<string>> IndexesAsync() => Database.ColumnAsync<string>(
        "SELECT relname::text FROM pg_catalog.pg_index JOIN pg_catalog.pg_class ON oid = indexrelid WHERE indrelid = 'public.people'::regclass AND indisvalid");

    [Expand(1, TransactionBehavior.None)]
    public sealed class Unique : OnlineMigration
    {
        public override void Up() => AddUnique("people_key", "public.people", "name, team");

        public override void Down() => DropConstraint("people_key", "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class RichUnique : OnlineMigration
    {
        public override void Up() =>
            AddUnique("people_key", "public.people", "name", include: "team", nullsNotDistinct: true, deferrable: Deferrable.InitiallyDeferred);

        public override void Down() => DropConstraint("people_key", "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Primary : OnlineMigration
    {
        public override void Up() => AddPrimaryKey("people_key", "public.people", "id, team");

        public override void Down()
        {
            DropConstraint("people_key", "public.people");
            AllowNull("public.people", "id");
            AllowNull("public.people", "team");
        }
    }
}
