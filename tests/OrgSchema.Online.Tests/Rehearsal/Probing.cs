using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class Probing : DatabaseTest
{
    private const string Reads = "-- role: service_role\nSELECT * FROM public.people ORDER BY name;\nSELECT count(*) AS number FROM public.people;";
    private const string Writes = """
        -- role: service_role
        INSERT INTO public.people (name) VALUES ('New') RETURNING *;
        UPDATE public.people SET name = name || '!' WHERE name = 'New';
        DELETE FROM public.people WHERE name = 'New!';
        """;

    private const string UnderPolicies = """
        -- role: authenticated
        -- claims: {"sub": "Ada"}
        SELECT name FROM public.people;
        """;

    protected override string Schema => """
        CREATE TABLE public.people (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, born integer, made_at timestamptz NOT NULL DEFAULT clock_timestamp());
        INSERT INTO public.people (name, born) VALUES ('Ada', 1815), ('Grace', 1906), ('Grace', NULL);
        ALTER TABLE public.people ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON public.people TO authenticated USING (name = current_setting('request.jwt.claims')::jsonb ->> 'sub');
        GRANT USAGE ON SCHEMA public TO service_role, authenticated;
        GRANT ALL ON public.people TO service_role;
        GRANT SELECT ON public.people TO authenticated
        """;

    [TestCase("SELECT 1", TestName = "Nothing")]
    [TestCase("ALTER TABLE public.people ADD COLUMN team uuid DEFAULT gen_random_uuid()", TestName = "A_column_more")]
    [TestCase("CREATE INDEX ON public.people (name); UPDATE public.people SET name = name", TestName = "Rows_in_another_order")]
    public async Task Finds_nothing_after(string change)
    {
        var before = await TakeAsync(Reads, Writes, UnderPolicies);
        await Database.ExecuteAsync(change);

        Assert.That(before.Failing, Is.Empty);
        Assert.That(await CompareAsync(before), Is.Empty);
    }

    [TestCase("ALTER TABLE public.people RENAME born TO born_in", "probe-0, line 2: SELECT * FROM public.people ORDER BY name: column born is missing; probe-1, line 2: INSERT INTO public.people (name) VALUES ('New') RETURNING *: column born is missing")]
    [TestCase("ALTER TABLE public.people ALTER born TYPE bigint", "probe-0, line 2: SELECT * FROM public.people ORDER BY name: column born differs; probe-1, line 2: INSERT INTO public.people (name) VALUES ('New') RETURNING *: column born differs")]
    [TestCase("UPDATE public.people SET born = 1816 WHERE name = 'Ada'", "probe-0, line 2: SELECT * FROM public.people ORDER BY name: column born differs")]
    [TestCase("UPDATE public.people SET born = 1906 WHERE born IS NULL", "probe-0, line 2: SELECT * FROM public.people ORDER BY name: column born differs")]
    [TestCase("INSERT INTO public.people (name) VALUES ('Mary')", "probe-0, line 2: SELECT * FROM public.people ORDER BY name: 4 rows instead of 3; probe-0, line 3: SELECT count(*) AS number FROM public.people: column number differs")]
    [TestCase("ALTER TABLE public.people ADD COLUMN team uuid; ALTER TABLE public.people ADD CHECK (team IS NOT NULL) NOT VALID", "probe-1, line 2: INSERT INTO public.people (name) VALUES ('New') RETURNING *: failed with 23514: new row for relation \"people\" violates check constraint \"people_team_check\"; probe-1, line 3: UPDATE public.people SET name = name || '!' WHERE name = 'New': 0 rows instead of 1; probe-1, line 4: DELETE FROM public.people WHERE name = 'New!': 0 rows instead of 1")]
    [TestCase("REVOKE SELECT ON public.people FROM authenticated", "probe-2, line 3: SELECT name FROM public.people: failed with 42501: permission denied for table people")]
    [TestCase("ALTER POLICY own ON public.people USING (false)", "probe-2, line 3: SELECT name FROM public.people: 0 rows instead of 1")]
    [TestCase("ALTER POLICY own ON public.people USING (EXISTS (SELECT FROM public.people))", "probe-2, line 3: SELECT name FROM public.people: failed with 42P17: infinite recursion detected in policy for relation \"people\"")]
    public async Task Names_the_statements_that_do_not_work_as_before(string change, string failures)
    {
        var before = await TakeAsync(Reads, Writes, UnderPolicies);
        await Database.ExecuteAsync(change);

        Assert.That(string.Join("; ", await CompareAsync(before)), Is.EqualTo(failures));
    }

    [Test]
    public async Task Leaves_nothing_behind()
    {
        var before = await Database.FingerprintAsync();

        await TakeAsync(Reads, Writes);

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task What_fails_from_the_beginning_says_nothing_later()
    {
        var before = await TakeAsync("-- role: service_role\nSELECT nothing;\nSELECT 2 AS two", "-- role: nobody_of_this_name\nSELECT 1");
        await Database.ExecuteAsync("ALTER TABLE public.people RENAME TO persons");

        Assert.That(before.Failing.Select(outcome => (outcome.Probe, outcome.Statement.Place.Line, outcome.Error![..5])), Is.EqualTo(new[] { ("probe-0", 2, PostgresErrorCodes.UndefinedColumn), ("probe-1", 2, PostgresErrorCodes.InvalidParameterValue) }));
        Assert.That(await CompareAsync(before), Is.Empty);
    }

    [TestCase("SELECT 1", "does not begin with '-- role: NAME'")]
    [TestCase("-- role:\nSELECT 1", "does not begin with '-- role: NAME'")]
    [TestCase("-- role: anon\n-- claims: [1]\nSELECT 1", "not a JSON object")]
    [TestCase("-- role: anon\n-- claims: {sub\nSELECT 1", "not a JSON object")]
    [TestCase("-- role: anon\n-- SELECT 1", "no statement")]
    [TestCase("-- role: anon\nSELECT 1;\ncommit", "COMMIT would leave the transaction that is rolled back in the end (line 3)")]
    public void A_file_that_is_no_probe_is_refused(string text, string why) =>
        Assert.That(() => Probe.Parse("mine", text), Throws.InstanceOf<RequestException>().With.Message.Contains("The probe mine cannot be used").And.Message.Contains(why));

    [Test]
    public void Reads_all_files_of_a_folder()
    {
        using var folder = new ScratchFolder();
        Assert.That(() => Probe.ReadAll(folder.Path), Throws.InstanceOf<RequestException>().With.Message.Contains("There are no probes in"));
        Assert.That(() => Probe.ReadAll(Path.Combine(folder.Path, "none")), Throws.InstanceOf<RequestException>().With.Message.Contains("cannot be read"));

        File.WriteAllText(Path.Combine(folder.Path, "b.sql"), Reads);
        File.WriteAllText(Path.Combine(folder.Path, "a.sql"), UnderPolicies.ReplaceLineEndings("\r\n"));

        Assert.That(Probe.ReadAll(folder.Path).Select(probe => (probe.Name, probe.Role, probe.Claims, probe.Statements.Count)), Is.EqualTo(new[] { ("a", "authenticated", "{\"sub\": \"Ada\"}", 1), ("b", "service_role", null, 2) }));
    }

    private async Task<ProbeBaseline> TakeAsync(params string[] probes)
    {
        await using var connection = await Stranger.ConnectAsync(Database.SuperuserConnectionString);
        return await ProbeBaseline.TakeAsync(connection.Connection, [.. probes.Select((text, number) => Probe.Parse($"probe-{number}", text))], default);
    }

    private async Task<IReadOnlyList<ProbeFailure>> CompareAsync(ProbeBaseline before)
    {
        await using var connection = await Stranger.ConnectAsync(Database.SuperuserConnectionString);
        return await before.CompareAsync(connection.Connection, default);
    }
}
