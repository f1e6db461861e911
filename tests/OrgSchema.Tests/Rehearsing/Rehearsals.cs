using System.Xml.Linq;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class Rehearsals : CommandTest
{
    private const int Rows = 2_000;

    private ScratchFolder _folder = null!;

    [SetUp]
    public async Task Fill()
    {
        var search = new PostgresSearch();
        var major = await Database.ScalarAsync<int>("SELECT current_setting('server_version_num')::int / 10000");
        try
        {
            await PgDump.FindAsync(await PostgresBinaries.FindNearestAsync(search, major), search, major);
        }
        catch (LocalPostgresException e)
        {
            Assert.Ignore(e.Message);
        }

        _folder = new ScratchFolder();
        Orgschema.Environment["TMPDIR"] = _folder.Path;
        await Database.ExecuteAsync($"INSERT INTO dsos (name) SELECT 'DSO ' || n FROM generate_series(1, {Rows}) AS n");
        await Database.ExecuteAsSuperuserAsync("ANALYZE");
    }

    [TearDown]
    public void Delete() => _folder?.Dispose();

    [Test]
    public async Task Of_these_migrations_pass_and_leave_nothing_but_a_report()
    {
        var before = await Database.FingerprintAsync();
        var page = _folder["report.html"];

        var report = (await Orgschema.RunAsync(0, "rehearse", "--rows", $"{Rows}", "--report", page, "--output", "json")).Json;

        (await Database.FingerprintAsync()).AssertSameAs(before);
        Assert.That(Directory.GetFileSystemEntries(_folder.Path), Is.EqualTo(new[] { page }), "the server and its data are gone");
        var statements = report.GetProperty("statements").EnumerateArray().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(report.GetProperty("passed").GetBoolean(), Is.True);
            Assert.That(report.GetProperty("legs").EnumerateArray().Select(leg => leg.GetProperty("leg").GetString()), Is.EqualTo(new[] { "Up", "Down", "UpAgain", "Contract" }));
            Assert.That(Locks("Up", "CreateUserProfiles"), Has.Member("SHARE ROW EXCLUSIVE on auth.users"));
            Assert.That(Locks("Up", "AddOrgIdToDsos"), Has.Member("ACCESS EXCLUSIVE on public.dsos"));
            Assert.That(Locks("Down", "CreateUserProfiles"), Has.Member("ACCESS EXCLUSIVE on auth.users"));
            // Whoever reads the definition of a policy shares the tables in it for a moment, which is seen now and then.
            Assert.That(
                Locks("UpAgain", "IndexDsosOrgId").Where(taken => !taken.StartsWith("ACCESS SHARE ", StringComparison.Ordinal)),
                Is.EqualTo(new[] { "SHARE UPDATE EXCLUSIVE on public.dsos" }));
            Assert.That(report.GetProperty("clients").EnumerateArray().Sum(client => client.GetProperty("requests").GetInt32()), Is.Positive);
            Assert.That(report.GetProperty("clients").EnumerateArray().Sum(client => client.GetProperty("errors").GetInt32()), Is.Zero);
            Assert.That(report.GetProperty("probes").GetArrayLength(), Is.EqualTo(11 * 3 + 1));
            Assert.That(report.GetProperty("probesFailingBefore").GetArrayLength(), Is.Zero);
            Assert.That(report.GetProperty("surface").EnumerateArray().Select(change => $"{change.GetProperty("subject")} {change.GetProperty("role")}"), Has.Member("public.org_members service_role").And.No.Member("public.org_members anon"));
            Assert.That(report.GetProperty("tables").EnumerateArray().Where(table => table.TryGetProperty("reason", out _)), Is.Empty);
            Assert.That(
                report.GetProperty("omissions").EnumerateArray().Select(omission => omission.GetProperty("what").GetString()),
                Has.All.StartsWith("event trigger ").Or.StartsWith("SUPERUSER, CREATEROLE and REPLICATION of "), "only what would reach beyond the copy");
            Assert.That(report.GetProperty("tables").EnumerateArray().Single(table => table.GetProperty("table").GetString() == "public.dsos").GetProperty("rows").GetInt64(), Is.GreaterThanOrEqualTo(Rows));
        });
        var text = XDocument.Load(page).Root!.Value;
        Assert.That(text, Does.Contain("passed").And.Contain("SHARE ROW EXCLUSIVE on auth.users, ").And.Contain("CREATE INDEX CONCURRENTLY").And.Contain("public.user_dso_access"));

        IEnumerable<string> Locks(string leg, string migration) => statements
            .Where(statement => statement.GetProperty("leg").GetString() == leg && statement.GetProperty("migration").GetString() == migration)
            .SelectMany(statement => statement.GetProperty("locks").EnumerateArray())
            .Select(taken => $"{taken.GetProperty("mode")} on {taken.GetProperty("table")}");
    }

    [Test]
    public async Task Of_bad_migrations_fail_and_name_each()
    {
        var probes = Directory.CreateDirectory(_folder["probes"]);
        await File.WriteAllTextAsync(Path.Combine(probes.FullName, "my-report.sql"), "-- role: service_role\nSELECT count(*) AS columns FROM information_schema.columns WHERE table_name = 'dsos';\n");
        var migrator = new MigratorOptions
        {
            ConnectionString = Database.ConnectionString,
            Migrations = [.. MigrationList.All, .. BadMigrations.All],
            Services = services => services.AddSingleton(new Tenancy()),
            SearchPath = "pg_catalog, public, extensions",
            UnsafeSteps = UnsafeSteps.Run, // in their safe forms some would do no harm
        };

        var result = await new Rehearsal("live", new Tenancy(), migrator, new RehearsalRequest(Rows, TimeSpan.FromHours(1), probes.FullName), _ => { }).RunAsync(default);

        var report = RehearsalSummary.Of(result);
        var findings = report.Findings.Select(finding => $"{finding.Id}: {finding.Message}").ToList();
        Assert.Multiple(() =>
        {
            Assert.That(report.Passed, Is.False);
            Assert.That(findings, Has.Some.StartsWith("probe-failed: After RequirePhone").And.Contains("dsos-create").And.Contains("23502"));
            Assert.That(findings, Has.Some.StartsWith("probe-failed: After AddOrgIdToDsos").And.Contains("my-report"));
            Assert.That(findings, Has.Some.StartsWith("client-error: ").And.Contains("insert").And.Contains("23502"));
            Assert.That(findings, Has.Some.StartsWith("down-differs: Down of ForgetTheWayBack").And.Contains("public.leftover"));
            Assert.That(findings, Has.Some.StartsWith("down-differs: Down of ForgetBehindContract").And.Contains("public.late"));
            Assert.That(report.Legs.Select(leg => leg.Leg), Is.EqualTo(Enum.GetValues<Leg>()));
            Assert.That(findings, Has.Some.StartsWith("table-open-to-api: public.notes has become reachable for anon"));
            Assert.That(findings, Has.Some.StartsWith("index-blocks-writes: IndexPlainly").And.Contains("public.dsos"));
            Assert.That(findings, Has.Some.StartsWith("whole-table-update: TouchEveryDso").And.Contains("public.dsos"));
            Assert.That(findings, Has.Some.StartsWith("required-column-breaks-inserts: ").And.Contains("phone"));
            Assert.That(findings, Has.None.StartsWith("budget-exceeded"));
            Assert.That(report.Findings.Select(finding => finding.Id).Where(id => FindingCatalog.Find(id) is null), Is.Empty, "'explain' knows every one of them");
            Assert.That(report.Differences.Select(difference => difference.Migration).Distinct(), Is.EqualTo(new[] { "ForgetTheWayBack", "TouchEveryDso", "ForgetBehindContract" }), "what one leaves is told once");
        });

        var strict = RehearsalSummary.Of(result with { Request = new RehearsalRequest(Rows, TimeSpan.Zero) });
        Assert.That(strict.Findings.Select(finding => finding.Message), Has.Some.StartsWith("IndexPlainly holds SHARE on public.dsos for ").And.Contains("CREATE INDEX idx_dsos_name"));
        Assert.That(() => XDocument.Parse(RehearsalPage.Of(strict, RehearsalPicture.Of(result))), Throws.Nothing);
    }

    [Test]
    public async Task Of_a_target_where_nothing_is_pending_go_down_from_there_and_pass()
    {
        await Database.MigrateAsync();

        var report = (await Orgschema.RunAsync(0, "rehearse", "--rows", $"{Rows}", "--output", "json")).Json;

        Assert.That(report.GetProperty("legs").EnumerateArray().Select(leg => leg.GetProperty("leg").GetString()), Is.SupersetOf(new[] { "Down", "UpAgain", "Contract" }));
    }

    [Test]
    public async Task Over_the_budget_end_with_3_and_name_the_lock_that_was_held_too_long()
    {
        var ended = await Orgschema.RunAsync(3, "rehearse", "--rows", $"{Rows}", "--budget", "0ms");

        Assert.That(ended.Output, Does.Contain("budget-exceeded").And.Contain("CreateUserProfiles").And.Contain("auth.users"));
    }

    [Test]
    public async Task Stopped_by_a_signal_leave_nothing()
    {
        var running = Orgschema.Start("rehearse", "--output", "json");
        await running.UntilErrorAsync("synthetic rows");
        await running.InterruptAsync();

        Assert.That((await running.Result).ExitCode, Is.EqualTo(130));
        Assert.That(Directory.GetFileSystemEntries(_folder.Path), Is.Empty);
    }

    [TestCase("--report", "/nowhere/report.html")]
    [TestCase("--probes", "/nowhere")]
    [TestCase("--rows", "0")]
    public async Task With_mistakes_are_not_begun(params string[] options) =>
        Assert.That((await Orgschema.RunAsync(2, ["rehearse", .. options])).Output, Does.Not.Contain("synthetic rows"));
}
