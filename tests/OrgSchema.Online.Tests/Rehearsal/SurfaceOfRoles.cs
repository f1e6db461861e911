using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class SurfaceOfRoles : DatabaseTest
{
    private static readonly string[] Public = ["anon", "authenticated"];

    protected override string Schema => """
        GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
        CREATE TABLE public.people (id integer PRIMARY KEY, name text, team integer);
        INSERT INTO public.people VALUES (1, 'Ada', 1);
        ALTER TABLE public.people ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON public.people TO authenticated USING (name = current_setting('request.jwt.claims')::json ->> 'sub');
        GRANT SELECT, UPDATE ON public.people TO authenticated;
        GRANT ALL ON public.people TO service_role;
        CREATE SCHEMA hidden;
        CREATE TABLE hidden.secrets (id integer);
        GRANT ALL ON hidden.secrets TO anon
        """;

    [Test]
    public async Task Holds_what_each_role_can_do_with_each_object()
    {
        await Database.ExecuteAsync("""
            CREATE SEQUENCE public.numbers;
            GRANT USAGE ON SEQUENCE public.numbers TO authenticated;
            CREATE FUNCTION public.whoami() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT current_user::text';
            REVOKE ALL ON FUNCTION public.whoami() FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION public.whoami() TO anon;
            GRANT SELECT (name) ON public.people TO anon;
            """);

        var surface = await ReadAsync();

        Assert.That(surface.Lines.Where(line => line.Role != "service_role").Select(line => $"{line.Kind} {line.Subject} {line.Role} {line.What}"), Is.EqualTo(new[]
        {
            "Schema schema public anon USAGE",
            "Schema schema public authenticated USAGE",
            "Table public.people authenticated SELECT, UPDATE",
            "Column public.people.id authenticated SELECT, UPDATE",
            "Column public.people.name anon SELECT",
            "Column public.people.name authenticated SELECT, UPDATE",
            "Column public.people.team authenticated SELECT, UPDATE",
            "Function public.whoami() anon EXECUTE as postgres",
            "Sequence public.numbers authenticated USAGE",
            "RowSecurity public.people  on",
            "Policy policy own of public.people  permissive for ALL to authenticated using (name = ((current_setting('request.jwt.claims'::text))::json ->> 'sub'::text))",
        }));
        Assert.That(surface.Lines.Select(line => line.What), Has.Member("bypasses row level security"));
        Assert.That(surface.Reaches("anon", "public.people"), Is.True, "by a column");
        Assert.That(surface.Reaches("anon", "hidden.secrets"), Is.False, "without the schema a privilege is of no use");
    }

    [TestCase("ALTER TABLE public.people ADD COLUMN born integer", "public.people.born, authenticated: nothing -> SELECT, UPDATE|public.people.born, service_role: nothing -> SELECT, INSERT, UPDATE, REFERENCES")]
    [TestCase("CREATE TABLE public.teams (id integer); GRANT SELECT ON public.teams TO anon", "public.teams, anon: nothing -> SELECT|public.teams: nothing -> off")]
    [TestCase("CREATE TABLE public.teams (id integer, name text); GRANT SELECT (name) ON public.teams TO anon", "public.teams.name, anon: nothing -> SELECT|public.teams: nothing -> off")]
    [TestCase("DROP TABLE public.people", "public.people, authenticated: SELECT, UPDATE -> nothing|public.people, service_role: SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER -> nothing|public.people: on -> nothing|policy own of public.people: permissive for ALL to authenticated using (name = ((current_setting('request.jwt.claims'::text))::json ->> 'sub'::text)) -> nothing")]
    [TestCase("ALTER TABLE public.people FORCE ROW LEVEL SECURITY", "public.people: on -> forced")]
    [TestCase("REVOKE USAGE ON SCHEMA public FROM PUBLIC, authenticated; REVOKE ALL ON public.people FROM service_role", "schema public, authenticated: USAGE -> nothing|public.people, authenticated: SELECT, UPDATE -> nothing|public.people, service_role: SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER -> nothing")]
    public async Task Tells_what_has_changed(string change, string changes)
    {
        var before = await ReadAsync();
        await Database.ExecuteAsync(change);

        Assert.That(string.Join('|', (await ReadAsync()).ChangesSince(before)), Is.EqualTo(changes));
    }

    [TestCase("GRANT SELECT ON public.people TO anon", "table-open-to-api", "public.people has become reachable for anon, and no migration says so")]
    [TestCase("CREATE TABLE public.teams (id integer); GRANT INSERT ON public.teams TO PUBLIC", "table-open-to-api", "public.teams has become reachable for anon, and no migration says so|public.teams has become reachable for authenticated, and no migration says so")]
    [TestCase("CREATE VIEW public.names AS SELECT name FROM public.people; GRANT SELECT ON public.names TO anon", "table-open-to-api", "public.names has become reachable for anon, and no migration says so")]
    [TestCase("GRANT USAGE ON SCHEMA hidden TO anon", "table-open-to-api", "hidden.secrets has become reachable for anon, and no migration says so")]
    [TestCase("ALTER TABLE public.people DISABLE ROW LEVEL SECURITY", "row-security-off", "public.people has lost its row level security, and authenticated can reach it")]
    [TestCase("ALTER POLICY own ON public.people USING (EXISTS (SELECT FROM public.people AS p WHERE p.team = people.team))", "policy-reads-its-table", "The policies of public.people fail for authenticated: SELECT fails with 42P17: infinite recursion detected in policy for relation \"people\"; UPDATE fails with 42P17: infinite recursion detected in policy for relation \"people\"")]
    [TestCase("CREATE TABLE public.teams (id integer); GRANT SELECT ON public.teams TO service_role", "", "")]
    [TestCase("GRANT INSERT, DELETE ON public.people TO authenticated", "", "")] // reachable before
    public async Task Finds_what_has_been_opened(string change, string id, string messages)
    {
        var before = await ReadAsync("public", "hidden");
        await Database.ExecuteAsync(change);

        var findings = (await ReadAsync("public", "hidden")).OpenedSince(before, Public, []);

        Assert.That(string.Join('|', findings.Select(finding => finding.Message)), Is.EqualTo(messages));
        Assert.That(findings.Select(finding => (finding.Id, finding.Severity)), Is.All.EqualTo((id, Severity.Error)));
    }

    [Test]
    public async Task A_migration_says_what_it_opens_with_its_grants()
    {
        var before = await ReadAsync();
        await using var migrator = Database.Migrator(typeof(OpensTeams));
        var planned = await migrator.PlanAsync();
        await migrator.UpAsync();

        var after = await ReadAsync();
        Assert.That(after.OpenedSince(before, Public, []).Select(finding => finding.Id), Is.EqualTo(new[] { "table-open-to-api" }));
        Assert.That(after.OpenedSince(before, Public, [.. planned.SelectMany(plan => plan.Grants)]), Is.Empty);
    }

    [Test]
    public async Task Trying_policies_out_reads_no_more_than_it_must_and_changes_nothing()
    {
        await Database.ExecuteAsync("""
            CREATE TABLE public.slow (id integer);
            INSERT INTO public.slow SELECT generate_series(1, 1000);
            ALTER TABLE public.slow ENABLE ROW LEVEL SECURITY;
            CREATE FUNCTION public.never() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN false; END';
            CREATE POLICY slow ON public.slow USING (public.never());
            GRANT ALL ON public.slow TO authenticated
            """);
        var before = await Database.FingerprintAsync();

        var surface = await ReadAsync();

        Assert.That(surface.Lines.Where(line => line.Kind == SurfaceKind.Failure), Is.Empty);
        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    private async Task<RoleSurface> ReadAsync(params string[] schemas)
    {
        await using var connection = await Database.OpenAsync();
        return await RoleSurface.ReadAsync(connection, [.. Public, "service_role", "nobody_of_this_name"], schemas.Length == 0 ? ["public"] : schemas, default);
    }

    [Expand(1)]
    public sealed class OpensTeams : OnlineMigration
    {
        public override void Up()
        {
            Create.Table("teams").InSchema("public").WithColumn("id").AsInt32();
            GrantOnly("public.teams", to: ["authenticated"], nothingTo: ["anon"], privileges: "SELECT");
        }

        public override void Down() => Delete.Table("teams").InSchema("public");
    }
}
