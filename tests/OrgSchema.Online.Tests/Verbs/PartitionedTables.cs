using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Verbs on a table that is partitioned, where PostgreSQL has no CONCURRENTLY.</summary>
public sealed class PartitionedTables : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.teams (id integer PRIMARY KEY);
        CREATE TABLE public.people (id integer, name text, team_id integer) PARTITION BY RANGE (id);
        CREATE TABLE public.first_people PARTITION OF public.people FOR VALUES FROM (0) TO (10);
        CREATE TABLE public.other_people PARTITION OF public.people DEFAULT;
        INSERT INTO public.teams VALUES (1);
        INSERT INTO public.people VALUES (1, 'Ada', 1), (20, 'Grace', 1);
        """;

    [TestCase(typeof(Index), "SELECT bool_and(indisvalid) AND count(*) = 3 FROM pg_index WHERE indrelid::regclass::text LIKE '%people'")]
    [TestCase(typeof(RichIndex), "SELECT bool_and(indisvalid) AND count(*) = 3 FROM pg_index WHERE indrelid::regclass::text LIKE '%people'")]
    [TestCase(typeof(Key), "SELECT bool_and(convalidated) AND count(*) = 3 FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text LIKE '%people'")]
    [TestCase(typeof(Checked), "SELECT bool_and(convalidated) AND count(*) = 3 FROM pg_constraint WHERE conname = 'people_check'")]
    [TestCase(
        typeof(Required),
        "SELECT bool_and(attnotnull) AND count(*) = 3 FROM pg_attribute WHERE attname = 'name' AND attrelid::regclass::text LIKE '%people'")]
    [TestCase(typeof(Unique), "SELECT count(*) = 3 FROM pg_constraint WHERE contype = 'u' AND conrelid::regclass::text LIKE '%people'")]
    [TestCase(typeof(Primary), "SELECT count(*) = 3 FROM pg_constraint WHERE contype = 'p' AND conrelid::regclass::text LIKE '%people'")]
    public async Task Have_the_result_in_each_partition_and_lose_it(Type migration, string isThere)
    {
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(migration);

        await migrator.UpAsync();

        Assert.That(await Database.ScalarAsync<bool>(isThere), Is.True);
        await Database.ExecuteAsync("DELETE FROM orgschema.schema_version");
        await migrator.UpAsync();
        await migrator.DownAsync();
        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [TestCase(typeof(Index), "public.people is partitioned, and PostgreSQL has no CONCURRENTLY for it")]
    [TestCase(typeof(Unique), "public.people is partitioned, and PostgreSQL does not take an index for its constraint")]
    public async Task Say_in_the_plan_that_writers_wait(Type migration, string why)
    {
        await using var migrator = Database.Migrator(migration);

        var plan = await migrator.PlanAsync();

        Assert.That(plan.Single().Statements.Select(statement => statement.Why), Has.Some.StartsWith(why));
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Index : OnlineMigration
    {
        public override void Up() => CreateIndexConcurrently("people_idx", "public.people", "name");

        public override void Down() => DropIndexConcurrently("people_idx", "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class RichIndex : OnlineMigration
    {
        public override void Up() => CreateIndexConcurrently("people_idx", "public.people", "lower(name)", where: "id > 0");

        public override void Down() => DropIndexConcurrently("people_idx", "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Key : OnlineMigration
    {
        public override void Up() => AddForeignKey("people_team", "public.people", "team_id", references: "public.teams");

        public override void Down() => DropConstraint("people_team", "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Checked : OnlineMigration
    {
        public override void Up() => AddCheck("people_check", "public.people", "id >= 0");

        public override void Down() => DropConstraint("people_check", "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Required : OnlineMigration
    {
        public override void Up() => RequireNotNull("public.people", "name");

        public override void Down() => AllowNull("public.people", "name");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Unique : OnlineMigration
    {
        public override void Up() => AddUnique("people_key", "public.people", "id, name");

        public override void Down() => DropConstraint("people_key", "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Primary : OnlineMigration
    {
        public override void Up() => AddPrimaryKey("people_key", "public.people", "id");

        public override void Down()
        {
            DropConstraint("people_key", "public.people");
            AllowNull("public.people", "id");
        }
    }
}
