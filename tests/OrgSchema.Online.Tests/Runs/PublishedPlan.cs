using System.Collections.Concurrent;
using System.Diagnostics;
using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class PublishedPlan : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.teams (id integer PRIMARY KEY);
        CREATE TABLE public.people (id integer PRIMARY KEY, team integer, done integer);
        INSERT INTO public.teams VALUES (1);
        INSERT INTO public.people VALUES (1, 1);
        """;

    [Test]
    public async Task It_is_to_the_letter_what_runs()
    {
        await using var migrator = Database.Migrator(typeof(Tables), typeof(Steps));
        var plan = await migrator.PlanAsync();
        using var sent = new SentStatements(Database.Name);

        await migrator.UpAsync();

        var planned = plan.SelectMany(migration => migration.Statements).Select(statement => statement.Sql).ToList();
        var once = Waived.Aggregate(planned, (list, waived) => [.. list.Where(sql => !sql.Contains(waived, StringComparison.Ordinal))]);
        Assert.That(sent.All.SelectMany(text => InOrder(once, text)), Is.EqualTo(once), "what was planned did not run, or in another order");
        Assert.That(sent.All.Select(text => Without(planned, text)).Where(sql => sql.Contains("public.", StringComparison.Ordinal) && IsChange(sql)), Is.Empty, "what ran was not planned");
    }

    [Test]
    public async Task It_names_locks_and_conditions()
    {
        await using var migrator = Database.Migrator(typeof(Tables), typeof(Steps));

        var statements = (await migrator.PlanAsync()).SelectMany(migration => migration.Statements).ToList();

        Assert.That(statements.Where(statement => statement.OnlyIf is not null), Has.All.Property(nameof(SqlStatement.Condition)).Not.Empty);
        Assert.That(
            statements.Single(statement => statement.Sql.Contains("TABLE public.people ADD CONSTRAINT people_team_fkey", StringComparison.Ordinal)).Locks.Select(held => held.ToString()),
            Is.EqualTo(new[] { "SHARE ROW EXCLUSIVE on public.people", "SHARE ROW EXCLUSIVE on public.teams" }));
    }

    [Test]
    public async Task It_holds_pending_migrations_only()
    {
        await using var migrator = Database.Migrator(typeof(Tables), typeof(Steps));
        await migrator.UpAsync(to: 1);

        Assert.That((await migrator.PlanAsync()).Select(planned => planned.Migration.Version), Is.EqualTo(new long[] { 2 }));
    }

    // Conditions that do not hold here: nothing is left over to be dropped or replaced.
    private static readonly string[] Waived = ["DROP INDEX CONCURRENTLY", "DROP CONSTRAINT people_team_not_null_check", "DROP CONSTRAINT people_team_fkey"];

    // The commands of a transaction are sent as one text.
    private static IEnumerable<string> InOrder(IEnumerable<string> planned, string text) =>
        planned.Where(sql => text.Contains(sql, StringComparison.Ordinal)).OrderBy(sql => text.IndexOf(sql, StringComparison.Ordinal));

    private static string Without(IEnumerable<string> planned, string text) =>
        planned.OrderByDescending(sql => sql.Length).Aggregate(text, (rest, sql) => rest.Replace(sql, "", StringComparison.Ordinal));

    private static bool IsChange(string sql)
    {
        var body = string.Join(' ', sql.Split('\n').Where(line => !line.TrimStart().StartsWith("--", StringComparison.Ordinal))).TrimStart();
        return ((string[])["CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "INSERT", "UPDATE", "DELETE"]).Any(verb => body.StartsWith(verb, StringComparison.Ordinal));
    }

    [Expand(1)]
    public sealed class Tables : OnlineMigration
    {
        public override void Up()
        {
            Create.Table("badges").InSchema("public").WithColumn("id").AsInt32().PrimaryKey("badges_pkey").WithColumn("team").AsInt32().ForeignKey("badges_team_fkey", "public", "teams", "id");
            Create.Index("badges_idx").OnTable("badges").InSchema("public").OnColumn("team");
            Insert.IntoTable("badges").InSchema("public").Row(new { id = 1, team = 1 });
            GrantOnly("public.badges", to: ["service_role"], nothingTo: ["anon"]);
            Sql("UPDATE public.badges SET team = 1");
        }

        public override void Down() => Delete.Table("badges").InSchema("public");
    }

    [Expand(2, TransactionBehavior.None)]
    public sealed class Steps : OnlineMigration
    {
        public override void Up()
        {
            AddForeignKey("people_team_fkey", "public.people", "team", references: "public.teams");
            CreateIndexConcurrently("people_idx", on: "public.people", columns: "team");
            Backfill("public.people", where: "t.done IS NULL", apply: "UPDATE public.people AS p SET done = 1 FROM batch AS b WHERE p.id = b.key");
            RequireNotNull("public.people", "team");
        }

        public override void Down() => Sql("SELECT 1");
    }

    /// <summary>What Npgsql sends to one database, as its tracing tells it.</summary>
    private sealed class SentStatements : IDisposable
    {
        private readonly ConcurrentQueue<string> _all = [];
        private readonly ActivityListener _listener;

        public SentStatements(string database)
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "Npgsql",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = activity =>
                {
                    if (activity.Tags.Any(tag => tag.Value == database) && (activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")) is string sql)
                        _all.Enqueue(sql);
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public IReadOnlyList<string> All => [.. _all];

        public void Dispose() => _listener.Dispose();
    }
}
