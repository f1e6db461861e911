using NUnit.Framework;
using OrgSchema.Online;

namespace OrgSchema.Tests;

/// <summary>Rows of the application refer to rows that a way down removes.</summary>
public sealed class RowsThatReferToOurs : GrownTest
{
    private const string Projects = """
        CREATE TABLE projects (id integer PRIMARY KEY, org_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE, note text);
        INSERT INTO projects SELECT n, o.id, 'project ' || n FROM organizations AS o, generate_series(1, 3) AS n;
        """;

    private const string Members = """
        CREATE SCHEMA app;
        CREATE TABLE app.members (place integer, part text, member uuid REFERENCES org_members ON DELETE SET NULL,
            profile uuid REFERENCES user_profiles ON DELETE CASCADE, PRIMARY KEY (place, part));
        INSERT INTO app.members SELECT row_number() OVER (), 'x', m.id, CASE WHEN m.role <> 'owner' THEN p.id END
        FROM org_members AS m JOIN user_profiles AS p ON p.id = m.user_id;
        """;

    private const string MembersOfMembers = """
        CREATE TABLE app.marks (id bigint GENERATED ALWAYS AS IDENTITY, place integer, part text NOT NULL, UNIQUE (id),
            FOREIGN KEY (place, part) REFERENCES app.members ON DELETE SET NULL (place) DEFERRABLE INITIALLY DEFERRED);
        INSERT INTO app.marks (place, part) SELECT place, part FROM app.members;
        """;

    private const string Tree = """
        CREATE TABLE folders (id integer PRIMARY KEY, parent integer REFERENCES folders ON DELETE CASCADE,
            org_id uuid REFERENCES organizations ON DELETE CASCADE, newest integer);
        CREATE TABLE files (id integer PRIMARY KEY, folder integer NOT NULL REFERENCES folders ON DELETE CASCADE);
        INSERT INTO folders SELECT 1, NULL, id, NULL FROM organizations LIMIT 1;
        INSERT INTO folders VALUES (2, 1, NULL, NULL), (3, 2, NULL, NULL), (4, 4, NULL, NULL);
        INSERT INTO files SELECT n, n FROM generate_series(1, 4) AS n;
        UPDATE folders SET newest = id;
        ALTER TABLE folders ADD FOREIGN KEY (newest) REFERENCES files ON DELETE SET NULL;
        """;

    private const string Defaults = """
        CREATE TABLE statuses (id integer PRIMARY KEY, org_id uuid REFERENCES organizations ON DELETE CASCADE);
        CREATE TABLE tickets (id integer PRIMARY KEY, status integer DEFAULT 1 REFERENCES statuses ON DELETE SET DEFAULT);
        INSERT INTO statuses VALUES (1, NULL); INSERT INTO statuses SELECT 2, id FROM organizations LIMIT 1;
        INSERT INTO tickets VALUES (1, 1), (2, 2), (3, NULL);
        """;

    private const string Required = """
        CREATE TABLE teams (id integer PRIMARY KEY, lead integer NOT NULL, org_id uuid REFERENCES organizations ON DELETE CASCADE);
        CREATE TABLE people (id integer PRIMARY KEY, team integer NOT NULL REFERENCES teams ON DELETE CASCADE INITIALLY DEFERRED);
        ALTER TABLE teams ADD FOREIGN KEY (lead) REFERENCES people ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
        WITH t AS (INSERT INTO teams SELECT 1, 1, id FROM organizations LIMIT 1) INSERT INTO people VALUES (1, 1);
        """;

    private const string LeadOfAnOrganization = """
        CREATE TABLE leads (id integer PRIMARY KEY, org_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE);
        INSERT INTO leads SELECT 1, id FROM organizations;
        ALTER TABLE organizations ADD lead integer NOT NULL DEFAULT 1 REFERENCES leads;
        """;

    private const string CircleOfThree = """
        CREATE TABLE ones (id integer PRIMARY KEY, next integer NOT NULL, org_id uuid REFERENCES organizations ON DELETE CASCADE);
        CREATE TABLE twos (id integer PRIMARY KEY, next integer NOT NULL REFERENCES ones ON DELETE CASCADE);
        CREATE TABLE threes (id integer PRIMARY KEY, next integer NOT NULL REFERENCES twos ON DELETE CASCADE);
        ALTER TABLE ones ADD FOREIGN KEY (next) REFERENCES threes ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
        WITH o AS (INSERT INTO ones SELECT 1, 1, id FROM organizations RETURNING 1), t AS (INSERT INTO twos VALUES (1, 1)) INSERT INTO threes VALUES (1, 1);
        """;

    [TestCase(Projects)]
    [TestCase(Members)]
    [TestCase(Members + MembersOfMembers)]
    [TestCase(Tree)]
    public async Task Go_along_and_come_back(string sql)
    {
        await Database.ExecuteAsync(sql);

        await AssertComesBackAsync(ToTables);
    }

    [TestCase(Defaults)]
    public async Task Come_back_or_are_refused(string sql)
    {
        await Database.ExecuteAsync(sql);
        try
        {
            await AssertComesBackAsync(ToTables);
        }
        catch (PreflightException)
        {
            await AssertRefusedAsync(() => Database.RevertAsync(ToTables));
        }
    }

    [Test]
    public async Task Are_listed_with_action_and_count_before_the_question()
    {
        await Database.ExecuteAsync(Projects + Members);
        var expected = new[]
        {
            "public.projects CASCADE 3",
            "app.members SET NULL 2",
            "app.members CASCADE 1",
        };

        Assert.That(Lines(await RemovalsAsync(ToTables)), Is.SupersetOf(expected));

        await using var migrator = Database.Migrator();
        Assert.That(Lines((await migrator.DescribeAsync(ToTables, default)).Removal), Is.SupersetOf(expected), "plan --down");
    }

    [TestCase("uuid REFERENCES organizations", "NO ACTION")]
    [TestCase("uuid REFERENCES organizations ON DELETE RESTRICT", "RESTRICT")]
    [TestCase("uuid REFERENCES organizations DEFERRABLE INITIALLY DEFERRED", "NO ACTION")]
    public async Task That_may_not_go_refuse_the_way_down(string column, string action)
    {
        await Database.ExecuteAsync($"CREATE TABLE projects (id integer PRIMARY KEY, org_id {column})");
        await Database.ExecuteAsync("INSERT INTO projects SELECT 1, id FROM organizations");

        var refers = "1 row of public.projects refers to rows of public.organizations";
        await AssertRefusedAsync(() => Database.RevertAsync(ToTables), refers, $"ON DELETE {action}");
    }

    [TestCase("id integer, org_id uuid REFERENCES organizations ON DELETE CASCADE", "no unique key")]
    [TestCase("id integer UNIQUE, org_id uuid REFERENCES organizations ON DELETE SET NULL", "no unique key")]
    [TestCase("id integer PRIMARY KEY, org_id uuid NOT NULL REFERENCES organizations ON DELETE SET NULL", "NOT NULL")]
    [TestCase("id integer PRIMARY KEY, org_id uuid DEFAULT gen_random_uuid() REFERENCES organizations ON DELETE SET DEFAULT", "default")]
    public async Task That_could_not_come_back_refuse_the_way_down(string columns, string why)
    {
        await Database.ExecuteAsync($"CREATE TABLE projects ({columns}); INSERT INTO projects SELECT 1, id FROM organizations");

        await AssertRefusedAsync(() => Database.RevertAsync(ToTables), "public.projects", why);
    }

    [TestCase(Required)]
    [TestCase(LeadOfAnOrganization)]
    [TestCase(CircleOfThree)]
    public async Task That_need_each_other_refuse_the_way_down(string sql)
    {
        await Database.ExecuteAsync(sql);

        await AssertRefusedAsync(() => Database.RevertAsync(ToTables), "need each other");
    }

    [TestCase("ALTER TABLE user_profiles ADD CONSTRAINT odd CHECK (length(email) > 1000) NOT VALID")]
    [TestCase("ALTER TABLE organizations ADD CONSTRAINT odd FOREIGN KEY (id) REFERENCES dsos NOT VALID")]
    [TestCase(Projects + "ALTER TABLE projects ADD CONSTRAINT odd CHECK (id > 1) NOT VALID")]
    public async Task That_violate_what_is_not_valid_refuse_the_way_down(string sql)
    {
        await Database.ExecuteAsync(sql);

        await AssertRefusedAsync(() => Database.RevertAsync(ToTables), "odd, which is NOT VALID");
    }

    [Test]
    public async Task That_meet_what_is_not_valid_come_back()
    {
        await Database.ExecuteAsync(Projects + "ALTER TABLE projects ADD CONSTRAINT odd CHECK (id > 0) NOT VALID");

        await AssertComesBackAsync(ToTables);
    }

    [Test]
    public async Task Keep_tables_from_being_dropped_and_are_counted()
    {
        await Database.ExecuteAsync(Projects + Members);

        var findings = await AssertRefusedAsync(
            () => Database.RevertAsync(DownTarget.All), "projects_org_id_fkey", "members_member_fkey", "members_profile_fkey");

        Assert.That(findings.Select(finding => finding.Message), Has.Some.Contains("3 rows refer to it"));
        Assert.That(findings.Select(finding => finding.Remedy), Has.Some.Contains("public.projects DROP CONSTRAINT projects_org_id_fkey"));
    }

    private static IEnumerable<string> Lines(RemovalReport report) =>
        report.Removals.SelectMany(removal => removal.Along).Select(along => $"{along.Table} {along.Action} {along.Rows}");

    // Each kind of key that a remedy drops and adds again: plain, of a partitioned table, and NOT VALID.
    [TestCase("CREATE TABLE plain (id integer PRIMARY KEY, org_id uuid NOT NULL REFERENCES organizations); "
        + "INSERT INTO plain SELECT 1, id FROM organizations")]
    [TestCase("CREATE TABLE parts (id integer PRIMARY KEY, org_id uuid REFERENCES organizations) PARTITION BY RANGE (id); "
        + "CREATE TABLE part PARTITION OF parts DEFAULT; INSERT INTO parts SELECT 1, id FROM organizations")]
    [TestCase("CREATE TABLE later (id integer PRIMARY KEY, org_id uuid NOT NULL); INSERT INTO later SELECT 1, id FROM organizations; "
        + "ALTER TABLE later ADD FOREIGN KEY (org_id) REFERENCES organizations ON DELETE SET NULL NOT VALID")]
    [TestCase(Required)]
    [TestCase(LeadOfAnOrganization)]
    [TestCase(CircleOfThree)]
    [TestCase("CREATE TABLE loose (id integer, org_id uuid REFERENCES organizations ON DELETE CASCADE); INSERT INTO loose SELECT 1, id FROM organizations")]
    public async Task Are_let_go_and_come_back_by_the_remedy(string sql)
    {
        await Database.ExecuteAsync(sql);
        var before = await Database.FingerprintAsync();
        var findings = await AssertRefusedAsync(() => Database.RevertAsync(ToTables), "organizations");
        var remedy = findings.Single(finding => finding.Severity == Severity.Error).Remedy.Split("; -- later again: ");

        await Database.ExecuteAsync(remedy[0][remedy[0].LastIndexOf("ALTER", StringComparison.Ordinal)..]);
        await Database.RevertAsync(ToTables);
        await Database.MigrateAsync();
        await Database.ExecuteAsync(remedy[1][..(remedy[1].LastIndexOf(';') + 1)]);

        Assert.That((await Database.FingerprintAsync()).LossesFrom(before), Is.Empty);
    }

    [TestCase("id integer, org_id uuid REFERENCES organizations ON DELETE CASCADE")]
    [TestCase("id integer UNIQUE, org_id uuid REFERENCES organizations ON DELETE SET NULL")]
    public async Task Go_along_with_the_key_of_the_remedy(string columns)
    {
        await Database.ExecuteAsync($"CREATE TABLE projects ({columns}); INSERT INTO projects SELECT 1, id FROM organizations");
        var remedy = (await AssertRefusedAsync(() => Database.RevertAsync(ToTables))).Single(finding => finding.Severity == Severity.Error).Remedy;
        var begin = remedy.IndexOf("ALTER", StringComparison.Ordinal);

        await Database.ExecuteAsync(remedy[begin..(remedy.IndexOf(';', begin) + 1)]);

        await AssertComesBackAsync(ToTables);
    }
}
