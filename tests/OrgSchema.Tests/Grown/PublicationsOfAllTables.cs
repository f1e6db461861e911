using NUnit.Framework;
using OrgSchema.Online;

namespace OrgSchema.Tests;

/// <summary>A publication of all tables, as change data capture makes it: tables without an identity refuse updates and deletes.</summary>
public sealed class PublicationsOfAllTables : GrownTest
{
    private const string Publication = "CREATE PUBLICATION everything FOR ALL TABLES";

    private const string Children = """
        CREATE TABLE projects (id integer PRIMARY KEY, org_id uuid REFERENCES organizations ON DELETE CASCADE,
            member uuid REFERENCES org_members ON DELETE SET NULL);
        INSERT INTO projects SELECT row_number() OVER (), m.org_id, m.id FROM org_members AS m;
        """;

    protected override bool IsMigrated => false;

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public async Task Keep_no_way_from_its_end(int made)
    {
        for (var way = 0; way < 4; way++)
        {
            if (way == made)
                await Database.ExecuteAsSuperuserAsync(Publication);
            if (way % 2 == 0)
                await Database.MigrateAsync();
            else
                await Database.RevertAsync(DownTarget.All);
        }

        await Database.MigrateAsync();
        await Database.ContractAsync();
    }

    [Test]
    public async Task Let_children_come_back()
    {
        await Database.MigrateAsync();
        await Database.ExecuteAsync(Children);
        await Database.ExecuteAsSuperuserAsync(Publication);

        await AssertComesBackAsync(ToTables);
    }

    [Test]
    public async Task Of_a_schema_keep_no_way_from_its_end()
    {
        await Database.MigrateAsync();
        await Database.ExecuteAsSuperuserAsync("CREATE PUBLICATION ours FOR TABLES IN SCHEMA public, orgschema");

        await AssertComesBackAsync(DownTarget.All);
    }

    [Test]
    public async Task Find_an_identity_on_every_private_table()
    {
        await Database.MigrateAsync();
        await AssertIdentitiesAsync();
        await Database.ExecuteAsync(Children);
        await Database.RevertAsync(ToTables);
        await AssertIdentitiesAsync();
    }

    // A table that is only inserted into needs none.
    private async Task AssertIdentitiesAsync() => Assert.That(
        await Database.ColumnAsync<string>("""
            SELECT c.relname::text FROM pg_class AS c
            WHERE c.relnamespace = 'orgschema'::regnamespace AND c.relkind = 'r' AND c.relreplident = 'd' AND c.relname <> 'bridge_use'
              AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary)
            """),
        Is.Empty);

    [TestCase("ALTER TABLE org_members REPLICA IDENTITY NOTHING; CREATE PUBLICATION p FOR TABLE org_members", "public.org_members")]
    [TestCase("CREATE PUBLICATION p FOR TABLE org_members WHERE (role <> 'owner')", "public.org_members")]
    [TestCase("CREATE TABLE kids (id integer UNIQUE NOT NULL, org_id uuid REFERENCES organizations ON DELETE SET NULL); "
        + "INSERT INTO kids SELECT 1, id FROM organizations LIMIT 1; CREATE PUBLICATION p FOR TABLE kids", "public.kids")]
    [TestCase("CREATE PUBLICATION p FOR TABLE org_members (role)", "public.org_members")]
    public async Task That_cannot_tell_rows_apart_refuse_the_way_down(string sql, string table)
    {
        await Database.MigrateAsync();
        await Database.ExecuteAsync(sql);

        var findings = await AssertRefusedAsync(() => Database.RevertAsync(ToTables), table);

        var remedy = findings.Single(finding => finding.Severity == Severity.Error).Remedy;
        await Database.ExecuteAsync(remedy[..remedy.IndexOf("--", StringComparison.Ordinal)]);
        await AssertComesBackAsync(ToTables);
    }
}
