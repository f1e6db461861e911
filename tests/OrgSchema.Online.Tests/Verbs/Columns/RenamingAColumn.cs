using FluentMigrator;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class RenamingAColumn : DatabaseTest
{
    private const string Upsert = "INSERT INTO public.people (id, {0}) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET {0} = excluded.{0}";

    protected override string Schema =>
        """
        CREATE TABLE public.people (
            id integer PRIMARY KEY, name text NOT NULL DEFAULT 'nobody' CONSTRAINT people_name_check CHECK (name <> ''),
            team integer, touched integer NOT NULL DEFAULT 0, CONSTRAINT people_name_key UNIQUE (name, id));
        CREATE INDEX people_lower ON public.people (lower(name), team) WHERE name <> 'x';
        CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.touched := NEW.touched + 1; RETURN NEW; END';
        CREATE TRIGGER touch BEFORE UPDATE ON public.people FOR EACH ROW EXECUTE FUNCTION public.touch();
        CREATE VIEW public.names AS SELECT id, name FROM public.people;
        COMMENT ON COLUMN public.people.name IS 'who';
        GRANT SELECT, INSERT, UPDATE (name, team), DELETE ON public.people TO service_role;
        INSERT INTO public.people (id, name) SELECT n, 'person ' || n FROM generate_series(1, 50) AS n;
        """;

    [Test]
    public async Task Both_names_read_and_write_the_same()
    {
        await using var migrator = Migrator();
        await migrator.UpAsync();

        await Database.ExecuteAsync("""
            INSERT INTO public.people (id, name) VALUES (101, 'old');
            INSERT INTO public.people (id, full_name) VALUES (102, 'new');
            INSERT INTO public.people (id) VALUES (103);
            INSERT INTO public.people (id, name, full_name) VALUES (104, 'both', 'both');
            INSERT INTO public.people VALUES (105, 'in order');
            UPDATE public.people SET name = 'old again' WHERE id = 1;
            UPDATE public.people SET full_name = 'new again' WHERE id = 2;
            UPDATE public.people SET team = 1 WHERE id = 3;
            INSERT INTO public.people (id, name) VALUES (4, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name || '!';
            INSERT INTO public.people (id, full_name) VALUES (5, 'x') ON CONFLICT (id) DO UPDATE SET full_name = excluded.name || '!';
            UPDATE public.names SET name = 'through a view' WHERE id = 6;
            """);
        await using (var connection = await Database.OpenAsync())
        {
            foreach (var (column, id) in new[] { ("name", 106), ("full_name", 107) })
            {
                await using var copy = await connection.BeginTextImportAsync($"COPY public.people (id, {column}) FROM STDIN");
                await copy.WriteAsync($"{id}\tcopied {id}\n");
            }
        }

        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM public.people WHERE name IS DISTINCT FROM full_name"), Is.Zero);
        Assert.That(
            await Database.ColumnAsync<string>("SELECT name FROM public.people WHERE id < 7 OR id > 100 ORDER BY id"),
            Is.EqualTo(new[]
            {
                "old again", "new again", "person 3", "x!", "x!", "through a view", "old", "new", "nobody", "both", "in order", "copied 106", "copied 107",
            }));
        Assert.That(
            () => Database.ExecuteAsync("UPDATE public.people SET name = '' WHERE id = 1"),
            Throws.TypeOf<PostgresException>().With.Message.Contains("people_name_check"));
        Assert.That(() => Database.ExecuteAsync("UPDATE public.people SET name = NULL WHERE id = 1"), Throws.TypeOf<PostgresException>());
    }

    [Test]
    public async Task Null_under_either_name_is_not_taken_for_a_default()
    {
        await Database.ExecuteAsync("ALTER TABLE public.people ALTER COLUMN name DROP NOT NULL");
        await using var migrator = Migrator();
        await migrator.UpAsync();

        await Database.ExecuteAsync("""
            INSERT INTO public.people (id, name) VALUES (101, NULL);
            INSERT INTO public.people (id, full_name) VALUES (102, NULL);
            UPDATE public.people SET name = NULL WHERE id = 1;
            UPDATE public.people SET full_name = NULL WHERE id = 2;
            """);

        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM public.people WHERE name IS NULL AND full_name IS NULL"), Is.EqualTo(4));
    }

    [Test]
    public async Task Indexes_serve_both_names_and_the_table_is_not_written_anew()
    {
        var file = await FileAsync();
        await using var migrator = Migrator();
        await migrator.UpAsync();

        Assert.That(
            await Database.ColumnAsync<string>("""
                SELECT replace(pg_get_indexdef(indexrelid), '~name~full_name', '~') FROM pg_index WHERE indrelid = 'public.people'::regclass
                """),
            Is.EquivalentTo(new[]
            {
                "CREATE INDEX people_lower ON public.people USING btree (lower(full_name), team) WHERE (full_name <> 'x'::text)",
                "CREATE INDEX \"people_lower~~\" ON public.people USING btree (lower(name), team) WHERE (name <> 'x'::text)",
                "CREATE UNIQUE INDEX people_name_key ON public.people USING btree (full_name, id)",
                "CREATE UNIQUE INDEX \"people_name_key~~\" ON public.people USING btree (name, id)",
                "CREATE UNIQUE INDEX people_pkey ON public.people USING btree (id)",
            }));
        Assert.That(await FileAsync(), Is.EqualTo(file), "the table was written anew");
    }

    [Test]
    public async Task Down_has_everything_that_was_written_and_nothing_else()
    {
        var before = await CatalogAsync();
        await using var migrator = Migrator();
        await migrator.UpAsync();
        await Database.ExecuteAsync("""
            INSERT INTO public.people (id, full_name) VALUES (102, 'new');
            UPDATE public.people SET full_name = 'new again' WHERE id = 2;
            UPDATE public.people SET name = 'old again' WHERE id = 3;
            """);

        await migrator.DownAsync();

        (await CatalogAsync()).AssertSameAs(before);
        Assert.That(
            await Database.ColumnAsync<string>("SELECT name FROM public.people WHERE id IN (1, 2, 3, 102) ORDER BY id"),
            Is.EqualTo(new[] { "person 1", "new again", "old again", "new" }));
    }

    [Test]
    public async Task End_is_what_a_plain_rename_makes_and_its_down_gives_the_old_name_again()
    {
        await using var migrator = Migrator();
        await migrator.UpAsync();
        var both = await CatalogAsync();
        await migrator.ContractAsync();
        var ended = await CatalogAsync();

        await migrator.DownAsync(DownTarget.Above(1));
        (await CatalogAsync()).AssertSameAs(both);
        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM public.people WHERE name = full_name"), Is.EqualTo(50));
        await migrator.DownAsync();
        await Database.ExecuteAsync("ALTER TABLE public.people RENAME COLUMN name TO full_name");

        ended.AssertSameAs(await CatalogAsync());
    }

    [Test]
    public async Task Role_of_the_application_needs_no_right_on_the_private_schema()
    {
        await using var migrator = Migrator();
        await migrator.UpAsync();
        await using var connection = await Database.OpenAsync("service_role");

        await connection.ExecuteAsync("UPDATE public.people SET name = 'with a grant on the column' WHERE id = 1");

        Assert.That(() => connection.ExecuteAsync("UPDATE public.people SET touched = 1 WHERE id = 1"), Throws.TypeOf<PostgresException>());
        Assert.That(await Database.ScalarAsync<bool>("""
            SELECT NOT has_schema_privilege('service_role', 'orgschema', 'USAGE')
               AND NOT EXISTS (SELECT FROM pg_proc AS p, aclexplode(p.proacl) AS e WHERE p.proname LIKE 'twin%' AND e.grantee = 0)
               AND EXISTS (SELECT FROM pg_proc WHERE proname LIKE 'twin%' AND proacl IS NOT NULL AND proconfig::text LIKE '%search_path%')
            """));
    }

    [Test]
    public async Task Writers_of_both_names_lose_nothing_and_get_no_error()
    {
        await using var old = new Writers(Database, "service_role");
        await old.StartAsync(1000, Upsert.Replace("{0}", "name"), n => $"old {n}", "SELECT name FROM public.people WHERE id = $1");
        await using var migrator = Migrator();
        await migrator.UpAsync();
        await using (var recent = new Writers(Database, "service_role"))
        {
            await recent.StartAsync(2000, Upsert.Replace("{0}", "full_name"), n => $"new {n}", "SELECT full_name FROM public.people WHERE id = $1");
            await recent.AssertNothingLostAsync("SELECT name FROM public.people WHERE id = $1");
        }

        await migrator.DownAsync();
        await migrator.UpAsync();
        await old.AssertNothingLostAsync("SELECT full_name FROM public.people WHERE id = $1");
        await using var newest = new Writers(Database, "service_role");
        await newest.StartAsync(2000, Upsert.Replace("{0}", "full_name"), n => $"newest {n}", "SELECT full_name FROM public.people WHERE id = $1");
        await migrator.ContractAsync();
        await migrator.DownAsync(DownTarget.Above(1));
        await newest.AssertNothingLostAsync("SELECT name FROM public.people WHERE id = $1");
    }

    [TestCase(
        "CREATE TRIGGER of_name AFTER UPDATE OF name ON public.people FOR EACH ROW EXECUTE FUNCTION public.touch()",
        "trigger of_name fires on UPDATE OF name")]
    [TestCase("CREATE TRIGGER \"~~\" BEFORE INSERT ON public.people FOR EACH ROW EXECUTE FUNCTION public.touch()", "give it a name that sorts before")]
    [TestCase(
        "CREATE OR REPLACE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name := lower(NEW.name); RETURN NEW; END'",
        "function touch() of the BEFORE trigger touch names name")]
    [TestCase("CREATE PUBLICATION listed FOR TABLE public.people (id, name)", "publication listed has a list of columns")]
    [TestCase("ALTER TABLE public.people ADD COLUMN full_name text", "public.people.full_name exists already")]
    [TestCase("CREATE TABLE public.child () INHERITS (public.people)", "it is partitioned, a partition, inherits")]
    [TestCase("ALTER TABLE public.people DROP COLUMN name CASCADE", "public.people.name does not exist")]
    public async Task What_cannot_be_carried_is_refused_before_the_first_change(string sql, string reason)
    {
        await Database.ExecuteAsync(sql);
        var before = await CatalogAsync();
        await using var migrator = Migrator();

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains(reason));

        (await CatalogAsync()).AssertSameAs(before);
    }

    [Test, Category(ChaosForm.Category)]
    public Task Cut_off_behind_any_request_it_converges(
        [Values("up", "down", "contract", "reopen")] string journey, [Values(Loss.Process, Loss.Backend)] Loss loss) =>
        Database.AssertConvergesAsync(
            async () =>
            {
                await Database.ExecuteAsync("DROP SCHEMA IF EXISTS orgschema CASCADE; DROP TABLE public.people CASCADE; DROP FUNCTION public.touch");
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

    private async Task<Fingerprint> CatalogAsync() => (await Database.FingerprintAsync())
        .Where(line => !line.Subject.StartsWith("orgschema", StringComparison.Ordinal) && !line.Text.StartsWith("row", StringComparison.Ordinal));

    private Task<uint> FileAsync() => Database.ScalarAsync<uint>("SELECT pg_catalog.pg_relation_filenode('public.people')");

    private TestMigrator Migrator() => new(Options());

    private MigratorOptions Options() => Database.Options(typeof(FullName), typeof(NoName)) with
    {
        Backfill = new BackfillOptions { BatchSize = 10, MaxBatchSize = 10, TargetDuration = TimeSpan.FromHours(1), Pause = TimeSpan.Zero },
    };

    [Expand(1, TransactionBehavior.None)]
    public sealed class FullName : OnlineMigration
    {
        public override void Up() => RenameColumn("public.people", "name", "full_name");

        public override void Down() => UndoRenameColumn("public.people", "name", "full_name");
    }

    [Contract(2, TransactionBehavior.None)]
    public sealed class NoName : OnlineMigration
    {
        public override void Up() => FinishRenameColumn("public.people", "name", "full_name");

        public override void Down() => UndoFinishRenameColumn("public.people", "name", "full_name");
    }
}
