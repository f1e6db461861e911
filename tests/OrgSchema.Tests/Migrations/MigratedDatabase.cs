using Npgsql;
using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

[TestFixture(GrantRegime.Automatic)]
[TestFixture(GrantRegime.Explicit)]
public sealed class MigratedDatabase(GrantRegime regime)
{
    private const string Default = "SELECT id FROM organizations WHERE slug = 'all-solutions-consulting'";

    private LiveDatabase _database = null!;

    [SetUp]
    public async Task Migrate()
    {
        _database = await LiveDatabase.CreateAsync(regime);
        await _database.MigrateAsync();
    }

    [TearDown]
    public async Task Drop() => await _database.DisposeAsync();

    [Test]
    public async Task Answers_the_questions_of_the_seed()
    {
        var baseline = await BaselineAccess();

        Assert.Multiple(async () =>
        {
            Assert.That(
                await _database.ColumnAsync<string>("SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' AND table_name IN ('organizations', 'org_members', 'user_profiles') ORDER BY 1"),
                Is.EqualTo(new[] { "org_members", "organizations", "user_profiles" }));
            Assert.That(
                await _database.ColumnAsync<string>("SELECT name || ', ' || slug || ', ' || created_by FROM organizations"),
                Is.EqualTo(new[] { $"All Solutions Consulting, all-solutions-consulting, {People.Owner}" }));
            Assert.That(await _database.ScalarAsync<long>($"SELECT count(*) FROM dsos WHERE org_id = ({Default})"), Is.EqualTo(5));
            Assert.That(await _database.ScalarAsync<long>("SELECT count(*) FROM dsos"), Is.EqualTo(5));
            Assert.That(
                await _database.ColumnAsync<string>($"SELECT user_id || ' ' || role FROM org_members WHERE org_id = ({Default}) ORDER BY role DESC"),
                Is.EqualTo(new[] { $"{People.Owner} owner", $"{People.Admin} admin" }));
            Assert.That(await _database.ScalarAsync<long>("SELECT count(*) FROM org_members"), Is.EqualTo(2));
            Assert.That(await _database.ColumnAsync<string>("SELECT a::text FROM user_dso_access a ORDER BY 1"), Is.EqualTo(baseline.Where(row => !row.Contains(People.Revoked, StringComparison.Ordinal))));
            Assert.That(baseline.Count(row => row.Contains(People.Revoked, StringComparison.Ordinal)), Is.EqualTo(5));
        });
    }

    [Test]
    public async Task Has_a_profile_for_every_user_with_an_address_and_for_nobody_else()
    {
        Assert.That(
            await _database.ColumnAsync<Guid>("SELECT id FROM user_profiles ORDER BY 1"),
            Is.EqualTo(await _database.ColumnAsync<Guid>("SELECT id FROM auth.users WHERE email <> '' ORDER BY 1")).And.Count.EqualTo(7));
        Assert.That(await _database.ScalarAsync<long>("SELECT count(*) FROM user_profiles p JOIN auth.users u USING (id) WHERE p.email IS DISTINCT FROM u.email"), Is.Zero);
    }

    [TestCase(People.Owner, "Alan Hsieh", Description = "from name")]
    [TestCase(People.Admin, "Claudia", Description = "from full_name")]
    [TestCase(People.Revoked, null, Description = "neither")]
    [TestCase(People.Odd, "Zoë O'Brien \"Ωmega\" \u202E; DROP TABLE dsos;--", Description = "intact")]
    public async Task Takes_the_name_as_the_user_gave_it(string user, string? name) =>
        Assert.That(await _database.ScalarAsync<string>($"SELECT name FROM user_profiles WHERE id = '{user}'"), Is.EqualTo(name));

    [Test]
    public async Task Has_every_name_to_the_letter()
    {
        Assert.That(
            await _database.ColumnAsync<string>("""
                SELECT format('%s %s', c.conname, pg_get_constraintdef(c.oid)) FROM pg_constraint c
                WHERE c.conrelid IN ('organizations'::regclass, 'org_members'::regclass, 'user_profiles'::regclass) AND c.contype <> 'n'
                    OR c.conrelid = 'dsos'::regclass AND c.contype <> 'n' ORDER BY 1
                """),
            Is.EqualTo(new[]
            {
                "dsos_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations(id) ON DELETE RESTRICT",
                "dsos_pkey PRIMARY KEY (id)",
                "idx_organizations_slug UNIQUE (slug)",
                "org_members_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations(id) ON DELETE CASCADE",
                "org_members_org_id_user_id_key UNIQUE (org_id, user_id)",
                "org_members_pkey PRIMARY KEY (id)",
                "org_members_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text])))",
                "org_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE",
                "organizations_created_by_fkey FOREIGN KEY (created_by) REFERENCES auth.users(id) ON DELETE SET NULL",
                "organizations_pkey PRIMARY KEY (id)",
                "user_profiles_id_fkey FOREIGN KEY (id) REFERENCES auth.users(id) ON DELETE CASCADE",
                "user_profiles_pkey PRIMARY KEY (id)",
            }));
        Assert.That(
            await _database.ColumnAsync<string>("SELECT indexname::text FROM pg_indexes WHERE schemaname = 'public' AND tablename IN ('organizations', 'org_members', 'user_profiles', 'dsos') ORDER BY 1"),
            Is.EqualTo(new[]
            {
                "dsos_pkey", "idx_dsos_org_id", "idx_org_members_org_id", "idx_org_members_user_id", "idx_organizations_created_by", "idx_organizations_slug",
                "org_members_org_id_user_id_key", "org_members_pkey", "organizations_pkey", "user_profiles_pkey",
            }));
        Assert.That(
            await _database.ColumnAsync<string>("SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN ('organizations'::regclass, 'org_members'::regclass, 'user_profiles'::regclass, 'dsos'::regclass) ORDER BY 1"),
            Is.EqualTo(new[] { "fill_dsos_org_id", "update_dsos_updated_at", "update_organizations_updated_at", "update_user_profiles_updated_at" }));
    }

    [Test]
    public async Task Has_the_columns_of_the_seed()
    {
        Assert.That(
            await _database.ColumnAsync<string>("""
                SELECT concat_ws(' ', table_name || '.' || column_name, data_type, CASE is_nullable WHEN 'NO' THEN 'not null' END, 'default ' || column_default)
                FROM information_schema.columns
                WHERE table_schema = 'public' AND (table_name IN ('organizations', 'org_members', 'user_profiles') OR table_name = 'dsos' AND column_name = 'org_id')
                ORDER BY table_name, ordinal_position
                """),
            Is.EqualTo(new[]
            {
                "dsos.org_id uuid not null",
                "org_members.id uuid not null default gen_random_uuid()",
                "org_members.org_id uuid not null",
                "org_members.user_id uuid not null",
                "org_members.role text not null default 'member'::text",
                "org_members.joined_at timestamp with time zone default now()",
                "organizations.id uuid not null default gen_random_uuid()",
                "organizations.name text not null",
                "organizations.slug text not null",
                "organizations.created_by uuid",
                "organizations.created_at timestamp with time zone default now()",
                "organizations.updated_at timestamp with time zone default now()",
                "user_profiles.id uuid not null",
                "user_profiles.email text not null",
                "user_profiles.name text",
                "user_profiles.created_at timestamp with time zone default now()",
                "user_profiles.updated_at timestamp with time zone default now()",
            }));
    }

    [Test]
    public async Task Keeps_updated_at_of_the_new_tables_current()
    {
        await _database.ExecuteAsync("""
            ALTER TABLE organizations DISABLE TRIGGER USER; UPDATE organizations SET updated_at = '2020-01-01'; ALTER TABLE organizations ENABLE TRIGGER USER;
            ALTER TABLE user_profiles DISABLE TRIGGER USER; UPDATE user_profiles SET updated_at = '2020-01-01'; ALTER TABLE user_profiles ENABLE TRIGGER USER;
            UPDATE organizations SET name = name; UPDATE user_profiles SET name = name;
            """);

        Assert.That(await _database.ScalarAsync<long>("SELECT (SELECT count(*) FROM organizations WHERE updated_at < '2021-01-01') + (SELECT count(*) FROM user_profiles WHERE updated_at < '2021-01-01')"), Is.Zero);
    }

    [Test]
    public void Refuses_to_delete_an_organization_that_has_DSOs() =>
        Assert.That(
            () => _database.ExecuteAsync("DELETE FROM organizations WHERE slug = 'all-solutions-consulting'"),
            // PostgreSQL 18 tells RESTRICT (23001) from NO ACTION (23503).
            Throws.TypeOf<PostgresException>().With.Property("SqlState").AnyOf(PostgresErrorCodes.ForeignKeyViolation, PostgresErrorCodes.RestrictViolation));

    [Test]
    public async Task Keeps_its_version_table_in_lower_case_in_the_private_schema() =>
        Assert.That(await _database.ColumnAsync<long>("SELECT version FROM orgschema.schema_version ORDER BY 1"), Is.EqualTo(Migrating.BeforeContract.Select(migration => migration.Version)));

    private async Task<IReadOnlyList<string>> BaselineAccess()
    {
        await using var baseline = await LiveDatabase.CreateAsync(regime);
        return await baseline.ColumnAsync<string>("SELECT a::text FROM user_dso_access a ORDER BY 1");
    }
}
