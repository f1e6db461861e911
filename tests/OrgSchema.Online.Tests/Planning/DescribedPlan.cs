using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class DescribedPlan : DatabaseTest
{
    protected override string Schema => """
        CREATE TABLE public.regions (id integer PRIMARY KEY);
        CREATE TABLE public.teams (id integer PRIMARY KEY, region integer REFERENCES public.regions, parent integer REFERENCES public.teams);
        CREATE TABLE public.people (id integer PRIMARY KEY, team integer REFERENCES public.teams, done boolean);
        CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER touch_people BEFORE UPDATE ON public.people FOR EACH ROW EXECUTE FUNCTION public.touch();
        CREATE TRIGGER asleep BEFORE UPDATE ON public.people FOR EACH ROW EXECUTE FUNCTION public.touch();
        CREATE TRIGGER tell_of_people AFTER INSERT OR DELETE ON public.people FOR EACH ROW EXECUTE FUNCTION public.touch();
        ALTER TABLE public.people DISABLE TRIGGER asleep;
        INSERT INTO public.people SELECT n FROM generate_series(1, 1000) AS n;
        ANALYZE public.people;
        """;

    [Test]
    public async Task Tells_of_each_table_what_the_catalog_knows()
    {
        var plan = await DescribeAsync(typeof(Changes));

        Assert.That(plan.Tables.Select(table => table.Name), Is.EqualTo(new[] { "public.people", "public.regions", "public.teams" }), "with what they reference, and without what is not there yet");
        var people = plan.Tables[0];
        Assert.That((people.Rows, people.Bytes > 0), Is.EqualTo((1000L, true)));
        Assert.That(people.Triggers, Is.EquivalentTo(new Dictionary<string, string> { ["touch_people"] = "before update", ["tell_of_people"] = "after insert or delete" }));
        Assert.That(plan.Tables[1].Rows, Is.Null, "never analyzed");
    }

    [Test]
    public async Task Spells_locks_on_referenced_tables_out_and_leaves_out_what_nobody_else_can_see()
    {
        var plan = await DescribeAsync(typeof(Changes));

        Assert.That(Locks(plan), Is.EqualTo(new[]
        {
            "", // a new table
            "SHARE ROW EXCLUSIVE on public.people", // of which nobody knows, and the one that it references
            "SHARE on public.people",
            "SHARE UPDATE EXCLUSIVE on public.people, ROW SHARE on public.teams",
            "ROW EXCLUSIVE on public.people",
            "ACCESS EXCLUSIVE on public.teams, ACCESS EXCLUSIVE on public.regions",
        }));
    }

    [Test]
    public async Task Column_or_constraint_that_goes_locks_only_what_its_own_foreign_keys_reference()
    {
        var plan = await DescribeAsync(typeof(Drops));

        Assert.That(Locks(plan).Where(locks => locks.Contains("ACCESS EXCLUSIVE", StringComparison.Ordinal)), Is.EqualTo(new[]
        {
            "ACCESS EXCLUSIVE on public.teams, ACCESS EXCLUSIVE on public.regions",
            "ACCESS EXCLUSIVE on public.teams", // what an interrupted Up may have left
            "ACCESS EXCLUSIVE on public.teams",
            "ACCESS EXCLUSIVE on public.teams",
            "ACCESS EXCLUSIVE on public.people",
            "ACCESS EXCLUSIVE on public.people, ACCESS EXCLUSIVE on public.teams",
        }));
    }

    [Test]
    public async Task Column_that_goes_waits_for_holders_of_its_own_referenced_tables_only()
    {
        await using var stranger = await Database.WithLockedTable("public.teams", "ACCESS EXCLUSIVE");
        await using var migrator = Database.Migrator(typeof(DropsDone));

        await migrator.UpAsync();

        Assert.That(await Database.ScalarAsync<bool>("SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = 'public.people'::regclass AND attname = 'done')"));
    }

    [Test]
    public async Task Tells_what_a_statement_does_to_rows_and_which_triggers_hear_of_it()
    {
        var plan = await DescribeAsync(typeof(Changes));

        Assert.That(plan.Migrations.SelectMany(planned => planned.Statements).SelectMany(statement => statement.Rows).Select(work => $"{work.Access} {work.Table}: {string.Join(", ", plan.TriggersFiredBy(work))}"), Is.EqualTo(new[]
        {
            "Scan public.badges: ",
            "Build public.people: ",
            "Update public.people: touch_people",
        }));
    }

    [Test]
    public async Task Goes_the_way_back_too()
    {
        await using (var migrator = Database.Migrator(typeof(Finds)))
            await migrator.UpAsync();

        var plan = await DescribeAsync(DownTarget.All, typeof(Finds));

        Assert.That((plan.Direction, plan.Migrations.Single().Migration.Name), Is.EqualTo((Direction.Down, nameof(Finds))));
        Assert.That(Locks(plan).Where(locks => locks.Length > 0), Is.EqualTo(new[] { "SHARE UPDATE EXCLUSIVE on public.people" }));
    }

    [Test]
    public async Task Does_not_wait_for_the_size_of_a_locked_table()
    {
        await using var stranger = await Database.WithLockedTable("public.people", "ACCESS EXCLUSIVE");

        var plan = await DescribeAsync(typeof(Finds));

        Assert.That((plan.Tables[0].Rows, plan.Tables[0].Bytes), Is.EqualTo(((long?)1000, (long?)null)));
    }

    private static IEnumerable<string> Locks(MigrationPlan plan) =>
        plan.Migrations.SelectMany(planned => planned.Statements).Select(statement => string.Join(", ", plan.LocksOf(statement)));

    private Task<MigrationPlan> DescribeAsync(params Type[] migrations) => DescribeAsync(null, migrations);

    private async Task<MigrationPlan> DescribeAsync(DownTarget? down, params Type[] migrations)
    {
        await using var migrator = new Migrator(Database.Options(migrations));
        return await migrator.DescribeAsync(down, default);
    }

    [Expand(1)]
    public sealed class Changes : OnlineMigration
    {
        public override void Up()
        {
            Create.Table("badges").InSchema("public").WithColumn("person").AsInt32();
            Create.ForeignKey("badges_person_fkey").FromTable("badges").InSchema("public").ForeignColumn("person").ToTable("people").InSchema("public").PrimaryColumn("id");
            Create.Index("people_done").OnTable("people").InSchema("public").OnColumn("done");
            Sql("ALTER TABLE public.people VALIDATE CONSTRAINT people_team_fkey", new TableLock("public.people", LockMode.ShareUpdateExclusive), new TableLock("public.teams", LockMode.RowShare));
            Sql("UPDATE public.people SET done = true", new TableLock("public.people", LockMode.AccessShare), new TableLock("public.people", LockMode.RowExclusive));
            Delete.Table("teams").InSchema("public");
        }

        public override void Down() => Sql("SELECT 1");
    }

    [Expand(2, TransactionBehavior.None)]
    public sealed class Finds : OnlineMigration
    {
        public override void Up() => CreateIndexConcurrently("people_team", on: "public.people", columns: "team");

        public override void Down() => DropIndexConcurrently("people_team", on: "public.people");
    }

    [Expand(3, TransactionBehavior.None)]
    public sealed class Drops : OnlineMigration
    {
        public override void Up()
        {
            DropConstraint("teams_region_fkey", "public.teams");
            DropConstraint("teams_parent_fkey", "public.teams");
            ArchiveAndDropColumn("public.people", "done");
            ArchiveAndDropColumn("public.people", "team");
        }

        public override void Down() => Sql("SELECT 1");
    }

    [Expand(4, TransactionBehavior.None)]
    public sealed class DropsDone : OnlineMigration
    {
        public override void Up() => ArchiveAndDropColumn("public.people", "done");

        public override void Down() => Sql("SELECT 1");
    }
}
