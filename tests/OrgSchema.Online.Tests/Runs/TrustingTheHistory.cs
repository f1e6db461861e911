using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>What is applied is what this program would apply; else it says so.</summary>
public sealed class TrustingTheHistory : DatabaseTest
{
    protected override string Schema => "CREATE TABLE public.people (id integer)";

    [Test]
    public async Task Migration_that_is_as_it_was_is_not_changed()
    {
        await using var migrator = Database.Migrator(typeof(AddName));
        await migrator.UpAsync();

        Assert.That((await migrator.StatusAsync()).Migrations.Single().Changed, Is.False);
        Assert.That((await migrator.UpAsync()).Done, Is.Empty);
        Assert.That(migrator.Told.OfType<FindingReported>(), Is.Empty);
    }

    [TestCase(typeof(AddNameElsewhere))]
    [TestCase(typeof(AddNameWithAnotherWayBack))]
    [TestCase(typeof(AddNameUnderACondition))]
    public async Task One_that_has_changed_is_told_and_refused_when_strict(Type changed)
    {
        await using (var before = Database.Migrator(typeof(AddName)))
            await before.UpAsync();
        await using var migrator = Database.Migrator(changed);
        await using var strict = new TestMigrator(Database.Options(changed) with { Strict = true });

        Assert.That((await migrator.StatusAsync()).Migrations.Single(), Has.Property(nameof(MigrationStatus.Changed)).True.And.Property(nameof(MigrationStatus.State)).EqualTo(MigrationState.Applied));
        await migrator.UpAsync();
        Assert.That(migrator.Told.OfType<FindingReported>().Select(warned => warned.Finding.Id), Is.EqualTo(new[] { "migration-changed" }));
        Assert.That(() => strict.UpAsync(), Throws.TypeOf<PreflightException>().With.Property(nameof(PreflightException.Findings)).One.Property(nameof(Finding.Id)).EqualTo("migration-changed"));
        Assert.That(() => strict.DownAsync(), Throws.TypeOf<PreflightException>());
    }

    [Test]
    public async Task Other_layout_of_the_same_statements_is_no_change()
    {
        await using (var before = Database.Migrator(typeof(AddName)))
            await before.UpAsync();
        await using var migrator = Database.Migrator(typeof(AddNameInTwoLines));

        Assert.That((await migrator.StatusAsync()).Migrations.Single().Changed, Is.False);
    }

    [Test]
    public async Task One_that_asks_the_database_what_is_there_has_not_changed_when_it_is()
    {
        await using var migrator = Database.Migrator(typeof(AddNameWhereItIsMissing));
        await migrator.UpAsync();
        await using var again = Database.Migrator(typeof(AddNameWhereItIsMissing));

        Assert.That((await again.StatusAsync()).Migrations.Single().Changed, Is.False);
        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.people'::regclass AND attname = 'name'"), Is.EqualTo(1));
    }

    [Test]
    public async Task Unknown_one_is_told_on_the_way_up_and_refuses_the_way_down()
    {
        await using (var newer = Database.Migrator(typeof(AddName), typeof(AddAge)))
            await newer.UpAsync();
        await using var migrator = new TestMigrator(Database.Options(typeof(AddName)) with { Strict = true });

        await migrator.UpAsync();

        Assert.That(migrator.Told.OfType<FindingReported>().Select(warned => warned.Finding.Id), Is.EqualTo(new[] { "migration-unknown" }));
        Assert.That(() => migrator.DownAsync(), Throws.TypeOf<RequestException>().With.Message.Contains("3 AddAge"));
    }

    [Test]
    public async Task Unknown_one_refuses_the_way_down_of_what_it_may_need_too()
    {
        await using (var other = Database.Migrator(typeof(AddName), typeof(AddAge)))
            await other.UpAsync();
        await using var migrator = Database.Migrator(typeof(AddAge));

        Assert.That(() => migrator.DownAsync(DownTarget.Last(1)), Throws.TypeOf<RequestException>().With.Message.Contains("1 AddName is applied, but this program does not know it"));
    }

    [Test]
    public async Task Late_one_is_applied_with_a_warning_and_refused_when_strict()
    {
        await using (var first = Database.Migrator(typeof(AddAge)))
            await first.UpAsync();
        await using var migrator = Database.Migrator(typeof(AddName), typeof(AddAge));
        await using var strict = new TestMigrator(Database.Options(typeof(AddName), typeof(AddAge)) with { Strict = true });

        Assert.That(() => strict.UpAsync(), Throws.TypeOf<PreflightException>().With.Property(nameof(PreflightException.Findings)).One.Property(nameof(Finding.Id)).EqualTo("migration-out-of-order"));
        Assert.That((await migrator.UpAsync()).Done, Has.Count.EqualTo(1));
        Assert.That(migrator.Told.OfType<FindingReported>().Select(warned => warned.Finding.Id), Is.EqualTo(new[] { "migration-out-of-order" }));
    }

    [Test]
    public async Task Version_table_without_checksums_is_taken_as_it_is()
    {
        await Database.ExecuteAsync("""
            CREATE SCHEMA orgschema;
            CREATE TABLE orgschema.schema_version (version bigint PRIMARY KEY, applied_on timestamp, description varchar(1024));
            INSERT INTO orgschema.schema_version VALUES (1, now(), 'AddName');
            """);
        await using var migrator = Database.Migrator(typeof(AddName), typeof(AddAge));

        Assert.That((await migrator.StatusAsync()).Migrations.Select(migration => migration.Changed), Has.All.False);
        await migrator.UpAsync();

        Assert.That(await Database.ColumnAsync<string>("SELECT version || ' ' || coalesce(length(checksum)::text, 'none') FROM orgschema.schema_version ORDER BY 1"), Is.EqualTo(new[] { "1 none", "3 66" }));
    }

    [Test]
    public async Task One_whose_way_back_is_not_written_yet_does_not_begin()
    {
        await using var migrator = Database.Migrator(typeof(AddNameForGood));

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<RequestException>().With.Message.EqualTo("Down() of 1 AddNameForGood throws: Some day."));
        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.people'::regclass AND attname = 'name'"), Is.Zero);
    }

    [Expand(1)]
    public sealed class AddName : OnlineMigration
    {
        public override void Up() => Sql("ALTER TABLE public.people ADD COLUMN name text");

        public override void Down() => Sql("ALTER TABLE public.people DROP COLUMN name");
    }

    [Expand(1)]
    public sealed class AddNameInTwoLines : OnlineMigration
    {
        public override void Up() => Sql("ALTER TABLE public.people\n    ADD COLUMN name text");

        public override void Down() => Sql("ALTER TABLE public.people DROP COLUMN name");
    }

    [Expand(1)]
    public sealed class AddNameElsewhere : OnlineMigration
    {
        public override void Up() => Sql("ALTER TABLE public.people ADD COLUMN nickname text");

        public override void Down() => Sql("ALTER TABLE public.people DROP COLUMN name");
    }

    [Expand(1)]
    public sealed class AddNameWithAnotherWayBack : OnlineMigration
    {
        public override void Up() => Sql("ALTER TABLE public.people ADD COLUMN name text");

        public override void Down() => Sql("ALTER TABLE public.people DROP COLUMN IF EXISTS name");
    }

    [Expand(1)]
    public sealed class AddNameForGood : OnlineMigration
    {
        public override void Up() => Sql("ALTER TABLE public.people ADD COLUMN name text");

        public override void Down() => throw new NotSupportedException("Some day.");
    }

    [Expand(1)]
    public sealed class AddNameUnderACondition : OnlineMigration
    {
        public override void Up()
        {
            Require("SELECT true", "never");
            Sql("ALTER TABLE public.people ADD COLUMN name text");
        }

        public override void Down() => Sql("ALTER TABLE public.people DROP COLUMN name");
    }

    [Expand(1)]
    public sealed class AddNameWhereItIsMissing : OnlineMigration
    {
        public override void Up()
        {
            if (!Schema.Schema("public").Table("people").Column("name").Exists())
                Sql("ALTER TABLE public.people ADD COLUMN name text");
        }

        public override void Down() => Sql("ALTER TABLE public.people DROP COLUMN name");
    }

    [Expand(3)]
    public sealed class AddAge : OnlineMigration
    {
        public override void Up() => Sql("ALTER TABLE public.people ADD COLUMN age integer");

        public override void Down() => Sql("ALTER TABLE public.people DROP COLUMN age");
    }
}
