using System.Collections.Concurrent;
using FluentMigrator;
using FluentMigrator.Runner;
using FluentMigrator.Runner.Initialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Migrations with our verbs under FluentMigrator's own runner, as tests of a project have it.</summary>
public sealed class UnderFluentMigratorsRunner : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.teams (id integer PRIMARY KEY);
        CREATE TABLE public.people (id integer, name text, "Team" integer, mood text);
        CREATE TYPE public.mood AS ENUM ('bad');
        CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER touch BEFORE UPDATE ON public.people FOR EACH ROW EXECUTE FUNCTION public.touch();
        INSERT INTO public.teams VALUES (1);
        INSERT INTO public.people VALUES (1, 'Ada', 1), (2, NULL, 1);
        """;

    [Test]
    public async Task Make_what_OrgSchema_makes()
    {
        await using (var other = await EmptyDatabase.CreateAsync())
        {
            await other.ExecuteAsync(Schema);
            await using var migrator = other.Migrator(typeof(All));
            await migrator.UpAsync();
            Run(runner => runner.MigrateUp());

            Assert.That(await DefinitionsAsync(Database), Is.EqualTo(await DefinitionsAsync(other)));
        }

        Assert.That(await Database.ColumnAsync<string>("SELECT name FROM public.people ORDER BY id"), Is.EqualTo(new[] { "Ada", "nobody" }));
    }

    [Test]
    public async Task Down_leaves_nothing()
    {
        var before = await DefinitionsAsync(Database);
        Run(runner => runner.MigrateUp());

        Run(runner => runner.MigrateDown(0));

        Assert.That(await DefinitionsAsync(Database), Is.EqualTo(before));
    }

    [Test]
    public void Warn_of_each_verb()
    {
        var warnings = Run(runner => runner.MigrateUp());

        Assert.That(warnings, Has.Exactly(14).StartsWith("FluentMigrator's own runner runs '"));
        Assert.That(warnings, Has.One.EqualTo(
            "FluentMigrator's own runner runs 'create index people_idx concurrently' in its plain form: the application may have to wait."));
    }

    [Test]
    public void Say_what_has_no_plain_form()
    {
        Assert.That(
            () => Run(runner => runner.MigrateUp(), typeof(Archives)),
            Throws.Exception.With.Message.Contains(
                "'archive and drop column name of public.people' has no plain form for FluentMigrator's own runner: run it with OrgSchema.Online."));
    }

    [Test]
    public void Fail_where_a_requirement_does()
    {
        Assert.That(() => Run(runner => runner.MigrateUp(), typeof(Requires)), Throws.Exception.With.Message.Contains("there are people"));
    }

    // The backfill stays done.
    private static async Task<IReadOnlyList<string>> DefinitionsAsync(TestDatabase database)
    {
        var fingerprint = (await database.FingerprintAsync()).Where(
            line => line.Subject == "public.people" && !line.Text.StartsWith("row ", StringComparison.Ordinal));
        return [.. fingerprint.Lines.Select(line => line.Text).Order()];
    }

    private IReadOnlyList<string> Run(Action<IMigrationRunner> run, Type? migration = null)
    {
        using var warnings = new Warnings();
        var services = new ServiceCollection().AddFluentMigratorCore().AddLogging(logging => logging.AddProvider(warnings)).ConfigureRunner(runner => runner
            .AddPostgres15_0().WithGlobalConnectionString(Database.ConnectionString));
        services.AddSingleton<IFilteringMigrationSource>(new Source(migration ?? typeof(All)));
        using var provider = services.BuildServiceProvider();
        using var scope = provider.CreateScope();
        run(scope.ServiceProvider.GetRequiredService<IMigrationRunner>());
        return [.. warnings.All];
    }

    private sealed class Source(Type migration) : IFilteringMigrationSource
    {
        public IEnumerable<IMigration> GetMigrations(Func<Type, bool> predicate) =>
            predicate(migration) ? [(IMigration)Activator.CreateInstance(migration)!] : [];
    }

    private sealed class Warnings : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> All { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
                All.Enqueue(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class All : OnlineMigration
    {
        public override void Up()
        {
            AddPrimaryKey("people_pkey", "public.people", "id");
            CreateIndexConcurrently("people_idx", on: "public.people", columns: "name, Team");
            CreateIndexConcurrently("people_lower", on: "public.people", columns: "lower(name) DESC", unique: true, where: "id > 0");
            AddForeignKey("people_team", "public.people", "Team", references: "public.teams", deferrable: Deferrable.InitiallyDeferred);
            AddCheck("people_check", "public.people", "id > 0");
            AddUnique("people_key", "public.people", "name", include: "Team", nullsNotDistinct: true);
            Backfill("public.people", where: "t.name IS NULL", apply: "UPDATE public.people AS p SET name = 'nobody' FROM batch AS b WHERE p.id = b.key");
            RequireNotNull("public.people", "name");
            GrantOnly("public.people", to: ["service_role"], nothingTo: ["anon"]);
            ProveUpdates("public.people", "touch");
            AddEnumValue("public.mood", "good");
            Sql("COMMENT ON TABLE public.people IS '{braces} and $(none)'");
            Require("SELECT true", "is true");
            Report("SELECT 'done'");
        }

        public override void Down()
        {
            Sql("COMMENT ON TABLE public.people IS NULL");
            Sql("REVOKE ALL ON public.people FROM service_role");
            AllowNull("public.people", "name");
            DropConstraint("people_key", "public.people");
            DropConstraint("people_check", "public.people");
            DropConstraint("people_team", "public.people");
            DropIndexConcurrently("people_lower", on: "public.people");
            DropIndexConcurrently("people_idx", on: "public.people");
            DropConstraint("people_pkey", "public.people");
            AllowNull("public.people", "id");
        }
    }

    [Migration(1)]
    public sealed class Archives : Migration
    {
        public override void Up() => this.Online().ArchiveAndDropColumn("public.people", "name");

        public override void Down() => this.Online().RestoreColumn("public.people", "name");
    }

    [Migration(1)]
    public sealed class Requires : Migration
    {
        public override void Up() => this.Online().Require("SELECT count(*) = 0 FROM public.people", "there are people");

        public override void Down()
        {
        }
    }
}
