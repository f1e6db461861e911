using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>A trigger function that other tables share is tried on a table before the migration commits. The role is no superuser.</summary>
public sealed class ProvingUpdates : DatabaseTest
{
    private const string Good = "NEW.updated_at = pg_catalog.now(); PERFORM pg_catalog.pg_notify('stamped', TG_TABLE_NAME); RETURN NEW;";

    private static IEnumerable<TestCaseData> BadFunctions =>
    [
        Case("sets_a_column_that_is_not_there", "NEW.updated_by := session_user; RETURN NEW;", "has no field \"updated_by\" (42703"),
        Case("reads_a_column_that_is_not_there", "NEW.name := OLD.version + 1; RETURN NEW;", "has no field \"version\" (42703"),
        Case("raises", "RAISE EXCEPTION 'not in this table' USING ERRCODE = 'ABC12';", "not in this table (ABC12"),
        Case("asserts", "ASSERT false, 'never'; RETURN NEW;", "never (P0004"),
        Case("forgets_the_row", "RETURN NULL;", "the UPDATE changes no row (P0001"),
        Case("breaks_a_constraint", "NEW.name := NULL; RETURN NEW;", "violates not-null constraint (23502"),
        Case("divides_by_zero", "NEW.name := 1 / 0; RETURN NEW;", "division by zero (22012"),
        Case("may_not_write_there", "DELETE FROM pg_catalog.pg_class; RETURN NEW;", "permission denied for table pg_class (42501"),
    ];

    // As others would have it: columns without a default, a number of a sequence, a reference, security by rows, and triggers that
    // must not fire.
    private const string Adopted = """
        CREATE TYPE public.size AS ENUM ('small', 'large');
        CREATE DOMAIN public.label AS varchar(3) NOT NULL;
        CREATE TABLE public.owners (id uuid PRIMARY KEY);
        INSERT INTO public.owners VALUES ('10000000-0000-4000-8000-000000000001');
        CREATE TABLE public.teams (
            gone text, number bigint GENERATED ALWAYS AS IDENTITY, serial serial, id uuid PRIMARY KEY REFERENCES public.owners,
            name text NOT NULL, updated_at timestamptz DEFAULT now(), code char(4) NOT NULL, size public.size NOT NULL, label public.label,
            tags text[] NOT NULL, note jsonb NOT NULL, raw bytea NOT NULL, day date NOT NULL, length interval NOT NULL,
            address inet NOT NULL, score integer NOT NULL CHECK (score > 0),
            upper text GENERATED ALWAYS AS (upper(name)) STORED, UNIQUE (name) DEFERRABLE INITIALLY DEFERRED);
        ALTER TABLE public.teams DROP COLUMN gone, ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE FUNCTION public.forbid() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'somebody else''s trigger'; END $$;
        """;

    private const string ForbidAll = "CREATE TRIGGER forbid BEFORE INSERT OR UPDATE ON public.teams FOR EACH ROW EXECUTE FUNCTION public.forbid()";

    private const string Row = """
        INSERT INTO public.teams (id, name, code, size, label, tags, note, raw, day, length, address, score)
        SELECT id, 'first', 'code', 'large', 'abc', '{}', '1', '', now(), '1 s', '::1', 7 FROM public.owners;
        """;

    protected override string Schema => Function(Good);

    [TestCaseSource(nameof(BadFunctions))]
    public async Task Function_that_fails_on_a_new_table_fails_the_migration_whole(string body, string error)
    {
        await Database.ExecuteAsync(Function(body));
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(typeof(Teams));

        AssertNamed(Assert.ThrowsAsync<MigrationFailedException>(() => migrator.UpAsync())!, error);

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [TestCaseSource(nameof(BadFunctions))]
    public async Task Function_that_fails_on_an_adopted_table_fails_the_migration_whole(string body, string error)
    {
        foreach (var row in (string[])["", Row])
        {
            await Database.ExecuteAsync("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
            await Database.ExecuteAsync($"{Adopted} {row} {ForbidAll}; {Function(body)}");
            var before = await Database.FingerprintAsync();
            await using var migrator = Database.Migrator(typeof(Teams));

            AssertNamed(Assert.ThrowsAsync<MigrationFailedException>(() => migrator.UpAsync(), row)!, error);

            (await Database.FingerprintAsync()).AssertSameAs(before);
        }
    }

    [TestCase("")]
    [TestCase("IF TG_TABLE_NAME <> 'teams' THEN NEW.modified_by := session_user; END IF;")]
    [TestCase("IF TG_RELID <> 'public.teams'::regclass THEN NEW.version := OLD.version + 1; END IF;")]
    public async Task Good_function_leaves_a_new_table_empty_and_tells_nobody(string more)
    {
        await Database.ExecuteAsync(Function(more + Good));
        await using var listener = await Stranger.ConnectAsync(Database.ConnectionString);
        var heard = new List<string>();
        listener.Connection.Notification += (_, told) => heard.Add(told.Payload);
        await listener.Connection.ExecuteAsync("LISTEN stamped");
        await using var migrator = Database.Migrator(typeof(Teams));

        await migrator.UpAsync();

        await listener.Connection.ExecuteAsync("SELECT 1");
        Assert.That(heard, Is.Empty);
        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(*) FROM public.teams"), Is.Zero);
        Assert.That(migrator.Told.OfType<MessageReported>(), Is.Empty);
        await Database.ExecuteAsync("INSERT INTO public.teams (id, name) VALUES (gen_random_uuid(), 'one'); UPDATE public.teams SET name = 'two'");
        await listener.Connection.ExecuteAsync("SELECT 1");
        Assert.That(heard, Is.EqualTo(new[] { "teams" }), "the test hears nothing");
    }

    [TestCase("")]
    [TestCase(Row)]
    public async Task Good_function_leaves_an_adopted_table_as_it_was(string row)
    {
        await Database.ExecuteAsync($"{Adopted} {row} {ForbidAll}");
        const string rows = "SELECT t::text || ctid FROM public.teams AS t";
        const string state = """
            SELECT (SELECT last_value || ' ' || is_called FROM public.teams_number_seq)
                || (SELECT last_value || ' ' || is_called FROM public.teams_serial_seq)
                || (SELECT string_agg(tgname || tgenabled::text, ' ' ORDER BY tgname) FROM pg_catalog.pg_trigger WHERE tgname IN ('forbid'))
            """;
        var (before, stateBefore) = (await Database.ColumnAsync<string>(rows), await Database.ScalarAsync<string>(state));
        await using var migrator = Database.Migrator(typeof(Teams));

        await migrator.UpAsync();

        Assert.That(migrator.Told.OfType<MessageReported>(), Is.Empty, "not tried");
        Assert.That(await Database.ColumnAsync<string>(rows), Is.EqualTo(before));
        Assert.That(await Database.ScalarAsync<string>(state), Is.EqualTo(stateBefore));
    }

    [TestCase("ALTER TABLE public.teams ADD CHECK (name = 'nobody knows')")]
    [TestCase("DELETE FROM public.owners")]
    public async Task Table_that_takes_no_row_is_not_proven_and_a_line_says_so(string change)
    {
        await Database.ExecuteAsync($"{Adopted} {change}");
        await using var migrator = Database.Migrator(typeof(Teams));

        await migrator.UpAsync();

        Assert.That(migrator.Told.OfType<MessageReported>().Single().Text, Does.Contain("public.teams").And.Contain("was not tried"));
    }

    [Test]
    public async Task Row_that_somebody_has_locked_is_tried_again_and_no_failure_of_the_function()
    {
        await Database.ExecuteAsync($"{Adopted} {Row}");
        var stranger = await Database.WithTransaction("SELECT FROM public.teams FOR SHARE; SELECT FROM public.owners FOR UPDATE");
        await using var migrator = Database.Migrator(typeof(Teams));

        var up = migrator.UpAsync();
        await Task.WhenAny(up, migrator.UntilToldAsync<AttemptFailed>());
        await stranger.DisposeAsync();
        await up;

        Assert.That(migrator.Told.OfType<AttemptFailed>(), Is.Not.Empty);
    }

    [Test]
    public async Task Script_fails_with_the_function_and_the_reason()
    {
        await Database.ExecuteAsync(Function("NEW.updated_by := session_user; RETURN NEW;"));
        await using var migrator = new Migrator(Database.Options(typeof(Teams)));
        var script = (await migrator.ScriptAsync(ScriptFormat.Sql, record: false, default))[0].Sql;

        var (exitCode, error) = await Database.PsqlAsync(script);

        Assert.That(exitCode, Is.EqualTo(3), error);
        Assert.That(error, Does.Contain("public.stamp()").And.Contain("public.teams").And.Contain("has no field \"updated_by\""));
        Assert.That(await Database.ScalarAsync<bool>("SELECT pg_catalog.to_regclass('public.teams') IS NULL"));
    }

    private static void AssertNamed(MigrationFailedException failure, string error)
    {
        Assert.That(failure.Message, Does.Contain("public.stamp()").And.Contain("public.teams").And.Contain(error));
        Assert.That(failure.Message, Does.Contain("run the same command again"));
    }

    private static TestCaseData Case(string name, string body, string error) => new TestCaseData(body, error).SetArgDisplayNames(name);

    private static string Function(string body) =>
        $"CREATE OR REPLACE FUNCTION public.stamp() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN {body} END $body$";

    [Expand(1, Adopts = true)]
    public sealed class Teams : OnlineMigration
    {
        public override void Up()
        {
            Sql("CREATE TABLE IF NOT EXISTS public.teams (id uuid PRIMARY KEY, name text NOT NULL, updated_at timestamptz DEFAULT now())");
            Sql("CREATE OR REPLACE TRIGGER stamp BEFORE UPDATE ON public.teams FOR EACH ROW EXECUTE FUNCTION public.stamp()");
            ProveUpdates("public.teams", trigger: "stamp");
        }

        public override void Down() => Sql("DROP TRIGGER stamp ON public.teams");
    }
}
