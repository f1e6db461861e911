using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests.Checks;

/// <summary>A remedy is typed by somebody in a hurry: none may destroy data, or open a door.</summary>
public sealed partial class Remedies
{
    private static readonly string[] Changes =
    [
        "DROP TABLE public.user_profiles",
        "ALTER TABLE public.user_profiles SET UNLOGGED",
        "ALTER TABLE public.organizations RENAME TO a; CREATE VIEW public.organizations AS SELECT * FROM public.a",
        "ALTER TABLE public.organizations ADD COLUMN color text",
        "ALTER TABLE public.organizations ALTER COLUMN name TYPE varchar(40)",
        "ALTER TABLE public.user_profiles ALTER COLUMN name TYPE jsonb USING to_jsonb(name)",
        "ALTER TABLE public.organizations ALTER COLUMN created_at TYPE date",
        "ALTER TABLE public.org_members ALTER COLUMN role SET DEFAULT 'admin'",
        "ALTER TABLE public.dsos ALTER COLUMN org_id DROP NOT NULL",
        "ALTER TABLE public.organizations ADD CONSTRAINT short CHECK (length(name) < 100)",
        "ALTER TABLE public.dsos DROP CONSTRAINT dsos_org_id_fkey",
        "ALTER TABLE public.organizations DROP CONSTRAINT idx_organizations_slug; CREATE INDEX idx_organizations_slug ON public.organizations (name)",
        "DROP INDEX public.idx_org_members_user_id; CREATE INDEX idx_org_members_user_id ON public.org_members (user_id, org_id)",
        "CREATE TRIGGER other BEFORE DELETE ON public.org_members FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column()",
        "CREATE RULE nothing AS ON DELETE TO public.org_members DO INSTEAD NOTHING",
        "ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        "CREATE POLICY own ON public.org_members USING (true)",
        "GRANT ALL ON public.organizations TO anon, PUBLIC",
        "GRANT SELECT (email) ON public.user_profiles TO authenticated",
        "GRANT USAGE ON SCHEMA orgschema TO anon",
        "ALTER FUNCTION orgschema.fill_dsos_org_id() SECURITY INVOKER",
        "CREATE VIEW public.team AS SELECT user_id FROM public.org_members",
        "INSERT INTO public.user_dso_access (user_id, dso_id) SELECT 'd0134916-0f52-4556-9fa0-4c66cff3198e', id FROM public.dsos",
    ];

    [TestCaseSource(nameof(Changes))]
    public async Task Of_all_checks_destroy_nothing_at_any_version(string change)
    {
        await using var database = await ByHand.MigratedTo(20260226001000);
        await database.ExecuteAsync(change);
        await using var connection = await database.OpenAsync();
        List<Finding> findings = [];
        foreach (var applied in ByHand.Steps.Keys.Prepend(0).Select(ByHand.UpTo))
        {
            findings.AddRange(await Verification.RunAsync(connection, new Tenancy(), applied, default));
            findings.AddRange(await Preflight.RunAsync(connection, new Tenancy(), applied, MissingUsers.Refuse, default));
            findings.AddRange((await FoundSteps.FindAsync(connection, new Tenancy(), applied, default)).SelectMany(step => step.Differences));
        }

        Assert.That(findings.Select(finding => finding.Remedy), Is.Not.Empty.And.None.Match(Destroys()));
    }

    [Test]
    public void For_every_kind_of_fact_destroy_nothing()
    {
        var assembly = typeof(Verification).Assembly;
        var (mend, fact) = (assembly.GetType("OrgSchema.Mend", throwOnError: true)!, assembly.GetType("OrgSchema.Fact", throwOnError: true)!);
        string[] definitions =
        [
            "none", "NULL", "NOT NULL", "off", "unlogged", "text", "jsonb", "uuid", "UNIQUE (slug)", "CHECK (true)",
            "CREATE INDEX some ON public.some USING btree (some)", "SELECT, TRUNCATE",
        ];
        var facts =
            from kind in assembly.GetType("OrgSchema.FactKind", throwOnError: true)!.GetEnumValues().Cast<object>()
            from definition in definitions
            from state in new[] { "", "not valid", "disabled", "invalid", "without its table" }
            select Activator.CreateInstance(fact, kind, "public.some", "some", definition, state);
        var all = facts.ToList();

        var methods = mend.GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.ReturnType == typeof(string)).ToList();
        var pairs = all.SelectMany(actual => all.Where(other => IsSameKind(actual!, other!)).Select(other => (Actual: actual!, Other: other!))).ToList();
        var single = pairs.DistinctBy(pair => pair.Actual).ToList();
        var remedies = methods
            .SelectMany(method => (IsOfOne(method, fact) ? single : pairs).Select(pair => Ask(method, pair.Actual, pair.Other)))
            .OfType<string>()
            .Distinct()
            .ToList();

        Assert.That(methods.Select(method => method.Name), Is.SupersetOf(new[] { "Create", "Drop", "Change", "Revive", "Rename" }));
        Assert.That(remedies, Has.Count.GreaterThan(50).And.None.Match(Destroys()));
    }

    [Test]
    public async Task For_what_is_not_recorded_are_baseline_then_migrate()
    {
        await using var database = await LiveDatabase.CreateAsync();
        foreach (var statement in SeedFile.Statements)
            await database.ExecuteAsync(statement);
        using var program = new ProgramUnderTest(database);

        foreach (var before in new[] { "status", "status --output json" })
            Assert.That((await program.RunAsync(0, before.Split(' '))).Output, Does.Contain(Adopt(before)), "there is no version table");
        Assert.That((await program.RunAsync(3, "verify")).Output, Does.Contain(Adopt("")).And.Not.Match(Destroys()));
        Assert.That((await program.RunAsync(0, "preflight")).Output, Does.Contain(Adopt("")).And.Not.Match(Destroys()));

        await program.RunAsync(0, "baseline");
        Assert.That((await program.RunAsync(0, "status")).Output, Does.Contain(Adopt("")), "between baseline and migrate");
        Assert.That((await program.RunAsync(3, "verify")).Output, Does.Contain(Adopt("")).And.Not.Match(Destroys()));

        await program.RunAsync(0, "migrate");
        await program.RunAsync(0, "verify");
        Assert.That((await program.RunAsync(0, "status")).Output, Does.Not.Contain("baseline"));

        await database.ExecuteAsync("TRUNCATE orgschema.schema_version");
        Assert.That((await program.RunAsync(0, "status")).Output, Does.Contain(Adopt("")), "the version table is empty");
        Assert.That((await program.RunAsync(3, "verify")).Output, Does.Contain(Adopt("")).And.Not.Match(Destroys()));
    }

    [TestCase("CREATE TABLE public.organizations (id uuid, name text, slug varchar(40), created_by uuid)", "together with its owner")]
    [TestCase("CREATE TABLE public.org_members (id uuid, org_id int, user_id uuid, role text)", "together with its owner")]
    [TestCase("CREATE TABLE public.organizations (id int, title text)", "RENAME TO organizations_before_orgschema")]
    public async Task Move_a_table_out_of_the_way_only_if_it_cannot_be_ours(string change, string remedy)
    {
        await using var database = await LiveDatabase.CreateAsync();
        await database.ExecuteAsync(change);
        await using var connection = await database.OpenAsync();

        var findings = await Preflight.RunAsync(connection, new Tenancy(), ByHand.UpTo(0), MissingUsers.Refuse, default);

        Assert.That(findings.Single(finding => finding.Id == "name-taken").Remedy, Does.Contain(remedy));
    }

    private static string Adopt(string command) => command.Contains("json", StringComparison.Ordinal)
        ? "not-recorded"
        : "Run 'orgschema baseline', which records what exists as it should, then 'orgschema migrate'.";

    private static bool IsOfOne(MethodInfo method, Type fact) => method.GetParameters().Count(parameter => parameter.ParameterType == fact) == 1;

    private static bool IsSameKind(object fact, object other) => Equals(KindOf(fact), KindOf(other));

    private static object? KindOf(object fact) => fact.GetType().GetProperty("Kind")!.GetValue(fact);

    // Not every kind can be made, or has a name.
    private static string? Ask(MethodInfo method, object actual, object other)
    {
        var facts = new Queue<object>([actual, other]);
        try
        {
            var parameters = method.GetParameters().Select(parameter => parameter.ParameterType == typeof(Tenancy) ? new Tenancy() : facts.Dequeue());
            return (string?)method.Invoke(null, [.. parameters]);
        }
        catch (TargetInvocationException e) when (e.InnerException is System.Diagnostics.UnreachableException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    [GeneratedRegex(
        @"DROP (COLUMN|TABLE|SCHEMA|POLICY|OWNED)|DISABLE ROW|NO FORCE ROW|TRUNCATE( TABLE)? public|DELETE FROM|"
        + @"ALTER COLUMN \S+ TYPE (?!text;)|GRANT [^;]* TO (anon|PUBLIC)")]
    private static partial Regex Destroys();
}
