using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class RevokedAccess
{
    private const string Access = "SELECT a::text FROM user_dso_access a ORDER BY 1";

    private LiveDatabase _database = null!;

    [SetUp]
    public async Task Migrate()
    {
        _database = await LiveDatabase.CreateAsync();
        await _database.MigrateAsync();
    }

    [TearDown]
    public async Task Drop() => await _database.DisposeAsync();

    [Test]
    public async Task Is_kept_and_comes_back_on_the_way_down()
    {
        Assert.That(await _database.ScalarAsync<long>($"SELECT count(*) FROM orgschema.archive_user_dso_access WHERE data ->> 'user_id' = '{People.Revoked}'"), Is.EqualTo(5));

        await _database.RevertAsync();

        Assert.That(await _database.ScalarAsync<long>($"SELECT count(*) FROM user_dso_access WHERE user_id = '{People.Revoked}'"), Is.EqualTo(5));
        Assert.That(await _database.ScalarAsync<bool>("SELECT pg_catalog.to_regclass('orgschema.archive_user_dso_access') IS NULL"));
    }

    [Test]
    public async Task Does_not_come_back_to_a_DSO_that_is_gone()
    {
        await _database.ExecuteAsync("DELETE FROM dsos WHERE id = 'd5000000-0000-4000-8000-000000000001'");

        await _database.RevertAsync();

        Assert.That(await _database.ScalarAsync<long>($"SELECT count(*) FROM user_dso_access WHERE user_id = '{People.Revoked}'"), Is.EqualTo(4));
        Assert.That(await _database.ScalarAsync<long>("SELECT count(*) FROM orgschema.archive_user_dso_access"), Is.EqualTo(1));
    }

    [Test]
    public async Task That_was_given_again_since_stays_as_it_is()
    {
        await _database.ExecuteAsync($"INSERT INTO user_dso_access (user_id, dso_id, role) VALUES ('{People.Revoked}', 'd5000000-0000-4000-8000-000000000002', 'admin')");
        var given = await _database.ColumnAsync<string>(Access);

        await _database.RevertAsync();

        Assert.That(await _database.ColumnAsync<string>(Access), Is.SupersetOf(given));
        Assert.That(await _database.ScalarAsync<long>($"SELECT count(*) FROM user_dso_access WHERE user_id = '{People.Revoked}'"), Is.EqualTo(5));
    }
}
