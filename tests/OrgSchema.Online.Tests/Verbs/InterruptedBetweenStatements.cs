using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>A run that was killed after its first k statements, for each k: the same command again ends where an undisturbed run does.</summary>
public sealed class InterruptedBetweenStatements : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.teams (id integer PRIMARY KEY);
        CREATE TABLE public.people (id integer PRIMARY KEY, name text, team_id integer);
        CREATE TABLE public.pairs (one integer NOT NULL, two integer);
        INSERT INTO public.pairs VALUES (1, 1), (1, 2);
        INSERT INTO public.teams VALUES (1);
        INSERT INTO public.people VALUES (1, 'Ada', 1), (2, 'Eve', 1), (3, 'Grace', 1);
        """;

    private static readonly Type[] Verbs =
    [
        typeof(IndexName), typeof(UniqueName), typeof(IndexLower), typeof(UniqueKey), typeof(PrimaryKey), typeof(ReferenceTeam), typeof(ReferenceFully),
        typeof(CheckTeam), typeof(RequireTeam), typeof(GrantAccess),
        typeof(Shout), typeof(RemoveEve), typeof(RemovePeople), typeof(RemoveTeam), typeof(Statements), typeof(AllTogether),
    ];

    [TestCaseSource(nameof(Verbs))]
    public async Task Up_converges(Type migration) => await ConvergesAsync(migration, Direction.Up);

    [TestCaseSource(nameof(Verbs))]
    public async Task Down_converges(Type migration) => await ConvergesAsync(migration, Direction.Down);

    [TestCaseSource(nameof(Verbs))]
    public async Task Other_direction_leads_back(Type migration)
    {
        await using var migrator = Database.Migrator(migration);
        var before = await Database.FingerprintAsync();
        await migrator.UpAsync();
        await migrator.DownAsync();
        (await Database.FingerprintAsync()).AssertSameAs(before);

        for (var done = 0; done <= await CountAsync(migration, Direction.Up); done++)
        {
            await Database.RunFirstAsync(done, migration, Direction.Up);
            await Database.ExecuteAsync("INSERT INTO orgschema.run_log (version, name, direction, transactional, operator, program) VALUES (1, '', 'up', false, '', '')");

            await migrator.DownAsync();

            (await Database.FingerprintAsync()).AssertSameAs(before);
        }
    }

    private async Task ConvergesAsync(Type migration, Direction direction)
    {
        var back = direction == Direction.Up ? Direction.Down : Direction.Up;
        await using var migrator = Database.Migrator(migration);
        await migrator.UpAsync();
        if (direction == Direction.Down)
            await migrator.DownAsync();
        var undisturbed = await Database.FingerprintAsync();
        for (var done = 0; done <= await CountAsync(migration, direction); done++)
        {
            await migrator.RunAsync(back);
            await Database.RunFirstAsync(done, migration, direction);

            await migrator.RunAsync(direction);

            (await Database.FingerprintAsync()).AssertSameAs(undisturbed);
        }
    }

    private async Task<int> CountAsync(Type migration, Direction direction)
    {
        await using var connection = await Database.OpenAsync();
        return Published.Statements(migration, direction, connection.PostgreSqlVersion.Major).Count;
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class IndexName : OnlineMigration
    {
        public override void Up() => CreateIndexConcurrently("people_idx", on: "public.people", columns: "name");

        public override void Down() => DropIndexConcurrently("people_idx", on: "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class UniqueName : OnlineMigration
    {
        public override void Up() => CreateIndexConcurrently("people_idx", on: "public.people", columns: "name", unique: true);

        public override void Down() => DropIndexConcurrently("people_idx", on: "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class IndexLower : OnlineMigration
    {
        public override void Up() => CreateIndexConcurrently("people_idx", on: "public.people", columns: "lower(name) DESC", where: "id > 1");

        public override void Down() => DropIndexConcurrently("people_idx", on: "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class UniqueKey : OnlineMigration
    {
        public override void Up() => AddUnique("people_key", "public.people", "name, team_id");

        public override void Down() => DropConstraint("people_key", "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class PrimaryKey : OnlineMigration
    {
        public override void Up() => AddPrimaryKey("pairs_key", "public.pairs", "one, two");

        public override void Down()
        {
            DropConstraint("pairs_key", "public.pairs");
            AllowNull("public.pairs", "two");
        }
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class ReferenceTeam : OnlineMigration
    {
        public override void Up() => AddForeignKey("people_team_id_fkey", "public.people", "team_id", references: "public.teams");

        public override void Down() => DropConstraint("people_team_id_fkey", "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class ReferenceFully : OnlineMigration
    {
        public override void Up() => AddForeignKey(
            "people_team_id_fkey",
            "public.people",
            ["team_id"],
            references: "public.teams",
            referencedColumns: ["id"],
            onDelete: OnDelete.SetDefault,
            onUpdate: OnUpdate.Cascade,
            matchFull: true,
            deferrable: Deferrable.InitiallyDeferred);

        public override void Down() => DropConstraint("people_team_id_fkey", "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class CheckTeam : OnlineMigration
    {
        public override void Up() => AddCheck("people_check", "public.people", "team_id > 0");

        public override void Down() => DropConstraint("people_check", "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class RequireTeam : OnlineMigration
    {
        public override void Up() => RequireNotNull("public.people", "team_id");

        public override void Down() => AllowNull("public.people", "team_id");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class GrantAccess : OnlineMigration
    {
        public override void Up() => GrantOnly("public.people", to: ["service_role"], nothingTo: ["anon"]);

        public override void Down() => Sql("REVOKE ALL ON public.people FROM service_role");
    }

    [Backfill(1, TransactionBehavior.None)]
    public sealed class Shout : OnlineMigration
    {
        public override void Up() => Backfill("public.people", where: "t.name <> pg_catalog.upper(t.name)", apply: "UPDATE public.people AS p SET name = pg_catalog.upper(p.name) FROM batch AS b WHERE p.id = b.key");

        public override void Down() => Backfill("public.people", where: "t.name = pg_catalog.upper(t.name)", apply: "UPDATE public.people AS p SET name = pg_catalog.initcap(p.name) FROM batch AS b WHERE p.id = b.key");
    }

    [Backfill(1, TransactionBehavior.None)]
    public sealed class RemoveEve : OnlineMigration
    {
        public override void Up() => ArchiveAndDelete("public.people", where: "t.name = 'Eve'");

        public override void Down() => Restore("public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class RemovePeople : OnlineMigration
    {
        public override void Up() => ArchiveAndDropTable("public.people");

        public override void Down()
        {
            Sql("CREATE TABLE IF NOT EXISTS public.people (id integer PRIMARY KEY, name text, team_id integer)");
            Restore("public.people");
        }
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class RemoveTeam : OnlineMigration
    {
        public override void Up() => ArchiveAndDropColumn("public.people", "team_id");

        public override void Down()
        {
            Sql("ALTER TABLE public.people ADD COLUMN IF NOT EXISTS team_id integer");
            RestoreColumn("public.people", "team_id", references: "public.teams");
        }
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Statements : OnlineMigration
    {
        public override void Up()
        {
            Sql("ALTER TABLE public.people ADD COLUMN IF NOT EXISTS extra integer");
            Require("SELECT true", "");
            Report("SELECT 'done'");
            Sql("UPDATE public.people SET extra = 1");
        }

        public override void Down() => Sql("ALTER TABLE public.people DROP COLUMN IF EXISTS extra");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class AllTogether : OnlineMigration
    {
        public override void Up()
        {
            AddForeignKey("people_team_id_fkey", "public.people", "team_id", references: "public.teams");
            CreateIndexConcurrently("people_idx", on: "public.people", columns: "team_id");
            RequireNotNull("public.people", "team_id");
        }

        public override void Down()
        {
            AllowNull("public.people", "team_id");
            DropIndexConcurrently("people_idx", on: "public.people");
            DropConstraint("people_team_id_fkey", "public.people");
        }
    }
}
