using NUnit.Framework;

namespace OrgSchema.Tests;

/// <summary>A Down removes many rows, and a large table refers to them.</summary>
public sealed class ReferencesWithoutAnIndex : GrownTest
{
    private const string Organizations = """
        INSERT INTO organizations (name, slug) SELECT 'Organization ' || n, 'organization-' || n FROM generate_series(1, 1000) AS n;
        """;

    private const string Projects = """
        CREATE TABLE projects (id integer PRIMARY KEY, org_id uuid REFERENCES organizations ON DELETE SET NULL);
        INSERT INTO projects SELECT n, o.id FROM (SELECT id FROM organizations LIMIT 1) AS o, generate_series(1, 11000) AS n;
        """;

    private const string Places = """
        CREATE TABLE places (id integer, org_id uuid REFERENCES organizations, PRIMARY KEY (id)) PARTITION BY RANGE (id);
        CREATE TABLE places_1 PARTITION OF places FOR VALUES FROM (1) TO (6000);
        CREATE TABLE places_2 PARTITION OF places FOR VALUES FROM (6000) TO (12000);
        INSERT INTO places SELECT generate_series(1, 11000);
        """;

    private const string Notes = """
        CREATE TABLE teams (id integer PRIMARY KEY, org_id uuid REFERENCES organizations ON DELETE CASCADE);
        CREATE TABLE notes (id integer PRIMARY KEY, kind integer, team integer REFERENCES teams ON DELETE CASCADE);
        INSERT INTO teams SELECT n, (SELECT id FROM organizations LIMIT 1) FROM generate_series(1, 1000) AS n;
        INSERT INTO notes SELECT n, 1, 1 FROM generate_series(1, 11000) AS n;
        CREATE INDEX ON notes (kind, team);
        CREATE INDEX ON notes (team) WHERE kind = 2;
        """;

    [TestCase(Organizations + Projects, "projects (org_id)")]
    [TestCase(Organizations + Places, "places (org_id)")]
    [TestCase(Notes, "notes (team)")]
    public async Task Are_refused_until_they_have_one(string sql, string columns)
    {
        var table = columns[..columns.IndexOf(' ')];
        await Database.ExecuteAsync($"{sql} ANALYZE {table};");

        var findings = await AssertRefusedAsync(() => Database.RevertAsync(ToTables), $"reads all of public.{table}");
        Assert.That(findings.Select(finding => finding.Remedy), Has.One.StartsWith($"CREATE INDEX CONCURRENTLY ON public.{columns};"));

        await Database.ExecuteAsync($"CREATE INDEX ON {columns}");
        await AssertComesBackAsync(ToTables);
    }
}
