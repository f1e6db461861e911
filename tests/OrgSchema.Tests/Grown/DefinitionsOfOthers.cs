using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>Others have put columns and definitions on the tables of the migrations.</summary>
public sealed class DefinitionsOfOthers : GrownTest
{
    private const string Plan = "ALTER TABLE organizations ADD COLUMN plan text; UPDATE organizations SET plan = 'gold'";

    [TestCase(Plan)]
    [TestCase("ALTER TABLE org_members ADD COLUMN number serial, ADD COLUMN title text NOT NULL DEFAULT 'none', ADD COLUMN long "
        + "text GENERATED ALWAYS AS (role || '!') STORED")]
    [TestCase("CREATE TABLE plans (id integer PRIMARY KEY); INSERT INTO plans VALUES (7); "
        + "ALTER TABLE organizations ADD COLUMN plan integer DEFAULT 7 REFERENCES plans")]
    [TestCase("CREATE TYPE tier AS ENUM ('gold'); ALTER TABLE user_profiles ADD COLUMN tier tier DEFAULT 'gold', ADD COLUMN tiers tier[]")]
    [TestCase("ALTER TABLE organizations ENABLE ROW LEVEL SECURITY; "
        + "CREATE POLICY p ON organizations TO authenticated USING (created_by = auth.uid())")]
    [TestCase("ALTER TABLE org_members ENABLE ROW LEVEL SECURITY; "
        + "CREATE POLICY p ON org_members USING (EXISTS (SELECT FROM organizations AS o WHERE o.id = org_id))")]
    [TestCase("CREATE INDEX ON organizations (lower(name)) WHERE created_by IS NOT NULL; "
        + "CREATE UNIQUE INDEX ON org_members (user_id, org_id DESC)")]
    [TestCase("CREATE TRIGGER t BEFORE UPDATE ON org_members FOR EACH ROW EXECUTE FUNCTION "
        + "suppress_redundant_updates_trigger(); ALTER TABLE org_members DISABLE TRIGGER t")]
    [TestCase("GRANT SELECT ON organizations TO authenticated; GRANT UPDATE (name) ON user_profiles TO anon WITH GRANT OPTION; "
        + "REVOKE ALL ON org_members FROM service_role")]
    [TestCase("COMMENT ON TABLE organizations IS 'It''s'; COMMENT ON COLUMN org_members.role IS 'R'; "
        + "COMMENT ON CONSTRAINT org_members_role_check ON org_members IS 'C'")]
    [TestCase("CREATE PUBLICATION p FOR TABLE organizations, org_members (id, role) WITH (publish = 'insert')")]
    [TestCase("CREATE STATISTICS s ON name, slug FROM organizations; "
        + "ALTER TABLE user_profiles ALTER COLUMN email SET STATISTICS 1000; ALTER TABLE org_members SET (fillfactor = 50)")]
    [TestCase("ALTER TABLE organizations ALTER COLUMN name SET DEFAULT 'new', ALTER COLUMN created_at SET NOT NULL; "
        + "ALTER TABLE organizations REPLICA IDENTITY FULL")]
    [TestCase("ALTER TABLE organizations ADD CHECK (name <> ''), ADD EXCLUDE (name WITH =); "
        + "ALTER TABLE user_profiles ADD UNIQUE (id, email)")]
    public async Task Come_back(string sql)
    {
        await Database.ExecuteAsync(sql);

        await AssertComesBackAsync(DownTarget.All);
        await AssertComesBackAsync(ToTables);
    }

    // What no fingerprint of a schema shows.
    [TestCase("CREATE RULE r AS ON UPDATE TO user_profiles WHERE false DO ALSO SELECT 1; ALTER TABLE user_profiles DISABLE RULE r; "
        + "COMMENT ON RULE r ON user_profiles IS 'a rule'",
        "SELECT ev_enabled::text || obj_description(oid, 'pg_rewrite') FROM pg_rewrite WHERE rulename = 'r'", "Da rule")]
    [TestCase("CREATE RULE r AS ON DELETE TO org_members WHERE false DO ALSO SELECT 1; ALTER TABLE org_members ENABLE ALWAYS RULE r",
        "SELECT ev_enabled::text FROM pg_rewrite WHERE rulename = 'r'", "A")]
    [TestCase("ALTER TABLE organizations ADD COLUMN n serial; COMMENT ON SEQUENCE organizations_n_seq IS 'numbers'",
        "SELECT obj_description('organizations_n_seq'::regclass)", "numbers")]
    [TestCase("CREATE INDEX x ON organizations (lower(name)); ALTER INDEX x ALTER COLUMN 1 SET STATISTICS 55",
        "SELECT attstattarget::text FROM pg_attribute WHERE attrelid = 'x'::regclass", "55")]
    [TestCase("CREATE STATISTICS s ON name, slug FROM organizations; ALTER STATISTICS s SET STATISTICS 44",
        "SELECT stxstattarget::text FROM pg_statistic_ext WHERE stxname = 's'", "44")]
    public async Task Come_back_with_their_settings(string sql, string question, string answer)
    {
        await Database.ExecuteAsync(sql);

        await AssertComesBackAsync(DownTarget.All);

        Assert.That(await Database.ScalarAsync<string>(question), Is.EqualTo(answer));
    }

    // The index and the key of dsos are dropped by migrations of their own, before the column; the table stays.
    [TestCase("COMMENT ON INDEX idx_dsos_org_id IS 'mine'", "SELECT obj_description('idx_dsos_org_id'::regclass, 'pg_class')", "mine")]
    [TestCase("COMMENT ON CONSTRAINT dsos_org_id_fkey ON dsos IS 'It''s mine'",
        "SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conname = 'dsos_org_id_fkey'", "It's mine")]
    [TestCase("ALTER TABLE dsos CLUSTER ON idx_dsos_org_id",
        "SELECT indisclustered::text FROM pg_index WHERE indexrelid = 'idx_dsos_org_id'::regclass", "true")]
    public async Task On_what_the_migrations_give_another_table_come_back(string sql, string question, string answer)
    {
        await Database.ExecuteAsync(sql);

        foreach (var target in new[] { DownTarget.All, DownTarget.Above(20260226000500), DownTarget.Above(20260226000600) })
        {
            await AssertComesBackAsync(target);
            Assert.That(await Database.ScalarAsync<string>(question), Is.EqualTo(answer), $"{target}");
        }
    }

    [TestCase("ALTER TABLE dsos ALTER CONSTRAINT dsos_org_id_fkey DEFERRABLE", "constraint dsos_org_id_fkey")]
    [TestCase("ALTER TABLE dsos DROP CONSTRAINT dsos_org_id_fkey, ADD CONSTRAINT dsos_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations "
        + "ON DELETE CASCADE ON UPDATE CASCADE", "constraint dsos_org_id_fkey")]
    [TestCase("ALTER TABLE dsos DROP CONSTRAINT dsos_org_id_fkey, ADD CONSTRAINT dsos_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations "
        + "NOT VALID", "constraint dsos_org_id_fkey")]
    [TestCase("ALTER INDEX idx_dsos_org_id SET (fillfactor = 70)", "index idx_dsos_org_id")]
    [TestCase("DROP INDEX idx_dsos_org_id; CREATE INDEX idx_dsos_org_id ON dsos (org_id, id)", "index idx_dsos_org_id")]
    [TestCase("ALTER TABLE dsos ALTER org_id SET DEFAULT '11111111-0000-4000-8000-000000000001'", "column default org_id")]
    public async Task That_differ_from_what_the_migration_makes_come_back_each_time(string sql, string definition)
    {
        await Database.ExecuteAsync(sql);
        var listed = (await RemovalsAsync(DownTarget.All)).Removals.SelectMany(removal => removal.Definitions);
        Assert.That(listed.Where(listed => listed == definition), Has.Exactly(1).Items);

        await AssertComesBackAsync(DownTarget.All);
        await AssertComesBackAsync(DownTarget.Above(20260226000400));
    }

    [Test]
    public async Task Of_a_key_that_no_longer_fit_leave_the_key_of_the_migration()
    {
        await Database.ExecuteAsync("""
            CREATE FUNCTION fits(uuid) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
            DROP INDEX idx_dsos_org_id; CREATE INDEX idx_dsos_org_id ON dsos (org_id) WHERE fits(id);
            """);
        await Database.RevertAsync(DownTarget.All);
        await Database.ExecuteAsync("DROP FUNCTION fits");

        await Database.MigrateAsync();

        Assert.That(await Database.ScalarAsync<string>("SELECT pg_get_indexdef('idx_dsos_org_id'::regclass)"), Does.EndWith("(org_id)"));
        Assert.That(await Database.ScalarAsync<string>("SELECT kept_because FROM orgschema.archive_definition"), Is.Not.Null);
    }

    [TestCase("ALTER TABLE org_members DROP CONSTRAINT org_members_role_check, ADD CONSTRAINT org_members_role_check CHECK (role <> ''); "
        + "UPDATE org_members SET role = 'viewer' WHERE role <> 'owner'")]
    [TestCase("ALTER TABLE org_members DROP CONSTRAINT org_members_role_check; UPDATE org_members SET role = 'viewer' WHERE role <> 'owner'")]
    [TestCase("DROP INDEX idx_org_members_user_id; CREATE INDEX idx_org_members_user_id ON org_members (user_id, role)")]
    [TestCase("DROP INDEX idx_org_members_user_id")]
    [TestCase("ALTER TABLE org_members ALTER CONSTRAINT org_members_user_id_fkey DEFERRABLE INITIALLY DEFERRED")]
    [TestCase("ALTER TABLE organizations RENAME CONSTRAINT organizations_created_by_fkey TO created_fk")]
    [TestCase("DROP TRIGGER update_organizations_updated_at ON organizations")]
    public async Task Are_ours_no_more_and_come_back(string sql)
    {
        await Database.ExecuteAsync(sql);

        await AssertComesBackAsync(DownTarget.All);
    }

    [Test]
    public async Task Are_listed_before_the_question()
    {
        await Database.ExecuteAsync($"""
            {Plan};
            COMMENT ON TABLE organizations IS 'c';
            CREATE INDEX by_name ON organizations (name);
            GRANT SELECT ON organizations TO authenticated;
            """);

        var removal = (await RemovalsAsync(DownTarget.All)).Removals.Single(removal => removal.What == "public.organizations");

        var expected = new[] { "column plan", "comment TABLE public.organizations", "index by_name", "grant SELECT to authenticated" };
        Assert.That(removal.Definitions, Is.EquivalentTo(expected));
    }

    [Test]
    public async Task Wait_in_the_archive_with_their_values_until_they_fit()
    {
        await Database.ExecuteAsync("""
            CREATE TYPE tier AS ENUM ('gold');
            ALTER TABLE organizations ADD COLUMN tier tier, ADD COLUMN note text;
            UPDATE organizations SET tier = 'gold', note = 'kept';
            CREATE INDEX by_tier ON organizations (tier);
            """);
        var before = await Database.FingerprintAsync();
        await Database.RevertAsync(DownTarget.All);
        await Database.ExecuteAsync("DROP TYPE tier");
        await using (var migrator = Database.Migrator())
        {
            await migrator.UpAsync(null, default);
            var kept = (await migrator.ArchivesAsync(default)).SelectMany(archive => archive.Definitions).ToList();
            var names = kept.Select(definition => $"{definition.Kind} {definition.Name}");
            Assert.That(names, Is.EquivalentTo(new[] { "column tier", "index by_tier" }));
            Assert.That(kept[0].KeptBecause, Does.Contain("tier").And.Contain("does not exist"));
        }

        Assert.That(await Database.ScalarAsync<string>("SELECT note FROM organizations"), Is.EqualTo("kept"), "the rest is back");
        await Database.ExecuteAsync("CREATE TYPE tier AS ENUM ('gold')");
        await Database.RevertAsync(DownTarget.All);
        await Database.MigrateAsync();

        Assert.That(await Database.ScalarAsync<string>("SELECT tier || ' ' || note FROM organizations"), Is.EqualTo("gold kept"));
        (await Database.FingerprintAsync()).Where(line => line.Text.Contains("by_tier", StringComparison.Ordinal)).AssertSameAs(
            before.Where(line => line.Text.Contains("by_tier", StringComparison.Ordinal)));
    }

    // No provider of labels comes with the server: the label is put into the catalog, and cannot be made again.
    [TestCase("organizations", 0, "TABLE public.organizations")]
    [TestCase("org_members", 4, "COLUMN public.org_members.role")]
    [TestCase("dsos", 0, null)]
    public async Task Security_labels_are_archived(string table, int column, string? archived)
    {
        await Database.ExecuteAsSuperuserAsync($"""
            SET allow_system_table_mods = on;
            INSERT INTO pg_seclabel VALUES ('{table}'::regclass, 'pg_class'::regclass, {column}, 'anon', 'MASKED');
            """);
        await Database.RevertAsync(DownTarget.All);
        await Database.MigrateAsync();

        await using var migrator = Database.Migrator();
        var kept = (await migrator.ArchivesAsync(default)).SelectMany(archive => archive.Definitions).ToList();
        string[] labels = archived is null ? [] : [$"SECURITY LABEL FOR anon ON {archived} IS 'MASKED'"];
        Assert.That(kept.Select(definition => definition.Sql), Is.EqualTo(labels));
        Assert.That(kept.Select(definition => definition.KeptBecause), Has.All.Contains("is not loaded"));
    }

    [Test]
    public async Task That_open_a_table_wait_for_those_that_protect_it()
    {
        await Database.ExecuteAsync("""
            CREATE FUNCTION guard() RETURNS boolean LANGUAGE plpgsql STABLE AS 'BEGIN RETURN false; END';
            ALTER TABLE user_profiles ENABLE ROW LEVEL SECURITY;
            CREATE POLICY closed ON user_profiles AS RESTRICTIVE USING (guard());
            CREATE POLICY open ON user_profiles USING (true);
            GRANT SELECT ON user_profiles TO anon;
            """);
        await Database.RevertAsync(DownTarget.All);
        await Database.ExecuteAsync("DROP FUNCTION guard()");

        await Database.MigrateAsync();

        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM pg_policy WHERE polrelid = 'user_profiles'::regclass"), Is.Zero);
        Assert.That(await Database.ScalarAsync<bool>("SELECT has_table_privilege('anon', 'user_profiles', 'SELECT')"), Is.False);
    }
}
