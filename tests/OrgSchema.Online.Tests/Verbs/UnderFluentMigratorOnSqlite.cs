using FluentMigrator;
using FluentMigrator.Runner;
using FluentMigrator.Runner.Initialization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Migrations with our verbs in the tests of a project that has SQLite there.</summary>
public sealed class UnderFluentMigratorOnSqlite
{
    private ScratchFolder _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = new ScratchFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void Indexes_come_and_go()
    {
        Run(typeof(Indexes), runner => runner.MigrateUp());
        Assert.That(IndexesInIt(), Is.EqualTo(new[] { "people_idx: 0", "people_key: 1" }));

        Run(typeof(Indexes), runner => runner.MigrateDown(0));
        Assert.That(IndexesInIt(), Is.Empty);
    }

    [TestCase(typeof(OnExpression), "'create index people_idx concurrently' has no plain form for FluentMigrator's own runner on this database")]
    [TestCase(typeof(Checked), "'add check people_check' has no plain form for FluentMigrator's own runner on this database")]
    [TestCase(typeof(Required), "'require name of public.people' has no plain form for FluentMigrator's own runner on this database")]
    public void What_is_of_PostgreSQL_is_refused_by_name(Type migration, string message) =>
        Assert.That(() => Run(migration, runner => runner.MigrateUp()), Throws.Exception.With.Message.Contains(message));

    private string ConnectionString => $"Data Source={_folder["people.db"]};Pooling=False";

    private List<string> IndexesInIt()
    {
        using var connection = new SqliteConnection(ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name || ': ' || \"unique\" FROM pragma_index_list('people') ORDER BY name";
        using var reader = command.ExecuteReader();
        var indexes = new List<string>();
        while (reader.Read())
            indexes.Add(reader.GetString(0));
        return indexes;
    }

    private void Run(Type migration, Action<IMigrationRunner> run)
    {
        var services = new ServiceCollection().AddFluentMigratorCore().ConfigureRunner(
            runner => runner.AddSQLite().WithGlobalConnectionString(ConnectionString));
        services.AddSingleton<IFilteringMigrationSource>(new OneMigration(migration));
        using var provider = services.BuildServiceProvider();
        using var scope = provider.CreateScope();
        run(scope.ServiceProvider.GetRequiredService<IMigrationRunner>());
    }

    private sealed class OneMigration(Type migration) : IFilteringMigrationSource
    {
        public IEnumerable<IMigration> GetMigrations(Func<Type, bool> predicate) =>
            predicate(migration) ? [(IMigration)Activator.CreateInstance(migration)!] : [];
    }

    [Migration(1)]
    public sealed class Indexes : Migration
    {
        public override void Up()
        {
            Create.Table("people").WithColumn("id").AsInt32().PrimaryKey("people_pkey").WithColumn("name").AsString();
            this.Online().CreateIndexConcurrently("people_idx", on: "public.people", columns: "name, id");
            this.Online().CreateIndexConcurrently("people_key", on: "public.people", columns: "name", unique: true);
        }

        public override void Down()
        {
            this.Online().DropIndexConcurrently("people_key", on: "public.people");
            this.Online().DropIndexConcurrently("people_idx", on: "public.people");
        }
    }

    [Migration(1)]
    public sealed class OnExpression : ForwardOnlyMigration
    {
        public override void Up() => this.Online().CreateIndexConcurrently("people_idx", on: "public.people", columns: "lower(name)");
    }

    [Migration(1)]
    public sealed class Checked : ForwardOnlyMigration
    {
        public override void Up() => this.Online().AddCheck("people_check", "public.people", "id > 0");
    }

    [Migration(1)]
    public sealed class Required : ForwardOnlyMigration
    {
        public override void Up() => this.Online().RequireNotNull("public.people", "name");
    }
}
