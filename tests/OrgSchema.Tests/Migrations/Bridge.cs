using Npgsql;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class Bridge
{
    private const string Existing = "d5000000-0000-4000-8000-000000000001";
    private const string Other = "0a000000-0000-4000-8000-000000000001";

    // What comes after AddOrgIdToDsos, up to the contract.
    private static IEnumerable<TestCaseData> Steps => Migrating.BeforeContract.SkipWhile(migration => migration.Name != nameof(AddOrgIdToDsos))
        .Select(migration => new TestCaseData(migration.Version).SetArgDisplayNames(migration.Name));

    private LiveDatabase _database = null!;

    [SetUp]
    public async Task Create() => _database = await LiveDatabase.CreateAsync();

    [TearDown]
    public async Task Drop() => await _database.DisposeAsync();

    [TestCaseSource(nameof(Steps))]
    public async Task Gives_every_kind_of_insert_the_organization_it_should_have(long step)
    {
        await _database.MigrateAsync(step);
        await _database.ExecuteAsync($"INSERT INTO organizations (id, name, slug) VALUES ('{Other}', 'Other', 'other')");
        await using var application = await _database.OpenAsync("service_role");

        await application.ExecuteAsync("INSERT INTO dsos (name) VALUES ('names none')");
        await application.ExecuteAsync("INSERT INTO dsos (name, org_id) VALUES ('names null', NULL)");
        await application.ExecuteAsync($"INSERT INTO dsos (name, org_id) VALUES ('names another', '{Other}')");
        await application.ExecuteAsync("INSERT INTO dsos (name) SELECT 'several ' || n FROM generate_series(1, 3) AS n");
        await application.ExecuteAsync("INSERT INTO dsos (id, name) VALUES ('0b000000-0000-4000-8000-000000000001', 'upserted new') ON CONFLICT (id) DO UPDATE SET name = excluded.name");
        await application.ExecuteAsync($"INSERT INTO dsos (id, name) VALUES ('{Existing}', 'upserted old') ON CONFLICT (id) DO UPDATE SET name = excluded.name");
        await using (var copy = await application.BeginTextImportAsync("COPY dsos (name) FROM STDIN"))
            await copy.WriteAsync("copied 1\ncopied 2\n");

        Assert.That(
            await _database.ColumnAsync<string>($"SELECT d.name || ' -> ' || o.slug FROM dsos d LEFT JOIN organizations o ON o.id = d.org_id WHERE d.id = '{Existing}' OR d.created_at > '2026-02-01' ORDER BY 1"),
            Is.EqualTo(new[]
            {
                "copied 1 -> all-solutions-consulting", "copied 2 -> all-solutions-consulting", "names another -> other", "names none -> all-solutions-consulting", "names null -> all-solutions-consulting",
                "several 1 -> all-solutions-consulting", "several 2 -> all-solutions-consulting", "several 3 -> all-solutions-consulting", "upserted new -> all-solutions-consulting", "upserted old -> all-solutions-consulting",
            }));
    }

    [Test]
    public async Task Still_fills_the_organization_when_its_slug_has_changed()
    {
        await _database.MigrateAsync();
        await _database.ExecuteAsync("UPDATE organizations SET slug = 'renamed'; INSERT INTO dsos (name) VALUES ('late')");

        Assert.That(await _database.ScalarAsync<string>("SELECT o.slug FROM dsos d JOIN organizations o ON o.id = d.org_id WHERE d.name = 'late'"), Is.EqualTo("renamed"));
    }

    [Test]
    public async Task Runs_with_its_owners_rights_on_a_pinned_path_and_is_nobodys_to_call()
    {
        await _database.MigrateAsync();

        Assert.That(
            await _database.ScalarAsync<string>("SELECT concat_ws(', ', CASE WHEN prosecdef THEN 'security definer' END, proconfig::text, proowner::regrole) FROM pg_proc WHERE oid = 'orgschema.fill_dsos_org_id()'::regprocedure"),
            Is.EqualTo("security definer, {\"search_path=\\\"\\\"\"}, postgres"));
        Assert.That(
            await _database.ColumnAsync<string>("SELECT grantee::regrole::text FROM pg_proc, aclexplode(proacl) WHERE pg_proc.oid = 'orgschema.fill_dsos_org_id()'::regprocedure"),
            Is.EqualTo(new[] { "postgres" }));
    }

    [Test]
    public async Task Is_gone_after_contract_and_back_when_that_is_reverted()
    {
        await _database.MigrateAsync();
        Assert.That((await _database.ContractAsync()).Done.Select(migration => migration.Name), Is.EqualTo(new[] { nameof(CloseOrgIdBridge) }));

        Assert.That(() => InsertAsync(), Throws.TypeOf<PostgresException>().With.Property("SqlState").EqualTo(PostgresErrorCodes.NotNullViolation));
        Assert.That(await _database.ScalarAsync<bool>("SELECT to_regprocedure('orgschema.fill_dsos_org_id()') IS NULL"));

        await _database.RevertAsync();
        Assert.That(() => InsertAsync(), Throws.Nothing);
    }

    [Test]
    public async Task Is_not_needed_by_an_insert_that_names_its_organization()
    {
        await _database.MigrateAsync();
        await _database.ContractAsync();

        await using var application = await _database.OpenAsync("service_role");
        Assert.That(await application.ExecuteAsync("INSERT INTO dsos (name, org_id) SELECT 'new application', id FROM organizations"), Is.EqualTo(1));
    }

    [Test]
    public async Task Stays_until_contract_is_asked_for()
    {
        var result = await _database.MigrateAsync();

        Assert.That(result.Pending.Select(migration => migration.Name), Is.EqualTo(new[] { nameof(CloseOrgIdBridge) }));
        await using var migrator = _database.Migrator();
        Assert.That(() => migrator.UpAsync(20260226001100, default), Throws.TypeOf<RequestException>());
    }

    private async Task InsertAsync()
    {
        await using var application = await _database.OpenAsync("service_role");
        await application.ExecuteAsync("INSERT INTO dsos (name) VALUES ('New Client')");
    }
}
