using System.Text.RegularExpressions;
using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class ChangingAType : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.people (
            id serial PRIMARY KEY, boss integer REFERENCES public.people ON DELETE SET NULL, name text NOT NULL DEFAULT 'nobody',
            CONSTRAINT people_id_check CHECK (id > 0), CONSTRAINT people_name_id_key UNIQUE (name, id));
        CREATE TABLE public.notes (
            n integer GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 2) PRIMARY KEY,
            person integer NOT NULL CONSTRAINT notes_person_fkey REFERENCES public.people ON DELETE CASCADE ON UPDATE CASCADE,
            at text DEFAULT '2026-01-01 00:00:00Z', body text DEFAULT '{}');
        CREATE UNIQUE INDEX people_both ON public.people (id DESC, name) INCLUDE (boss);
        CREATE INDEX notes_at ON public.notes (at DESC NULLS LAST, person);
        CREATE STATISTICS public.people_id_name (dependencies) ON id, name FROM public.people;
        ALTER TABLE public.people ALTER COLUMN id SET STATISTICS 300;
        ALTER TABLE public.people CLUSTER ON people_pkey;
        COMMENT ON COLUMN public.people.id IS 'who';
        COMMENT ON INDEX public.people_pkey IS 'by id';
        COMMENT ON CONSTRAINT people_id_check ON public.people IS 'positive';
        COMMENT ON CONSTRAINT notes_person_fkey ON public.notes IS 'whose';
        GRANT SELECT, INSERT, UPDATE, DELETE ON public.people, public.notes TO service_role;
        GRANT UPDATE (id) ON public.people TO authenticated;
        GRANT ALL ON SEQUENCE public.people_id_seq, public.notes_n_seq TO service_role;
        INSERT INTO public.people (boss, name) SELECT CASE WHEN n > 1 THEN 1 END, 'person ' || n FROM generate_series(1, 50) AS n;
        INSERT INTO public.notes (person, at, body) SELECT n, '2026-01-02 03:04:05Z', '{"n":' || n || '}' FROM generate_series(1, 50) AS n;
        """;

    [Test]
    public async Task End_is_what_alter_type_makes()
    {
        var file = await Database.ScalarAsync<uint>("SELECT pg_relation_filenode('public.people')");
        await using var migrator = Migrator();
        await migrator.UpAsync();
        Assert.That(await Database.ScalarAsync<uint>("SELECT pg_relation_filenode('public.people')"), Is.EqualTo(file), "the table was written anew");
        await migrator.ContractAsync();
        var ended = await CatalogAsync();

        await Database.ExecuteAsync("DROP SCHEMA orgschema CASCADE; DROP TABLE public.notes; DROP TABLE public.people");
        await Database.ExecuteAsync(Schema);
        await Database.ExecuteAsync("""
            ALTER TABLE public.people ALTER COLUMN id TYPE bigint; ALTER SEQUENCE public.people_id_seq AS bigint;
            ALTER TABLE public.notes ALTER COLUMN n TYPE bigint;
            ALTER TABLE public.notes ALTER COLUMN at DROP DEFAULT, ALTER COLUMN at TYPE timestamptz USING at::timestamptz,
                ALTER COLUMN at SET DEFAULT '2026-01-01 00:00:00+00';
            ALTER TABLE public.notes ALTER COLUMN body DROP DEFAULT, ALTER COLUMN body TYPE jsonb USING body::jsonb, ALTER COLUMN body SET DEFAULT '{}';
            """);

        // Only the place of the columns is another one.
        Assert.That(Lines(ended), Is.EquivalentTo(Lines(await CatalogAsync())));

        static IEnumerable<string> Lines(Fingerprint catalog) =>
            catalog.Lines.Select(line => Regex.Replace(line.ToString(), "column +[0-9]+", "column"))
                .Select(line => line.Replace("ON name, id", "ON id, name", StringComparison.Ordinal));
    }

    [Test]
    public async Task Down_has_everything_that_was_written_and_nothing_else()
    {
        var before = await CatalogAsync();
        await using var migrator = Migrator();
        await migrator.UpAsync();
        await Database.ExecuteAsync("""
            INSERT INTO public.people (name, boss) VALUES ('new', 7);
            INSERT INTO public.notes (person, body) VALUES (51, '{"new": true}');
            UPDATE public.people SET id = 1001 WHERE id = 2;
            DELETE FROM public.people WHERE id = 3;
            """);

        await migrator.DownAsync();

        (await CatalogAsync()).AssertSameAs(before);
        Assert.That(
            await Database.ColumnAsync<string>("""
                SELECT concat_ws(' ', p.id, boss, name, person, at, body) FROM public.people AS p LEFT JOIN public.notes ON person = id
                WHERE id IN (2, 3, 4, 51, 1001) ORDER BY id
                """),
            Is.EqualTo(new[]
            {
                "4 1 person 4 4 2026-01-02 03:04:05Z {\"n\":4}",
                "51 7 new 51 2026-01-01 00:00:00+00 {\"new\": true}",
                "1001 1 person 2 1001 2026-01-02 03:04:05Z {\"n\":2}",
            }));
    }

    [Test]
    public async Task Old_values_come_back_after_the_end_unless_newer_ones_were_written()
    {
        await using var migrator = Migrator();
        await migrator.UpAsync();
        await migrator.ContractAsync();
        await Database.ExecuteAsync("UPDATE public.notes SET body = '[1]' WHERE person = 2; INSERT INTO public.people (id, name) VALUES (4000000, 'far')");

        await migrator.DownAsync();

        Assert.That(
            await Database.ColumnAsync<string>("SELECT body FROM public.notes WHERE person IN (1, 2, 3) ORDER BY person"),
            Is.EqualTo(new[] { "{\"n\":1}", "[1]", "{\"n\":3}" }));
        Assert.That(await Database.ScalarAsync<bool>("SELECT pg_typeof(id) = 'integer'::regtype FROM public.people WHERE name = 'far'"));
    }

    [Test]
    public async Task Writers_before_and_after_lose_nothing_and_get_no_error()
    {
        const string Write = "INSERT INTO public.people (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = excluded.name";
        const string Note = "WITH gone AS (DELETE FROM public.notes WHERE person = $1) "
            + "INSERT INTO public.notes (person, body) VALUES ($1, to_json($2::text)::text::{0})";
        const string Read = "SELECT name FROM public.people WHERE id = $1";
        await Database.ExecuteAsync("INSERT INTO public.people (id, name) SELECT n, 'noted' FROM generate_series(3000, 3099) AS n");
        await using var people = new Writers(Database, "service_role");
        await people.StartAsync(1000, Write, n => $"old {n}", Read);
        await using var migrator = Migrator();
        await migrator.UpAsync();
        await using (var notes = new Writers(Database, "service_role"))
        {
            await notes.StartAsync(3000, Note.Replace("{0}", "jsonb"), n => $"note {n}", "SELECT body #>> '{}' FROM public.notes WHERE person = $1");
            await migrator.ContractAsync();
            await migrator.DownAsync(DownTarget.Above(1));
            await notes.AssertNothingLostAsync("SELECT \"~body~old\"::json #>> '{}' FROM public.notes WHERE person = $1");
        }

        await migrator.DownAsync();
        await people.AssertNothingLostAsync(Read);
        Assert.That(await Database.ScalarAsync<string>("SELECT pg_typeof(id)::text FROM public.people LIMIT 1"), Is.EqualTo("integer"));
    }

    [TestCase("CREATE VIEW public.v AS SELECT id FROM public.people", "view v reads the column")]
    [TestCase("CREATE POLICY p ON public.people USING (id > 0)", "policy p names the column")]
    [TestCase("ALTER TABLE public.people ADD COLUMN g integer GENERATED ALWAYS AS (id + 1) STORED", "generated column g is computed from the column")]
    [TestCase(
        "CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
            + "CREATE TRIGGER t AFTER INSERT ON public.people FOR EACH ROW WHEN (NEW.id > 7) EXECUTE FUNCTION public.f()",
        "trigger t names the column in its condition")]
    [TestCase("CREATE FUNCTION public.f() RETURNS bigint RETURN (SELECT max(id) FROM public.people)", "function f() has the column in its body")]
    [TestCase("CREATE PUBLICATION listed FOR TABLE public.people (id, name)", "publication listed has a list of columns")]
    [TestCase("CREATE PUBLICATION listed FOR TABLE public.people WHERE (id > 5)", "publication listed has a condition on the column")]
    [TestCase("CREATE INDEX people_even ON public.people (name) WHERE id % 2 = 0", "index people_even has an expression or a condition with the column")]
    [TestCase("ALTER TABLE public.people REPLICA IDENTITY USING INDEX people_pkey", "index people_pkey is the replica identity")]
    [TestCase("ALTER TABLE public.people ADD CONSTRAINT x EXCLUDE USING btree (id WITH =)", "constraint x is an exclusion")]
    [TestCase("ALTER TABLE public.people ADD CONSTRAINT x UNIQUE (id) DEFERRABLE", "constraint x is deferrable")]
    public async Task What_cannot_be_carried_is_refused_before_the_first_change(string sql, string reason)
    {
        await Database.ExecuteAsync(sql);
        var before = await CatalogAsync();
        await using var migrator = Migrator();

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains(reason));

        (await CatalogAsync()).AssertSameAs(before);
    }

    [TestCase(typeof(IdUuid), "foreign key notes_person_fkey of notes compares it with a column of type integer")]
    [TestCase(typeof(NameUuid), "invalid input syntax for type uuid")]
    [TestCase(typeof(AtPoint), "index notes_at has an operator class")]
    [TestCase(typeof(NoType), "is not the name of a type")]
    public async Task What_the_new_type_cannot_be_is_refused_before_the_first_change(Type migration, string reason)
    {
        var before = await CatalogAsync();
        await using var migrator = new TestMigrator(Database.Options(migration));

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains(reason));

        (await CatalogAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Value_that_cannot_be_converted_fails_and_the_down_leaves_nothing()
    {
        await Database.ExecuteAsync("UPDATE public.notes SET body = 'no json' WHERE person = 40");
        var before = await CatalogAsync();
        await using var migrator = Migrator();

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains("invalid input syntax for type json"));
        await migrator.DownAsync();

        (await CatalogAsync()).AssertSameAs(before);
    }

    [Test, Category(ChaosForm.Category)]
    public Task Cut_off_behind_any_request_it_converges(
        [Values("up", "down", "contract", "reopen")] string journey, [Values(Loss.Process, Loss.Backend)] Loss loss) =>
        Database.AssertConvergesAsync(
            async () =>
            {
                await Database.ExecuteAsync("DROP SCHEMA IF EXISTS orgschema CASCADE; DROP TABLE public.notes; DROP TABLE public.people");
                await Database.ExecuteAsync(Schema);
                if (journey != "up")
                    await RunAsync(Database.ConnectionString, "up");
                if (journey == "reopen")
                    await RunAsync(Database.ConnectionString, "contract");
            },
            connection => RunAsync(connection, journey),
            loss);

    private async Task RunAsync(string connection, string journey)
    {
        await using var migrator = new TestMigrator(Options() with { ConnectionString = connection });
        await (journey switch
        {
            "up" => migrator.UpAsync(),
            "down" => migrator.DownAsync(),
            "contract" => migrator.ContractAsync(),
            _ => migrator.DownAsync(DownTarget.Above(1)),
        });
    }

    private async Task<Fingerprint> CatalogAsync()
    {
        var fingerprint = await Database.FingerprintAsync();
        return fingerprint.Where(line => !line.Subject.StartsWith("orgschema", StringComparison.Ordinal)
            && !line.Text.StartsWith("row", StringComparison.Ordinal) && !line.Text.StartsWith("last value", StringComparison.Ordinal));
    }

    private TestMigrator Migrator() => new(Options());

    private MigratorOptions Options() => Database.Options(typeof(Bigger), typeof(NoOldTypes)) with
    {
        Backfill = new BackfillOptions { BatchSize = 10, MaxBatchSize = 10, TargetDuration = TimeSpan.FromHours(1), Pause = TimeSpan.Zero },
    };

    [Expand(1, TransactionBehavior.None)]
    public sealed class Bigger : OnlineMigration
    {
        public override void Up()
        {
            ChangeType("public.people", "id", "bigint");
            ChangeType("public.notes", "n", "bigint", key: "n");
            ChangeType("public.notes", "at", "timestamptz", convert: "at::timestamptz", back: "at::text", key: "n");
            ChangeType("public.notes", "body", "jsonb", convert: "body::jsonb", key: "n");
        }

        public override void Down()
        {
            UndoChangeType("public.notes", "body");
            UndoChangeType("public.notes", "at", back: "'2026-01-01 00:00:00Z'::text");
            UndoChangeType("public.notes", "n");
            UndoChangeType("public.people", "id");
        }
    }

    [Contract(2, TransactionBehavior.None)]
    public sealed class NoOldTypes : OnlineMigration
    {
        public override void Up()
        {
            FinishChangeType("public.people", "id");
            FinishChangeType("public.notes", "n", key: "n");
            FinishChangeType("public.notes", "at", key: "n");
            FinishChangeType("public.notes", "body", key: "n");
        }

        public override void Down()
        {
            UndoFinishChangeType("public.notes", "body", "text", convert: "body::jsonb", key: "n");
            UndoFinishChangeType("public.notes", "at", "text", convert: "at::timestamptz", back: "at::text", key: "n");
            UndoFinishChangeType("public.notes", "n", "integer", key: "n");
            UndoFinishChangeType("public.people", "id", "integer");
        }
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class IdUuid : OnlineMigration
    {
        public override void Up() => ChangeType("public.people", "id", "uuid", convert: "lpad(id::text, 32, '0')::uuid");

        public override void Down() => UndoChangeType("public.people", "id");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class NameUuid : OnlineMigration
    {
        public override void Up() => ChangeType("public.people", "name", "uuid", convert: "name::uuid");

        public override void Down() => UndoChangeType("public.people", "name");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class AtPoint : OnlineMigration
    {
        public override void Up() => ChangeType("public.notes", "at", "point", convert: "NULL", key: "n");

        public override void Down() => UndoChangeType("public.notes", "at");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class NoType : OnlineMigration
    {
        public override void Up() => ChangeType("public.notes", "at", "bigserial", key: "n");

        public override void Down() => UndoChangeType("public.notes", "at");
    }
}
