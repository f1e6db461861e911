using NUnit.Framework;

namespace OrgSchema.Tests;

/// <summary>An event trigger switches row level security on for every new table, as the dashboard of Supabase offers it.</summary>
public sealed class RowSecurityByOthers : CommandTest
{
    [TestCase("ENABLE ROW LEVEL SECURITY", "on")]
    [TestCase("ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY", "forced")]
    [TestCase("FORCE ROW LEVEL SECURITY", "forced")]
    public async Task Is_accepted_by_every_command(string switched, string state)
    {
        await Database.ExecuteAsSuperuserAsync($$"""
            CREATE FUNCTION public.ensure_rls() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
            DECLARE made record;
            BEGIN
                FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE command_tag = 'CREATE TABLE' AND schema_name = 'public' LOOP
                    EXECUTE format('ALTER TABLE %s {{switched}}', made.object_identity);
                END LOOP;
            END $$;
            CREATE EVENT TRIGGER ensure_rls ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.ensure_rls();
            """);

        var migrate = await Orgschema.RunAsync(0, "migrate");

        Assert.That(migrate.Output, Does.Match($@"(?m)^note      Row level security of public\.organizations is {state}, which is stricter"));
        Assert.That(migrate.Output, Does.Contain("as they should be"));
        foreach (var command in new[] { "verify", "preflight", "status", "migrate" })
        {
            var result = await Orgschema.RunAsync(0, command);
            Assert.That(result.Output + result.Error, Does.Not.Contain("DISABLE ROW").And.Not.Contain("error").And.Not.Contain("warning"));
        }

        var document = (await Orgschema.RunAsync(0, "verify", "--output", "json")).Json;
        var severities = document.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("severity").GetString());
        Assert.That(severities, Is.EqualTo(new[] { "Note", "Note", "Note" }));
    }

    [Test]
    public async Task Policies_are_notes_too()
    {
        await Orgschema.RunAsync(0, "migrate");
        await Database.ExecuteAsync("ALTER TABLE public.user_profiles ENABLE ROW LEVEL SECURITY");
        await Database.ExecuteAsync("CREATE POLICY own ON public.user_profiles USING (id = auth.uid())");

        var verify = await Orgschema.RunAsync(0, "verify");

        Assert.That(verify.Output, Does.Contain("note      Policy own on public.user_profiles").And.Not.Contain("DROP POLICY"));
    }
}
