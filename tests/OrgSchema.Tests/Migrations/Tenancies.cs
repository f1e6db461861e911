using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class Tenancies
{
    private LiveDatabase _database = null!;

    [SetUp]
    public async Task Create() => _database = await LiveDatabase.CreateAsync();

    [TearDown]
    public async Task Drop() => await _database.DisposeAsync();

    [Test]
    public async Task Without_admins_have_an_owner_only()
    {
        await _database.MigrateAsync(tenancy: new Tenancy { Admins = [] });

        Assert.That(await Members(), Is.EqualTo(new[] { $"{People.Owner} owner" }));
    }

    [Test]
    public async Task With_members_have_them()
    {
        await _database.MigrateAsync(tenancy: new Tenancy { Members = [new(People.Odd), new(People.Anonymous)] });

        Assert.That(await Members(), Is.EqualTo(new[] { $"{People.Anonymous} member", $"{People.Odd} member", $"{People.Admin} admin", $"{People.Owner} owner" }));
    }

    [Test]
    public async Task Whose_users_do_not_exist_are_refused_before_anything_changes()
    {
        var before = await _database.FingerprintAsync();

        Assert.That(
            () => _database.MigrateAsync(tenancy: new Tenancy { Owner = new(People.Nobody) }, preflight: MissingUsers.Refuse),
            Throws.TypeOf<PreflightException>().With.Property(nameof(PreflightException.Findings)).Some.Property(nameof(Finding.Id)).EqualTo("users-missing"));

        (await _database.FingerprintAsync()).AssertSameAs(before);
        Assert.That(await _database.ScalarAsync<bool>("SELECT to_regnamespace('orgschema') IS NULL"));
    }

    [Test]
    public async Task Whose_users_do_not_exist_go_on_without_them_when_told_to_and_say_so()
    {
        var events = new Events();
        await _database.MigrateAsync(tenancy: new Tenancy { Owner = new(People.Nobody) }, progress: events, preflight: MissingUsers.Skip);

        Assert.That(await Members(), Is.EqualTo(new[] { $"{People.Admin} admin" }));
        Assert.That(await _database.ScalarAsync<bool>("SELECT created_by IS NULL FROM organizations"));
        Assert.That(events.All.OfType<FindingReported>().Select(warned => warned.Finding.Id), Has.Member("users-missing"));
    }

    [Test]
    public async Task That_revoke_nobody_touch_no_access()
    {
        const string Access = "SELECT a::text FROM user_dso_access a ORDER BY 1";
        var before = await _database.ColumnAsync<string>(Access);

        await _database.MigrateAsync(tenancy: new Tenancy { RevokeAccess = [] });

        Assert.That(await _database.ColumnAsync<string>(Access), Is.EqualTo(before));
    }

    [Test]
    public async Task Keep_a_name_with_quotes_and_marks_as_it_is()
    {
        const string Name = "O'Hara \"& Söhne\" \u202E $1 $$; -- \\";
        await _database.MigrateAsync(tenancy: new Tenancy { OrganizationName = Name, OrganizationSlug = "o-hara" });

        Assert.That(await _database.ColumnAsync<string>("SELECT name FROM organizations WHERE slug = 'o-hara'"), Is.EqualTo(new[] { Name }));
        Assert.That(await _database.ScalarAsync<long>("SELECT count(*) FROM dsos JOIN organizations o ON o.id = org_id WHERE o.slug = 'o-hara'"), Is.EqualTo(5));
    }

    [Test]
    public async Task That_name_another_organization_after_a_way_back_find_everything_where_it_was()
    {
        await _database.MigrateAsync();
        await _database.ExecuteAsync("INSERT INTO organizations (name, slug) VALUES ('Third', 'third'); UPDATE dsos SET org_id = o.id FROM organizations AS o WHERE o.slug = 'third' AND dsos.id::text LIKE '%1'");
        const string Places = "SELECT concat_ws(' ', d.id, o.id, o.name, d.updated_at) FROM dsos AS d JOIN organizations AS o ON o.id = d.org_id ORDER BY 1";
        var before = await _database.ColumnAsync<string>(Places);
        await _database.RevertAsync(DownTarget.All);
        var another = new Tenancy { OrganizationName = "Another", OrganizationSlug = "another" };

        await _database.MigrateAsync(tenancy: another);

        Assert.That(await _database.ColumnAsync<string>(Places), Is.EqualTo(before));
        await _database.ExecuteAsync("INSERT INTO dsos (name) VALUES ('new')");
        Assert.That(await _database.ScalarAsync<string>("SELECT o.slug FROM dsos AS d JOIN organizations AS o ON o.id = d.org_id WHERE d.name = 'new'"), Is.EqualTo("another"));
        Assert.That(await Members(), Has.Count.EqualTo(4), "owner and admin of both");
    }

    [Test]
    public async Task Whose_slug_comes_back_with_an_organization_of_somebody_else_are_refused()
    {
        await _database.MigrateAsync();
        await _database.ExecuteAsync($"""
            INSERT INTO organizations (id, name, slug) VALUES ('0b000000-0000-4000-8000-000000000000', 'Of one whose creator is gone', 'strangers');
            INSERT INTO org_members (org_id, user_id, role) VALUES ('0b000000-0000-4000-8000-000000000000', '{People.Odd}', 'owner')
            """);
        await _database.RevertAsync(DownTarget.All);

        Assert.That(
            () => _database.MigrateAsync(tenancy: new Tenancy { OrganizationSlug = "strangers" }, preflight: MissingUsers.Refuse),
            Throws.TypeOf<MigrationFailedException>().With.Message.Contains("belongs to somebody else"));

        await _database.MigrateAsync();
        Assert.That(await _database.ScalarAsync<long>("SELECT count(*) FROM dsos AS d JOIN organizations AS o ON o.id = d.org_id WHERE o.slug = 'all-solutions-consulting'"), Is.EqualTo(5));
    }

    [Test]
    public async Task Are_told_how_many_users_have_no_profile()
    {
        var events = new Events();
        await _database.MigrateAsync(progress: events);

        Assert.That(events.All.OfType<MessageReported>().Select(note => note.Text), Has.Member("Users without an e-mail address have no profile: 2"));
    }

    private Task<IReadOnlyList<string>> Members() => _database.ColumnAsync<string>("SELECT user_id || ' ' || role FROM org_members ORDER BY 1");
}
