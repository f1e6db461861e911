using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class RowsThatWereThere
{
    private const string Organization = "0a000000-0000-4000-8000-00000000000a";
    private const long Tables = 20260226000200;

    private LiveDatabase _database = null!;

    [SetUp]
    public async Task CreateTables()
    {
        _database = await LiveDatabase.CreateAsync();
        await _database.MigrateAsync(Tables);
    }

    [TearDown]
    public async Task Drop() => await _database.DisposeAsync();

    [Test]
    public async Task Stay_as_they_are()
    {
        await _database.ExecuteAsync($"""
            INSERT INTO organizations (id, name, slug, created_by) VALUES ('{Organization}', 'Made by hand', 'all-solutions-consulting', '{People.Owner}');
            INSERT INTO org_members (org_id, user_id, role) VALUES ('{Organization}', '{People.Admin}', 'member'), ('{Organization}', '{People.Odd}', 'owner');
            INSERT INTO user_profiles (id, email, name) VALUES ('{People.Owner}', 'other@example.com', 'By hand');
            """);

        await _database.MigrateAsync(preflight: MissingUsers.Refuse);

        Assert.That(await _database.ColumnAsync<string>("SELECT id || ' ' || name FROM organizations"), Is.EqualTo(new[] { $"{Organization} Made by hand" }));
        Assert.That(
            await _database.ColumnAsync<string>("SELECT user_id || ' ' || role FROM org_members ORDER BY 1"),
            Is.EqualTo(new[] { $"{People.Odd} owner", $"{People.Admin} member", $"{People.Owner} owner" }));
        Assert.That(await _database.ScalarAsync<string>($"SELECT email || ' ' || name FROM user_profiles WHERE id = '{People.Owner}'"), Is.EqualTo("other@example.com By hand"));
        Assert.That(await _database.ScalarAsync<long>("SELECT count(*) FROM user_profiles"), Is.EqualTo(7));
        Assert.That(await _database.ScalarAsync<long>($"SELECT count(*) FROM dsos WHERE org_id = '{Organization}'"), Is.EqualTo(5));
    }

    [Test]
    public async Task Of_a_strangers_organization_with_the_slug_are_refused_and_nothing_is_changed()
    {
        await _database.ExecuteAsync($"INSERT INTO organizations (id, name, slug, created_by) VALUES ('{Organization}', 'A stranger''s', 'all-solutions-consulting', '{People.Odd}')");
        var before = await _database.FingerprintAsync();

        Assert.That(() => _database.MigrateAsync(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains("belongs to somebody else"));
        Assert.That(() => _database.MigrateAsync(preflight: MissingUsers.Refuse), Throws.TypeOf<PreflightException>());

        (await _database.FingerprintAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task In_an_organization_that_the_owner_owns_but_has_not_made_are_taken_as_the_default()
    {
        await _database.ExecuteAsync($"""
            INSERT INTO organizations (id, name, slug, created_by) VALUES ('{Organization}', 'Handed over', 'all-solutions-consulting', '{People.Odd}');
            INSERT INTO org_members (org_id, user_id, role) VALUES ('{Organization}', '{People.Owner}', 'owner');
            """);

        await _database.MigrateAsync(preflight: MissingUsers.Refuse);

        Assert.That(await _database.ScalarAsync<long>($"SELECT count(*) FROM dsos WHERE org_id = '{Organization}'"), Is.EqualTo(5));
    }

    [Test]
    public async Task In_a_column_org_id_that_is_half_filled_beside_an_invalid_index_converge()
    {
        await _database.MigrateAsync(20260226000400);
        await _database.ExecuteAsync($"""
            INSERT INTO organizations (id, name, slug) VALUES ('{Organization}', 'Another', 'another');
            ALTER TABLE dsos ADD COLUMN org_id uuid;
            UPDATE dsos SET org_id = '{Organization}' WHERE archived;
            CREATE INDEX idx_dsos_org_id ON dsos (org_id);
            """);
        await using (var superuser = new Npgsql.NpgsqlConnection(_database.SuperuserConnectionString))
        {
            await superuser.OpenAsync();
            await superuser.ExecuteAsync("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.idx_dsos_org_id'::regclass");
        }

        await _database.MigrateAsync(preflight: MissingUsers.Refuse);

        Assert.That(
            await _database.ColumnAsync<string>("SELECT o.slug || ' ' || count(*) FROM dsos d JOIN organizations o ON o.id = d.org_id GROUP BY o.slug ORDER BY 1"),
            Is.EqualTo(new[] { "all-solutions-consulting 4", "another 1" }));
        Assert.That(await _database.ScalarAsync<bool>("SELECT indisvalid FROM pg_index WHERE indexrelid = 'idx_dsos_org_id'::regclass"));
        Assert.That(await _database.ScalarAsync<bool>("SELECT attnotnull FROM pg_attribute WHERE attrelid = 'dsos'::regclass AND attname = 'org_id'"));
    }
}
