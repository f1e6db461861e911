using System.Reflection;
using FluentMigrator;
using FluentMigrator.Infrastructure;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>What a verb has made when rows refuse it: its own statements remove all of it, and nothing else.</summary>
public sealed class RefusedByRows : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.teams (id integer PRIMARY KEY);
        CREATE TABLE public.people (id integer, name text, team_id integer);
        INSERT INTO public.teams VALUES (1);
        INSERT INTO public.people VALUES (1, 'Ada', 1), (1, 'Ada', 9), (NULL, NULL, NULL);
        """;

    private static readonly Type[] Refused =
        [typeof(Index), typeof(RichIndex), typeof(Key), typeof(Checked), typeof(Required), typeof(Unique), typeof(PrimaryWithNull), typeof(PrimaryTwice)];

    [TestCaseSource(nameof(Refused))]
    public async Task Nothing_is_left(Type migration)
    {
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(migration);
        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>());
        Assert.That((await Database.FingerprintAsync()).DifferencesFrom(before), Is.Not.Empty, "it leaves nothing by itself: the test tests nothing");

        await CleanUpAsync(migration);

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [TestCaseSource(nameof(Refused))]
    public async Task Nothing_that_is_complete_is_removed(Type migration)
    {
        await Database.ExecuteAsync("DELETE FROM public.people WHERE id IS NULL OR team_id = 9");
        await using var migrator = Database.Migrator(migration);
        await migrator.UpAsync();
        var complete = await Database.FingerprintAsync();

        await CleanUpAsync(migration);

        (await Database.FingerprintAsync()).AssertSameAs(complete);
    }

    [TestCaseSource(nameof(Refused))]
    public async Task Its_name_is_free_until_it_is_made(Type migration)
    {
        Assert.That(await Database.ScalarAsync<bool>(IsFree(migration)), Is.True, "before");
        await Database.ExecuteAsync("DELETE FROM public.people WHERE id IS NULL OR team_id = 9");
        await using var migrator = Database.Migrator(migration);

        await migrator.UpAsync();

        Assert.That(await Database.ScalarAsync<bool>(IsFree(migration)), Is.False, "after");
    }

    [TestCase(typeof(Index), true)]
    [TestCase(typeof(NoIndex), true)]
    [TestCase(typeof(Unique), true)]
    [TestCase(typeof(PrimaryTwice), true)]
    [TestCase(typeof(Filled), true)]
    [TestCase(typeof(NoColumn), true)]
    [TestCase(typeof(Key), false)]
    [TestCase(typeof(Checked), false)]
    [TestCase(typeof(Required), false)]
    public void Says_whether_a_transaction_takes_it(Type migration, bool needsNone) =>
        Assert.That(Internal("get_NeedsNoTransaction", migration), Is.EqualTo(needsNone));

    private async Task CleanUpAsync(Type migration)
    {
        await using var connection = await Database.OpenAsync();
        var context = new StepContext(connection.PostgreSqlVersion.Major, 1, Direction.Up, "orgschema");
        foreach (var statement in (IEnumerable<SqlStatement>)Internal("Cleanup", migration, context))
        {
            Assert.That(statement.OnlyIf, Is.Not.Null);
            await connection.RunAsync(statement);
        }
    }

    private static string IsFree(Type migration) => (string)Internal("get_IsFree", migration);

    // For the runner alone.
    private static object Internal(string method, Type migration, params object[] arguments)
    {
        var context = new MigrationContext(querySchema: null, serviceProvider: null, connection: "");
        ((OnlineMigration)Activator.CreateInstance(migration)!).GetUpExpressions(context);
        var verb = context.Expressions.Single();
        return verb.GetType().GetMethod(method, BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(verb, arguments)!;
    }

    /// <summary>One verb.</summary>
    public abstract class OneVerb(Action<OnlineMigration> up) : OnlineMigration
    {
        public override void Up() => up(this);

        public override void Down()
        {
        }
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Index() : OneVerb(verbs => verbs.CreateIndexConcurrently("people_idx", "public.people", "name", unique: true));

    [Expand(1, TransactionBehavior.None)]
    public sealed class RichIndex() : OneVerb(
        verbs => verbs.CreateIndexConcurrently("people_idx", "public.people", "lower(name)", unique: true, where: "id > 0"));

    [Expand(1, TransactionBehavior.None)]
    public sealed class Key() : OneVerb(verbs => verbs.AddForeignKey("people_team", "public.people", "team_id", references: "public.teams"));

    [Expand(1, TransactionBehavior.None)]
    public sealed class Checked() : OneVerb(verbs => verbs.AddCheck("people_check", "public.people", "team_id < 5"));

    [Expand(1, TransactionBehavior.None)]
    public sealed class Required() : OneVerb(verbs => verbs.RequireNotNull("public.people", "name"));

    [Expand(1, TransactionBehavior.None)]
    public sealed class Unique() : OneVerb(verbs => verbs.AddUnique("people_key", "public.people", "name"));

    [Expand(1, TransactionBehavior.None)]
    public sealed class PrimaryWithNull() : OneVerb(verbs => verbs.AddPrimaryKey("people_key", "public.people", "name, team_id"));

    [Expand(1, TransactionBehavior.None)]
    public sealed class PrimaryTwice() : OneVerb(verbs => verbs.AddPrimaryKey("people_key", "public.people", "id"));

    [Expand(1, TransactionBehavior.None)]
    public sealed class NoIndex() : OneVerb(verbs => verbs.DropIndexConcurrently("people_idx", "public.people"));

    [Expand(1, TransactionBehavior.None)]
    public sealed class Filled() : OneVerb(verbs => verbs.Backfill("public.people", where: "t.name IS NULL", apply: "UPDATE public.people SET name = ''"));

    [Expand(1, TransactionBehavior.None)]
    public sealed class NoColumn() : OneVerb(verbs => verbs.ArchiveAndDropColumn("public.people", "name"));
}
