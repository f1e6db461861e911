using FluentMigrator;
using FluentMigrator.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class AddingAForeignKey : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.teams (id integer PRIMARY KEY, code integer UNIQUE);
        CREATE TABLE public.people (id integer PRIMARY KEY, team_id integer, mentor_id integer);
        INSERT INTO public.teams VALUES (1, 1);
        INSERT INTO public.people VALUES (1, 1, 1), (2, NULL, 1);
        """;

    [Test]
    public async Task Key_is_there_and_validated()
    {
        await UpAsync();

        Assert.That(await DefinitionAsync(), Is.EqualTo("FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE RESTRICT"));
    }

    [Test]
    public async Task Down_leaves_nothing()
    {
        var before = await Database.FingerprintAsync();
        await UpAsync();
        await using var migrator = Database.Migrator(typeof(Key));

        await migrator.DownAsync();

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [TestCase(OnDelete.NoAction, "")]
    [TestCase(OnDelete.Restrict, " ON DELETE RESTRICT")]
    [TestCase(OnDelete.Cascade, " ON DELETE CASCADE")]
    [TestCase(OnDelete.SetNull, " ON DELETE SET NULL")]
    [TestCase(OnDelete.SetDefault, " ON DELETE SET DEFAULT")]
    public async Task Every_action_is_recognized_when_it_runs_again(OnDelete action, string clause)
    {
        var given = new GivenAction(action);
        await using var migrator = new TestMigrator(Database.Options(typeof(GivenKey)) with { Services = services => services.AddSingleton(given) });
        await migrator.UpAsync();
        await Database.ExecuteAsync("DELETE FROM orgschema.schema_version");

        await migrator.UpAsync();

        Assert.That(await DefinitionAsync(), Is.EqualTo($"FOREIGN KEY (team_id) REFERENCES teams(id){clause}"));
    }

    [TestCase(OnUpdate.Restrict, Deferrable.No, " ON UPDATE RESTRICT ON DELETE RESTRICT")]
    [TestCase(OnUpdate.Cascade, Deferrable.No, " ON UPDATE CASCADE ON DELETE RESTRICT")]
    [TestCase(OnUpdate.SetNull, Deferrable.No, " ON UPDATE SET NULL ON DELETE RESTRICT")]
    [TestCase(OnUpdate.SetDefault, Deferrable.No, " ON UPDATE SET DEFAULT ON DELETE RESTRICT")]
    [TestCase(OnUpdate.NoAction, Deferrable.InitiallyImmediate, " ON DELETE RESTRICT DEFERRABLE")]
    [TestCase(OnUpdate.NoAction, Deferrable.InitiallyDeferred, " ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED")]
    public async Task Every_option_is_recognized_when_it_runs_again(OnUpdate onUpdate, Deferrable deferrable, string clauses)
    {
        var given = new GivenAction(OnDelete.Restrict, onUpdate, deferrable);
        await using var migrator = new TestMigrator(Database.Options(typeof(GivenKey)) with { Services = services => services.AddSingleton(given) });
        await migrator.UpAsync();
        var made = await Database.ScalarAsync<uint>("SELECT oid FROM pg_catalog.pg_constraint WHERE conname = 'people_team_id_fkey'");
        await Database.ExecuteAsync("DELETE FROM orgschema.schema_version");

        await migrator.UpAsync();

        Assert.That(await DefinitionAsync(), Is.EqualTo($"FOREIGN KEY (team_id) REFERENCES teams(id){clauses}"));
        Assert.That(await Database.ScalarAsync<uint>("SELECT oid FROM pg_catalog.pg_constraint WHERE conname = 'people_team_id_fkey'"), Is.EqualTo(made));
    }

    [Test]
    public async Task Several_columns_refer_in_their_order()
    {
        await Database.ExecuteAsync("ALTER TABLE public.teams ADD UNIQUE (code, id); UPDATE public.people SET team_id = 1");
        await using var migrator = Database.Migrator(typeof(Several));

        await migrator.UpAsync();

        Assert.That(
            await DefinitionAsync(), Is.EqualTo("FOREIGN KEY (team_id, mentor_id) REFERENCES teams(code, id) MATCH FULL ON UPDATE CASCADE ON DELETE CASCADE"));
        await migrator.DownAsync();
        Assert.That(await DefinitionAsync(), Is.Null);
    }

    [TestCase("FOREIGN KEY (mentor_id, team_id) REFERENCES public.teams (id, code) MATCH FULL ON UPDATE CASCADE ON DELETE CASCADE")]
    [TestCase("FOREIGN KEY (team_id) REFERENCES public.teams (code) ON UPDATE CASCADE ON DELETE CASCADE")]
    public async Task Other_columns_are_refused(string definition)
    {
        await Database.ExecuteAsync("ALTER TABLE public.teams ADD UNIQUE (code, id), ADD UNIQUE (id, code)");
        await Database.ExecuteAsync($"ALTER TABLE public.people ADD CONSTRAINT people_team_id_fkey {definition} NOT VALID");
        await using var migrator = Database.Migrator(typeof(Several));

        Assert.That(
            () => migrator.UpAsync(),
            Throws.TypeOf<MigrationFailedException>().With.Message.Contains(
                "exists with another definition than (team_id, mentor_id) REFERENCES public.teams (code, id) MATCH FULL ON DELETE CASCADE ON UPDATE CASCADE."));
    }

    [Test]
    public void Columns_that_do_not_match_are_refused()
    {
        var context = new MigrationContext(querySchema: null, serviceProvider: null, connection: "");

        Assert.That(
            () => new Uneven().GetUpExpressions(context), Throws.ArgumentException.With.Message.Contains("people_team_id_fkey has 2 columns and refers to 1"));
    }

    [Test]
    public async Task Key_left_not_valid_is_validated()
    {
        await Database.ExecuteAsync("ALTER TABLE public.people ADD CONSTRAINT people_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams ON DELETE RESTRICT NOT VALID");

        await UpAsync();

        Assert.That(await DefinitionAsync(), Does.Not.Contain("NOT VALID"));
    }

    [TestCase("ON DELETE CASCADE")]
    [TestCase("ON DELETE CASCADE NOT VALID")]
    [TestCase("ON DELETE RESTRICT ON UPDATE CASCADE")]
    [TestCase("MATCH FULL ON DELETE RESTRICT")]
    [TestCase("ON DELETE RESTRICT DEFERRABLE")]
    public async Task Key_with_another_action_is_replaced(string actions)
    {
        await Database.ExecuteAsync($"ALTER TABLE public.people ADD CONSTRAINT people_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams {actions}");

        await UpAsync();

        Assert.That(await DefinitionAsync(), Is.EqualTo("FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE RESTRICT"));
    }

    [TestCase("FOREIGN KEY (team_id) REFERENCES public.teams (code) ON DELETE RESTRICT", TestName = "Other_referenced_column_is_refused")]
    [TestCase("FOREIGN KEY (mentor_id) REFERENCES public.teams ON DELETE RESTRICT", TestName = "Other_column_is_refused")]
    [TestCase("FOREIGN KEY (team_id) REFERENCES public.people ON DELETE RESTRICT NOT VALID", TestName = "Other_referenced_table_is_refused")]
    [TestCase("CHECK (team_id > 0)", TestName = "Other_kind_of_constraint_is_refused")]
    public async Task Refused(string definition)
    {
        await Database.ExecuteAsync($"ALTER TABLE public.people ADD CONSTRAINT people_team_id_fkey {definition}");
        var before = await Database.FingerprintAsync();

        Assert.That(UpAsync, Throws.TypeOf<MigrationFailedException>().With.Message.Contains("people_team_id_fkey of public.people exists with another definition"));

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Violating_row_is_named_and_converges_once_it_is_gone()
    {
        await Database.ExecuteAsync("INSERT INTO public.people VALUES (3, 99)");

        Assert.That(
            UpAsync,
            Throws.TypeOf<MigrationFailedException>().With.Message.Contains("1 Key failed").And.Message.Contains("Key (team_id)=(99) is not present in table \"teams\""));

        await Database.ExecuteAsync("DELETE FROM public.people WHERE id = 3");
        await UpAsync();
        Assert.That(await DefinitionAsync(), Does.Not.Contain("NOT VALID"));
    }

    [Test]
    public async Task New_rows_are_checked_while_the_old_ones_are_not_yet_valid()
    {
        await Database.ExecuteAsync("INSERT INTO public.people VALUES (3, 99)");
        Assert.That(UpAsync, Throws.TypeOf<MigrationFailedException>());

        Assert.That(
            () => Database.ExecuteAsync("INSERT INTO public.people VALUES (4, 98)"),
            Throws.TypeOf<PostgresException>().With.Property(nameof(PostgresException.SqlState)).EqualTo(PostgresErrorCodes.ForeignKeyViolation));
    }

    [Test]
    public async Task Key_that_is_gone_already_is_no_obstacle_on_the_way_down()
    {
        await UpAsync();
        await Database.ExecuteAsync("ALTER TABLE public.people DROP CONSTRAINT people_team_id_fkey");
        await using var migrator = Database.Migrator(typeof(Key));

        await migrator.DownAsync();

        Assert.That((await migrator.StatusAsync()).Applied, Is.Empty);
    }

    private async Task UpAsync()
    {
        await using var migrator = Database.Migrator(typeof(Key));
        await migrator.UpAsync();
    }

    private Task<string?> DefinitionAsync() => Database.ScalarAsync<string>(
        "SELECT pg_catalog.pg_get_constraintdef(oid) FROM pg_catalog.pg_constraint WHERE conname = 'people_team_id_fkey'");

    [Expand(1, TransactionBehavior.None)]
    public sealed class Key : OnlineMigration
    {
        public override void Up() => AddForeignKey("people_team_id_fkey", "public.people", "team_id", references: "public.teams");

        public override void Down() => DropConstraint("people_team_id_fkey", "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class GivenKey(GivenAction given) : OnlineMigration
    {
        public override void Up() => AddForeignKey(
            "people_team_id_fkey",
            "public.people",
            "team_id",
            references: "public.teams",
            onDelete: given.OnDelete,
            onUpdate: given.OnUpdate,
            deferrable: given.Deferrable);

        public override void Down() => DropConstraint("people_team_id_fkey", "public.people");
    }

    public sealed record GivenAction(OnDelete OnDelete, OnUpdate OnUpdate = OnUpdate.NoAction, Deferrable Deferrable = Deferrable.No);

    [Expand(1, TransactionBehavior.None)]
    public sealed class Several : OnlineMigration
    {
        public override void Up() => AddForeignKey(
            "people_team_id_fkey",
            "public.people",
            ["team_id", "mentor_id"],
            references: "public.teams",
            referencedColumns: ["code", "id"],
            onDelete: OnDelete.Cascade,
            onUpdate: OnUpdate.Cascade,
            matchFull: true);

        public override void Down() => DropConstraint("people_team_id_fkey", "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Uneven : OnlineMigration
    {
        public override void Up() =>
            AddForeignKey("people_team_id_fkey", "public.people", ["team_id", "mentor_id"], references: "public.teams", referencedColumns: ["id"]);

        public override void Down() => throw new NotSupportedException();
    }
}
