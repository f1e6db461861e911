using Npgsql;
using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

[TestFixture(GrantRegime.Automatic)]
[TestFixture(GrantRegime.Explicit)]
public sealed class Privileges(GrantRegime regime)
{
    private static readonly string[] Statements =
    [
        "SELECT * FROM organizations",
        "INSERT INTO organizations (name, slug) VALUES ('New', 'new')",
        "UPDATE organizations SET name = 'Other'",
        "DELETE FROM organizations WHERE slug = 'empty'",
        "TRUNCATE organizations CASCADE",
        "SELECT * FROM org_members",
        $"INSERT INTO org_members (org_id, user_id) SELECT id, '{People.Odd}' FROM organizations LIMIT 1",
        "UPDATE org_members SET role = 'member'",
        "DELETE FROM org_members",
        "TRUNCATE org_members",
        "SELECT * FROM user_profiles",
        $"INSERT INTO user_profiles (id, email) VALUES ('{People.Anonymous}', 'a@example.com')",
        "UPDATE user_profiles SET name = 'Other'",
        "DELETE FROM user_profiles",
        "TRUNCATE user_profiles",
    ];

    // An insert that selects needs both rights: refuse the one that this is about.
    private static readonly string[] Literals =
        [.. Statements.Select(sql => sql.Replace("SELECT id, ", "SELECT gen_random_uuid(), ", StringComparison.Ordinal).Replace(" FROM organizations LIMIT 1", "", StringComparison.Ordinal))];

    private LiveDatabase _database = null!;

    [SetUp]
    public async Task Migrate()
    {
        _database = await LiveDatabase.CreateAsync(regime);
        await _database.MigrateAsync();
        await _database.ExecuteAsync("INSERT INTO organizations (name, slug) VALUES ('Empty', 'empty')");
    }

    [TearDown]
    public async Task Drop() => await _database.DisposeAsync();

    [TestCase("anon")]
    [TestCase("authenticated")]
    public async Task Close_the_new_tables_to_a_public_role(string role)
    {
        await using var connection = await _database.OpenAsync(role);
        Assert.Multiple(() =>
        {
            foreach (var statement in Literals)
            {
                Assert.That(
                    () => connection.ExecuteAsync($"SET ROLE {role}; {statement}"),
                    Throws.TypeOf<PostgresException>().With.Property("SqlState").EqualTo(PostgresErrorCodes.InsufficientPrivilege),
                    statement);
            }
        });
    }

    [Test]
    public async Task Open_the_new_tables_to_the_application()
    {
        await using var connection = await _database.OpenAsync("service_role");
        Assert.Multiple(() =>
        {
            foreach (var statement in Statements)
                Assert.That(() => connection.ExecuteAsync($"BEGIN; {statement}; ROLLBACK"), Throws.Nothing, statement);
        });
    }

    [Test]
    public async Task Are_the_same_whatever_the_default_privileges_were() =>
        Assert.That(
            await _database.ColumnAsync<string>("""
                SELECT DISTINCT format('%s: %s to %s', c.relname, string_agg(a.privilege_type, ',' ORDER BY a.privilege_type) FILTER (WHERE a.privilege_type <> 'MAINTAIN'), a.grantee::regrole)
                FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
                WHERE c.oid IN ('organizations'::regclass, 'org_members'::regclass, 'user_profiles'::regclass)
                GROUP BY c.relname, a.grantee ORDER BY 1
                """),
            Is.EqualTo(
                from table in new[] { "org_members", "organizations", "user_profiles" }
                from role in new[] { "postgres", "service_role" }
                select $"{table}: DELETE,INSERT,REFERENCES,SELECT,TRIGGER,TRUNCATE,UPDATE to {role}"));

    [TestCase("anon")]
    [TestCase("authenticated")]
    [TestCase("service_role")]
    public async Task Keep_the_private_schema_private(string role)
    {
        await using var connection = await _database.OpenAsync(role);
        Assert.That(
            () => connection.ExecuteAsync("SELECT * FROM orgschema.schema_version"),
            Throws.TypeOf<PostgresException>().With.Property("SqlState").EqualTo(PostgresErrorCodes.InsufficientPrivilege));
    }
}
