using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>A role of the target has planted commands for the operating system wherever the target can keep text or code.</summary>
public sealed class HostileTarget : CommandTest
{
    private ScratchFolder _folder = null!;

    /// <summary>Where a command would leave its mark: everybody may write there.</summary>
    private string Marks => _folder["marks"];

    [SetUp]
    public async Task Plant()
    {
        _folder = new ScratchFolder();
        Orgschema.Environment["TMPDIR"] = Directory.CreateDirectory(_folder["tmp"]).FullName;
        Directory.CreateDirectory(Marks);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder.Path, (UnixFileMode)0x1ED); // 755
            File.SetUnixFileMode(Marks, (UnixFileMode)0x1FF); // 777
            File.SetUnixFileMode(_folder["tmp"], (UnixFileMode)0x1FF);
        }

        // Whoever runs it tries every role that there is, and to get what it lacks. It returns true, so that work goes on.
        await Database.ExecuteAsSuperuserAsync($"""
            CREATE ROLE "{Mallory}" LOGIN;
            GRANT CREATE, USAGE ON SCHEMA public TO "{Mallory}";
            GRANT CREATE ON DATABASE "{Database.Name}" TO "{Mallory}";
            SET SESSION AUTHORIZATION "{Mallory}";
            CREATE FUNCTION public.evil(what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $evil$
            DECLARE
                was text := pg_catalog.current_setting('role');
                other text;
            BEGIN
                FOR other IN SELECT 'none' UNION ALL SELECT rolname FROM pg_catalog.pg_roles LOOP
                    BEGIN
                        PERFORM pg_catalog.set_config('role', other, true);
                        PERFORM public.evil_command(what);
                    EXCEPTION WHEN OTHERS THEN
                        NULL;
                    END;
                END LOOP;
                PERFORM pg_catalog.set_config('role', was, true);
                RETURN true;
            END
            $evil$;
            CREATE FUNCTION public.evil_command(what text) RETURNS void LANGUAGE plpgsql AS $evil$
            BEGIN
                BEGIN
                    EXECUTE 'GRANT pg_execute_server_program TO CURRENT_USER';
                EXCEPTION WHEN OTHERS THEN
                    NULL;
                END;
                EXECUTE pg_catalog.format('COPY (SELECT 1) TO PROGRAM %L', 'touch {Marks}/' || what);
            END
            $evil$;
            CREATE DOMAIN public.evil_domain AS text CHECK (public.evil('domain'));
            CREATE TABLE public.evil_table (
                id integer PRIMARY KEY DEFAULT CASE WHEN public.evil('default') THEN pg_catalog.random() * 1000000 END,
                v text CHECK (public.evil('check')), made boolean GENERATED ALWAYS AS (public.evil('generated')) STORED, d public.evil_domain);
            CREATE INDEX ON public.evil_table (public.evil('index' || v));
            CREATE VIEW public.evil_view AS SELECT public.evil('view') AS v, '{Payload("literal")}'::text AS t;
            ALTER TABLE public.evil_table ENABLE ROW LEVEL SECURITY;
            CREATE POLICY evil ON public.evil_table USING (public.evil('policy'));
            GRANT SELECT ON public.evil_table TO anon, authenticated;
            CREATE FUNCTION public.evil_trigger() RETURNS trigger LANGUAGE plpgsql AS $evil$ BEGIN PERFORM public.evil('trigger'); RETURN new; END $evil$;
            CREATE FUNCTION public.evil_equal(a integer, b integer) RETURNS boolean LANGUAGE sql AS $evil$ SELECT public.evil('operator') $evil$;
            CREATE OPERATOR public.=== (FUNCTION = public.evil_equal, LEFTARG = integer, RIGHTARG = integer);
            CREATE TYPE public.evil_type AS (n integer);
            CREATE FUNCTION public.evil_cast(t public.evil_type) RETURNS text LANGUAGE sql AS $evil$ SELECT public.evil('cast')::text $evil$;
            CREATE CAST (public.evil_type AS text) WITH FUNCTION public.evil_cast AS IMPLICIT;
            CREATE STATISTICS public.evil_statistics ON (public.evil('statistics')), v FROM public.evil_table;
            CREATE TABLE public."evil{Escape}" (
                id integer PRIMARY KEY, t text DEFAULT ROW(1)::public.evil_type::text, "c{Escape}" integer CHECK ("c{Escape}" OPERATOR(public.===) 1));
            ALTER TABLE public."evil{Escape}" ENABLE ROW LEVEL SECURITY;
            CREATE POLICY "p{Escape}" ON public."evil{Escape}" USING (id OPERATOR(public.===) 1);
            GRANT SELECT ON public."evil{Escape}" TO anon;
            INSERT INTO public."evil{Escape}" (id) VALUES (1);
            CREATE PUBLICATION "evil{Escape}" FOR TABLE public.evil_table (id, v) WHERE (v <> '); COPY (SELECT 1) TO PROGRAM ''touch {Marks}/publication''; --') WITH (publish = 'insert');
            CREATE TRIGGER evil BEFORE INSERT OR UPDATE ON public.evil_table FOR EACH ROW EXECUTE FUNCTION public.evil_trigger();
            CREATE FUNCTION public.evil_text() RETURNS text LANGUAGE sql AS $evil$ SELECT '{Payload("body")}' $evil$;
            COMMENT ON TABLE public.evil_table IS '{Payload("comment")}';
            COMMENT ON COLUMN public.evil_table.v IS E'\\restrict x\n{Payload("commentofcolumn").Replace("\n", "\\n", StringComparison.Ordinal)}';
            SELECT pg_catalog.set_config('search_path', $x$x;COPY(SELECT/**/1)TO/**/PROGRAM/**/'>{Marks}/setting'$x$, false);
            ALTER ROLE CURRENT_USER SET search_path FROM CURRENT;
            SET search_path = '';
            INSERT INTO public.evil_table (v) SELECT 'v' || n FROM pg_catalog.generate_series(1, 3) AS n;
            """);
    }

    [TearDown]
    public async Task Delete()
    {
        await Database.ExecuteAsSuperuserAsync($"DROP OWNED BY \"{Mallory}\" CASCADE; DROP PUBLICATION IF EXISTS \"evil{Escape}\"; DROP ROLE \"{Mallory}\"");
        _folder.Dispose();
    }

    // What colors a terminal, and a mark that turns the direction of writing.
    private const string Escape = "\u001b[31m\u202e";

    private string Mallory { get; } = $"mallory{Escape} {Guid.NewGuid():N}";

    // In a sandbox a command would leave no mark, whoever ran it: without one is what proves that nothing runs as superuser.
    [TestCase("")]
    [TestCase("a-name-that-is-too-long-for-a-socket-and-so-keeps-the-server-out-of-a-sandbox")]
    public async Task Is_rehearsed_and_nothing_of_it_leaves_the_copy(string below)
    {
        var temporary = Directory.CreateDirectory(Path.Combine(_folder["tmp"], below)).FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(temporary, (UnixFileMode)0x1FF);
        Orgschema.Environment["TMPDIR"] = temporary;

        var report = (await Orgschema.RunAsync(0, "rehearse", "--rows", "50", "--output", "json")).Json;

        Assert.That(Directory.GetFileSystemEntries(Marks).Select(Path.GetFileName), Is.Empty);
        Assert.That(report.GetProperty("passed").GetBoolean(), Is.True);
        var omitted = report.GetProperty("omissions").EnumerateArray().Select(omission => omission.GetProperty("what").GetString()).ToList();
        Assert.That(omitted, Has.None.Contains("evil"), "it was there, and tried");
        var tables = report.GetProperty("tables").EnumerateArray().Select(table => table.GetProperty("table").GetString());
        Assert.That(tables, Has.Member("public.evil_table").And.Member($"public.\"evil{Escape}\""));
        Assert.That(report.TryGetProperty("noSandboxReason", out _), Is.EqualTo(below.Length > 0 || !File.Exists("/usr/bin/bwrap")));
    }

    [Test]
    public async Task Is_migrated_and_verified_and_nothing_of_it_runs_as_the_role_that_migrates()
    {
        await Database.ExecuteAsSuperuserAsync($"ALTER DATABASE \"{Database.Name}\" SET track_functions = 'all'; SELECT pg_stat_reset()");

        await RunAsync("preflight");
        await RunAsync("plan");
        await RunAsync("plan", "--format", "markdown");
        await RunAsync("script", "--out", "sql");
        await RunAsync("migrate");
        var verified = await RunAsync("verify");
        await RunAsync("status");
        await RunAsync("baseline");
        await RunAsync("plan", "--down", "0");
        await RunAsync("migrate", "down", "--all");

        // What a session has counted is there when it is gone.
        await Database.UntilAsync("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid())");
        Assert.That(await Database.ColumnAsync<string>("SELECT funcname || ' ' || calls FROM pg_stat_user_functions WHERE funcname LIKE 'evil%'"), Is.Empty);
        Assert.That(verified, Does.Contain("public.evil_table").And.Contain("was not tested").And.Contain("mallory\\x1b[31m\\u202e"));
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        var result = await Orgschema.RunAsync(0, arguments);
        var all = result.Output + result.Error;
        Assert.That(all.Where(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t') || c == Escape[^1]), Is.Empty, all);
        return all;
    }

    // What looks like the comment before an object, with a statement in it.
    private string Payload(string what) => $"""
        x
        --
        -- Name: evil; Type: TABLE; Schema: public; Owner: mallory
        --

        COPY (SELECT 1) TO PROGRAM $$touch {Marks}/{what}$$;
        --
        -- Name: evil2; Type: TABLE; Schema: public; Owner: mallory
        --

        """;
}
