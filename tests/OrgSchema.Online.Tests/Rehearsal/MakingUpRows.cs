using Npgsql;
using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class MakingUpRows : DatabaseTest
{
    private const int Rows = 500;
    private const string Kept = "11111111-0000-4000-8000-000000000001";

    private const string Tables = """
        CREATE TYPE public.mood AS ENUM ('sad', 'ok');
        CREATE DOMAIN public.share AS integer CHECK (VALUE > 0 AND VALUE <= 100);
        CREATE TABLE public.teams (
            id uuid PRIMARY KEY DEFAULT public.uuid_generate_v4(), slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 50),
            began date NOT NULL, ended date, plan text DEFAULT 'free', CHECK (ended > began));
        CREATE TABLE public.people (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, team_id uuid NOT NULL REFERENCES public.teams ON DELETE CASCADE, email varchar(40) NOT NULL,
            role text NOT NULL CHECK (role IN ('owner', 'it''s complicated')), mood public.mood, share public.share NOT NULL, boss bigint REFERENCES public.people,
            country char(2) NOT NULL DEFAULT 'ch', tags text[] NOT NULL, initial text GENERATED ALWAYS AS (left(email, 1)) STORED, UNIQUE (team_id, role));
        CREATE UNIQUE INDEX ON public.people (lower(email));
        CREATE TABLE public.periods (person_id bigint REFERENCES public.people, number smallint CHECK (number BETWEEN 1 AND 3), rate numeric(3, 2) CHECK (rate <= 1), PRIMARY KEY (person_id, number));
        CREATE TABLE public.either (id serial PRIMARY KEY, one integer, other integer, CHECK (num_nonnulls(one, other) = 1));
        CREATE TABLE public.hen (id integer PRIMARY KEY, egg integer);
        CREATE TABLE public.egg (id integer PRIMARY KEY, hen integer NOT NULL REFERENCES public.hen);
        ALTER TABLE public.hen ADD FOREIGN KEY (egg) REFERENCES public.egg;
        CREATE TABLE public.riddle (id integer PRIMARY KEY, answer text NOT NULL CHECK (md5(answer) = 'a1d0c6e83f027327d8461063f4ac58a6'));
        CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON public.teams FOR EACH ROW EXECUTE FUNCTION public.refuse();
        """;

    private ThrowAwayServer _server = null!;
    private SchemaCopy _copy = null!;
    private DatabaseCopy _made = null!;
    private Dictionary<string, FilledTable> _filled = null!;

    [SetUp]
    public async Task Copy()
    {
        // An extension that no server has: its functions have to be stood in for.
        await Database.ExecuteAsSuperuserAsync($$"""
            CREATE EXTENSION "uuid-ossp" SCHEMA public;
            UPDATE pg_catalog.pg_extension SET extname = 'pg_faraway' WHERE extname = 'uuid-ossp';
            SET session_replication_role = replica;
            {{Tables}}
            INSERT INTO public.teams (slug, began, ended, plan) SELECT 'team-' || n, '2025-01-01', CASE WHEN n % 5 = 0 THEN date '2025-02-01' END, 'plan ' || n % 3 FROM generate_series(1, 2000) AS n;
            INSERT INTO public.people (team_id, email, role, share, tags) SELECT id, slug || '@example.com', 'owner', 1, '{}' FROM public.teams;
            ANALYZE;
            """);
        _server = await ThrowAwayServer.StartAsync(await PostgresBinaries.FindAsync(), new Dictionary<string, string>());
        _copy = await SchemaCopy.ReadAsync(
            new SchemaSource
            {
                ConnectionString = Database.SuperuserConnectionString,
                Schemas = ["public"],
                Dump = (_, _, _) => Task.FromResult($"--\n-- Name: public; Type: SCHEMA; Schema: -; Owner: postgres\n--\n\nCREATE SCHEMA public;\n\n--\n-- Name: all; Type: TABLE; Schema: public; Owner: postgres\n--\n\n{Tables}\n"),
                Pinned = [new("public.teams", $"SELECT '{Kept}' AS id, 'kept' AS slug"), new("public.absent", "SELECT id::text FROM public.absent")],
                Rows = Rows,
            },
            default);
        _made = await _copy.CreateAsync(_server.ConnectionString(), "copy", default);
        _filled = (await _copy.FillAsync(_made, Rows, default)).ToDictionary(table => table.Table);
    }

    [TearDown]
    public async Task Drop()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [Test]
    public async Task Keeps_every_constraint_and_says_what_it_cannot_keep()
    {
        Assert.Multiple(() =>
        {
            Assert.That(_filled["public.teams"].Rows, Is.EqualTo(Rows + 1), "as many as may be, and the pinned one");
            Assert.That(_filled["public.people"].Rows, Is.EqualTo(Rows));
            Assert.That(_filled["public.periods"].Rows, Is.EqualTo(20), "the target has none, but nothing can be seen on an empty table");
            Assert.That(_filled["public.either"].Rows, Is.Positive);
            Assert.That(_filled["public.egg"].Rows, Is.EqualTo(20));
            Assert.That(_filled["public.hen"].Rows, Is.EqualTo(20));
            Assert.That(_filled["public.riddle"], Is.EqualTo(new FilledTable("public.riddle", 0, "no value is known for answer text that passes riddle_answer_check")));
            Assert.That(_copy.Omissions.Select(omission => omission.What), Has.Member("extension pg_faraway").And.Member("function public.uuid_generate_v4() of extension pg_faraway"));
        });

        await using var copy = new NpgsqlConnection(_made.OwnerConnectionString);
        await copy.OpenAsync();
        // Foreign keys are the only thing that the server has not checked on the way in.
        Assert.That(await copy.ScalarAsync<long>("SELECT count(*) FROM public.people AS p WHERE NOT EXISTS (SELECT FROM public.teams AS t WHERE t.id = p.team_id)"), Is.Zero);
        Assert.That(await copy.ScalarAsync<long>("SELECT count(*) FROM public.periods AS p WHERE NOT EXISTS (SELECT FROM public.people WHERE id = p.person_id)"), Is.Zero);
        Assert.That(await copy.ScalarAsync<long>("SELECT count(*) FROM public.egg AS e WHERE NOT EXISTS (SELECT FROM public.hen WHERE id = e.hen)"), Is.Zero);
        Assert.That(await copy.ScalarAsync<string>($"SELECT slug FROM public.teams WHERE id = '{Kept}'"), Is.EqualTo("kept"));
        Assert.That(await copy.ScalarAsync<long>("SELECT count(DISTINCT role) FROM public.people"), Is.EqualTo(1), "as in the target");
        Assert.That(await copy.ScalarAsync<long>("SELECT count(DISTINCT plan) FROM public.teams"), Is.EqualTo(3), "as in the target");
        Assert.That(await copy.ScalarAsync<double>("SELECT avg((ended IS NULL)::int)::float8 FROM public.teams"), Is.EqualTo(0.8).Within(0.1), "as in the target");
        await copy.ExecuteAsync("SET session_replication_role = replica; INSERT INTO public.people (team_id, email, role, share, tags) SELECT id, 'new', 'it''s complicated', 5, '{}' FROM public.teams LIMIT 1; INSERT INTO public.teams (slug, began) VALUES ('new', '2025-01-01')");
    }
}
