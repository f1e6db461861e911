using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>Objects of the application that the server would not let a way down drop something under.</summary>
public sealed class ObjectsThatDependOnOurs : GrownTest
{
    [TestCase("CREATE VIEW v AS SELECT org_id FROM dsos", "view v")]
    [TestCase("CREATE VIEW v AS SELECT * FROM organizations; CREATE VIEW w AS SELECT * FROM v", "view v")]
    [TestCase("CREATE MATERIALIZED VIEW m AS SELECT user_id, count(*) FROM org_members GROUP BY 1", "materialized view m")]
    [TestCase("CREATE POLICY p ON doctors USING (EXISTS (SELECT FROM dsos AS d WHERE d.id = dso_id AND d.org_id IS NOT NULL))", "policy p")]
    [TestCase("CREATE POLICY p ON tasks USING (EXISTS (SELECT FROM org_members AS m WHERE m.user_id = auth.uid()))", "policy p")]
    [TestCase("CREATE POLICY p ON dsos USING (org_id IS NOT NULL)", "policy p")]
    [TestCase("ALTER TABLE dsos ADD COLUMN tenant text GENERATED ALWAYS AS ('t' || org_id::text) STORED", "column tenant")]
    [TestCase("CREATE FUNCTION f() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM user_profiles)", "function f()")]
    [TestCase("CREATE FUNCTION f() RETURNS bigint LANGUAGE sql RETURN (SELECT count(org_id) FROM dsos)", "function f()")]
    [TestCase("CREATE TRIGGER t BEFORE UPDATE OF org_id ON dsos FOR EACH ROW EXECUTE FUNCTION "
        + "suppress_redundant_updates_trigger()", "trigger t")]
    [TestCase("CREATE TRIGGER t BEFORE UPDATE ON dsos FOR EACH ROW WHEN (OLD.org_id <> NEW.org_id) EXECUTE FUNCTION "
        + "suppress_redundant_updates_trigger()", "trigger t")]
    [TestCase("CREATE PUBLICATION p FOR TABLE dsos (id, org_id) WITH (publish = 'insert')", "publication")]
    [TestCase("CREATE TABLE r (id integer PRIMARY KEY, whole organizations)", "column whole")]
    [TestCase("CREATE TABLE r (id integer PRIMARY KEY, all_of_them user_profiles[])", "column all_of_them")]
    [TestCase("CREATE FUNCTION f(o organizations) RETURNS text LANGUAGE sql AS 'SELECT $1.name'", "function f(")]
    [TestCase("CREATE TABLE r (id uuid PRIMARY KEY REFERENCES organizations)", "r_id_fkey")]
    [TestCase("ALTER TABLE dsos ADD UNIQUE (id, org_id); "
        + "CREATE TABLE r (a uuid, b uuid, FOREIGN KEY (a, b) REFERENCES dsos (id, org_id))", "r_a_b_fkey")]
    [TestCase("CREATE RULE r AS ON INSERT TO tasks DO ALSO SELECT count(*) FROM organizations", "rule r")]
    [TestCase("""
        CREATE VIEW v WITH (security_invoker) AS SELECT id, name FROM organizations; GRANT SELECT (id), UPDATE ON v TO authenticated;
        REVOKE ALL ON v FROM anon; COMMENT ON VIEW v IS 'ours'; COMMENT ON COLUMN v.id IS 'theirs'; ALTER VIEW v ALTER COLUMN name SET DEFAULT 'x';
        CREATE TRIGGER t INSTEAD OF UPDATE ON v FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
        CREATE MATERIALIZED VIEW m AS SELECT name, count(*) FROM v GROUP BY 1 WITH NO DATA; CREATE UNIQUE INDEX i ON m (name);
        COMMENT ON MATERIALIZED VIEW m IS 'counted';
        CREATE FUNCTION f() RETURNS SETOF v LANGUAGE sql AS 'SELECT * FROM public.v'; REVOKE EXECUTE ON FUNCTION f FROM PUBLIC;
        COMMENT ON FUNCTION f IS 'all';
        """, "view v")]
    [TestCase("CREATE VIEW v AS SELECT id FROM dsos WHERE org_id IS NOT NULL; CREATE VIEW w AS SELECT v.id FROM v JOIN dsos AS d USING (id) WHERE d.org_id IS NOT NULL", "view w")]
    [TestCase("CREATE POLICY p ON tasks AS RESTRICTIVE FOR INSERT TO anon WITH CHECK (EXISTS (SELECT FROM organizations))", "policy p")]
    [TestCase("ALTER TABLE tasks ADD COLUMN whose text DEFAULT 'organizations'::regclass::text", "default value")]
    public async Task Are_named_before_the_first_step_with_sql_that_gets_by(string sql, string name)
    {
        await Database.ExecuteAsync(sql);
        var before = await Database.FingerprintAsync();
        var findings = await AssertRefusedAsync(() => Database.RevertAsync(DownTarget.All), name);
        var remedies = findings.Where(finding => finding.Id == "object-depends").Select(finding => finding.Remedy).Distinct()
            .Select(remedy => remedy[..remedy.LastIndexOf("Or leave ", StringComparison.Ordinal)].Split("-- later again:")).ToList();

        foreach (var remedy in remedies)
            await Database.ExecuteAsync(remedy[0]);
        await Database.RevertAsync(DownTarget.All);
        await Database.MigrateAsync();
        foreach (var remedy in remedies)
            await Database.ExecuteAsync(remedy[1]);

        Assert.That((await Database.FingerprintAsync()).LossesFrom(before), Is.Empty);
    }

    [TestCase("CREATE DOMAIN d AS organizations", "type d")]
    [TestCase("CREATE PUBLICATION p FOR TABLE dsos WHERE (org_id IS NOT NULL) WITH (publish = 'insert')", "publication")]
    [TestCase("CREATE TABLE c () INHERITS (org_members)", "table c")]
    public async Task Of_other_kinds_are_named_all_the_same(string sql, string name)
    {
        await Database.ExecuteAsync(sql);

        await AssertRefusedAsync(() => Database.RevertAsync(DownTarget.All), name);
    }

    [Test]
    public async Task Are_all_named_at_once()
    {
        await Database.ExecuteAsync("""
            CREATE VIEW v AS SELECT org_id FROM dsos;
            CREATE TABLE r (id uuid PRIMARY KEY REFERENCES organizations);
            CREATE POLICY p ON tasks USING (EXISTS (SELECT FROM org_members AS m WHERE m.user_id = auth.uid()));
            """);

        var findings = await AssertRefusedAsync(() => Database.RevertAsync(DownTarget.All), "view v", "r_id_fkey", "policy p");

        Assert.That(findings.Where(finding => finding.Severity == Severity.Error).ToList(), Has.Count.EqualTo(3));
        Assert.That((await RemovalsAsync(DownTarget.All)).Obstacles, Has.Count.EqualTo(3));
    }

    [TestCase("CREATE VIEW v AS SELECT * FROM organizations")]
    [TestCase("CREATE TABLE r (id integer PRIMARY KEY, whole organizations)")]
    [TestCase("CREATE POLICY p ON tasks USING (EXISTS (SELECT FROM org_members AS m WHERE m.user_id = auth.uid()))")]
    public async Task Of_tables_that_stay_are_no_obstacle(string sql)
    {
        await Database.ExecuteAsync(sql);

        await AssertComesBackAsync(ToTables);
    }

    [TestCase("org_members")]
    [TestCase("user_profiles")]
    public async Task That_inherit_are_let_go_by_the_remedy(string table)
    {
        await Database.ExecuteAsync($"CREATE TABLE heirs () INHERITS ({table})");
        var findings = await AssertRefusedAsync(() => Database.RevertAsync(DownTarget.All), "table heirs");
        var remedy = findings.Single(finding => finding.Severity == Severity.Error).Remedy.Split("; -- later again: ");

        await Database.ExecuteAsync(remedy[0]);
        await Database.RevertAsync(DownTarget.All);
        await Database.MigrateAsync();
        await Database.ExecuteAsync(remedy[1][..(remedy[1].LastIndexOf(';') + 1)]);

        Assert.That(await Database.ScalarAsync<string>("SELECT inhparent::regclass::text FROM pg_inherits"), Is.EqualTo(table));
    }

    [Test]
    public async Task Are_made_again_without_running_what_their_owner_wrote_as_somebody_else()
    {
        var owner = $"stranger_{Guid.NewGuid():N}";
        await Database.ExecuteAsSuperuserAsync($"""
            CREATE ROLE {owner}; GRANT CREATE ON SCHEMA public TO {owner}; GRANT SELECT ON public.organizations TO {owner};
            SET ROLE {owner};
            CREATE FUNCTION public.who() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN current_user; END $$;
            CREATE MATERIALIZED VIEW public.m AS SELECT id, public.who() AS who FROM public.organizations;
            """);
        try
        {
            var findings = await AssertRefusedAsync(() => Database.RevertAsync(DownTarget.All), "materialized view m");
            var remedy = findings.Single(finding => finding.Severity == Severity.Error).Remedy.Split("-- later again:");

            await Database.ExecuteAsSuperuserAsync(remedy[0]);
            await Database.ExecuteAsSuperuserAsync(remedy[1]);

            await using var superuser = await Stranger.ConnectAsync(Database.SuperuserConnectionString);
            Assert.That(await superuser.Connection.ScalarAsync<string>("SELECT DISTINCT who FROM public.m"), Is.EqualTo(owner));
        }
        finally
        {
            await Database.ExecuteAsSuperuserAsync($"DROP OWNED BY {owner} CASCADE; DROP ROLE {owner}");
        }
    }

    [Test]
    public async Task Leave_no_line_of_a_plan_that_is_not_a_comment()
    {
        await Database.ExecuteAsync("CREATE VIEW v AS SELECT id AS \"x\n\\! touch pwned\n\" FROM organizations");
        using var program = new ProgramUnderTest(Database);

        var plan = (await program.RunAsync(0, "plan", "--down", "0")).Output;

        Assert.That(plan.Split('\n').Where(line => line.Contains("pwned", StringComparison.Ordinal)), Is.Not.Empty.And.All.StartsWith("--"));
    }

    [TestCase("ALTER TABLE dsos RENAME COLUMN org_id TO organization_id", "ALTER TABLE dsos RENAME COLUMN organization_id TO org_id")]
    [TestCase("ALTER TABLE organizations RENAME COLUMN slug TO handle", "ALTER TABLE organizations RENAME COLUMN handle TO slug")]
    [TestCase("ALTER TABLE org_members RENAME COLUMN user_id TO member", "ALTER TABLE org_members RENAME COLUMN member TO user_id")]
    [TestCase("ALTER TABLE user_profiles RENAME TO people", "ALTER TABLE people RENAME TO user_profiles")]
    [TestCase("CREATE SCHEMA elsewhere; ALTER TABLE user_profiles SET SCHEMA elsewhere", "ALTER TABLE elsewhere.user_profiles SET SCHEMA public")]
    public async Task Ours_under_another_name_refuse_the_way_down(string sql, string back)
    {
        await Database.ExecuteAsync(sql);

        await AssertRefusedAsync(() => Database.RevertAsync(DownTarget.All), "is not there");

        await Database.ExecuteAsync(back);
        await AssertComesBackAsync(DownTarget.All);
    }

    [Test]
    public async Task Are_known_to_a_version_whose_functions_are_not_installed_yet()
    {
        await Database.ExecuteAsync("CREATE VIEW v AS SELECT name FROM organizations; COMMENT ON VIEW orgschema.foreign_key IS 'another version'");

        var obstacle = (await RemovalsAsync(DownTarget.All)).Obstacles.Single();

        Assert.That(obstacle.Remedy, Does.Contain("CREATE OR REPLACE VIEW public.v"));
        Assert.That(await Database.ScalarAsync<string>("SELECT obj_description('orgschema.foreign_key'::regclass)"), Is.EqualTo("another version"));
    }

    [Test]
    public async Task A_table_of_an_owner_who_cannot_have_it_back_refuses_the_way_down()
    {
        var owner = $"stranger_{Guid.NewGuid():N}";
        await Database.ExecuteAsSuperuserAsync($"CREATE ROLE {owner}; ALTER TABLE public.organizations OWNER TO {owner}");
        try
        {
            var findings = await AssertRefusedAsync(() => Database.RevertAsync(DownTarget.All), $"belongs to {owner}");
            var remedy = findings.Single(finding => finding.Id == "owner-out-of-reach").Remedy;
            await Database.ExecuteAsSuperuserAsync(remedy[..(remedy.IndexOf(';', StringComparison.Ordinal) + 1)]);

            await AssertComesBackAsync(DownTarget.All);
        }
        finally
        {
            await Database.ExecuteAsSuperuserAsync($"DROP OWNED BY {owner} CASCADE; DROP ROLE {owner}");
        }
    }

    [Test]
    public async Task A_value_that_somebody_has_taken_away_is_announced()
    {
        await Database.ExecuteAsync("ALTER TABLE dsos ALTER org_id DROP NOT NULL; UPDATE dsos SET org_id = NULL WHERE id = (SELECT id FROM dsos LIMIT 1)");

        var report = await RemovalsAsync(DownTarget.All);

        Assert.That(report.Obstacles.Select(finding => (finding.Id, finding.Severity)), Is.EqualTo(new[] { ("null-filled", Severity.Warning) }));
        using var program = new ProgramUnderTest(Database);
        Assert.That((await program.RunAsync(0, "migrate", "down", "--all")).Output, Does.Contain("null-filled"));
    }
}
