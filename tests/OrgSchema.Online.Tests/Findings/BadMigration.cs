using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class BadMigration : DatabaseTest
{
    protected override string Schema => ExampleTables.Sql;

    [Test]
    public async Task Has_each_of_its_mistakes_found_by_name()
    {
        var (before, traced) = (await StateAsync(), new List<TracedStatement>());
        await using var migrator = new TestMigrator(Database.Options(typeof(AllAtOnce)), traced.Add);
        await migrator.UpAsync();
        await using var connection = await Database.OpenAsync();

        var found = await TraceFindings.FindAsync(connection, before, traced, api: null, CancellationToken.None);

        Assert.That(found.Select(finding => finding.Finding.Id).Distinct(), Is.EquivalentTo(new[]
        {
            "index-blocks-writes", "whole-table-update", "required-column-breaks-inserts", "table-open-to-api", "lock-held-over-scan", "ddl-and-data-in-one-transaction",
        }));
        Assert.That(found.First(finding => finding.Finding.Id == "index-blocks-writes").Statement!.Migration!.Name, Is.EqualTo(nameof(AllAtOnce)));
    }

    [Test]
    public async Task Is_found_when_it_has_no_way_back()
    {
        await using var migrator = new Migrator(Database.Options(typeof(AllAtOnce), typeof(Throwing), typeof(Good)));

        var found = await WayBack.FindAsync(migrator, CancellationToken.None);

        Assert.That(found.Select(finding => (finding.Id, finding.Message)), Is.EqualTo(new[]
        {
            ("irreversible-down", "The Down of 1 AllAtOnce is empty"),
            ("irreversible-down", "The Down of 2 Throwing throws: There is none."),
        }));
    }

    [Test]
    public async Task Is_a_good_one_when_it_goes_step_by_step()
    {
        var (before, traced) = (await StateAsync(), new List<TracedStatement>());
        await using var migrator = new TestMigrator(Database.Options(typeof(Good)), traced.Add);
        await migrator.UpAsync();
        await using var connection = await Database.OpenAsync();

        var found = await TraceFindings.FindAsync(connection, before, traced, api: null, CancellationToken.None);

        Assert.That(found.Select(finding => finding.Finding.Message), Is.Empty);
    }

    private async Task<SchemaState> StateAsync()
    {
        await using var connection = await Database.OpenAsync();
        return await SchemaState.ReadAsync(connection, api: null, CancellationToken.None);
    }

    [Expand(1)]
    public sealed class AllAtOnce : OnlineMigration
    {
        public override void Up()
        {
            Sql("ALTER TABLE public.orders ADD COLUMN state text");
            Sql("UPDATE public.orders SET state = 'open'");
            Sql("ALTER TABLE public.orders ALTER COLUMN state SET NOT NULL");
            Sql("CREATE INDEX orders_state ON public.orders (state)");
            Sql("CREATE TABLE public.states (name text PRIMARY KEY)");
            Sql("GRANT ALL ON public.states TO anon");
        }

        public override void Down()
        {
        }
    }

    [Expand(2)]
    public sealed class Throwing : OnlineMigration
    {
        public override void Up() => Sql("SELECT 1");

        public override void Down() => throw new NotSupportedException("There is none.");
    }

    [Expand(3, TransactionBehavior.None)]
    public sealed class Good : OnlineMigration
    {
        public override void Up()
        {
            Sql("ALTER TABLE public.orders ADD COLUMN state text NOT NULL DEFAULT 'open'", new TableLock("public.orders", LockMode.AccessExclusive));
            CreateIndexConcurrently("orders_state", "public.orders", "state");
            Sql("CREATE TABLE public.states (name text PRIMARY KEY)");
            GrantOnly("public.states", to: ["service_role"], nothingTo: ["anon", "authenticated"]);
        }

        public override void Down() => Sql("SELECT 1");
    }
}
