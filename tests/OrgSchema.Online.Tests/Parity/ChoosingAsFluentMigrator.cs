using FluentMigrator;
using FluentMigrator.Runner.Constraints;
using FluentMigrator.Runner.Initialization;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Which migrations run, and what is recorded of them.</summary>
public sealed class ChoosingAsFluentMigrator : DatabaseTest
{
    private static readonly Type[] Tagged = [typeof(Untagged), typeof(ForUk), typeof(ForUkOrFrance), typeof(ForUkAndProduction), typeof(ForFrance)];

    [TestCase("")]
    [TestCase("UK")]
    [TestCase("France")]
    [TestCase("UK Production")]
    [TestCase("Nobody")]
    public async Task Tags_choose_the_same_migrations(string tags)
    {
        await using var theirs = await EmptyDatabase.CreateAsync();
        PlainRunner.Run(
            theirs.ConnectionString,
            Direction.Up,
            services => services.Configure<RunnerOptions>(options => options.Tags = tags.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
            Tagged);

        await using var migrator = new TestMigrator(Database.Options(Tagged) with { Tags = tags.Split(' ', StringSplitOptions.RemoveEmptyEntries) });
        await migrator.UpAsync();

        Assert.That(await TablesAsync(Database), Is.EqualTo(await TablesAsync(theirs)));
    }

    [Test]
    public async Task Version_0_is_reverted_with_the_others()
    {
        await using var migrator = Database.Migrator(typeof(Zero));
        await migrator.UpAsync();

        await migrator.DownAsync();

        Assert.That((await migrator.StatusAsync()).Applied, Is.Empty);
        Assert.That(await TablesAsync(Database), Is.Empty);
    }

    [Test]
    public async Task Breaking_change_waits_as_contract_does()
    {
        await using var migrator = Database.Migrator(typeof(Untagged), typeof(Breaking));

        Assert.That((await migrator.UpAsync()).Pending.Select(migration => migration.Name), Is.EqualTo(new[] { nameof(Breaking) }));
        Assert.That((await migrator.ContractAsync()).Done.Select(migration => migration.Name), Is.EqualTo(new[] { nameof(Breaking) }));
    }

    [Test]
    public async Task Description_is_recorded()
    {
        await using var migrator = Database.Migrator(typeof(Breaking));
        await migrator.ContractAsync();

        Assert.That(await Database.ScalarAsync<string>("SELECT description FROM orgschema.schema_version"), Is.EqualTo("breaks"));
    }

    [Test]
    public async Task Migration_knows_its_connection_string()
    {
        await using var migrator = Database.Migrator(typeof(AsksWhere));

        await migrator.UpAsync();

        Assert.That(await TablesAsync(Database), Is.EqualTo(new[] { Database.Name }));
    }

    [Test]
    public async Task Condition_on_PostgreSQL_is_met_by_each_name_of_it()
    {
        await using var migrator = Database.Migrator(typeof(ForPostgres));

        await migrator.UpAsync();

        Assert.That(await TablesAsync(Database), Is.EqualTo(new[] { "PostgreSQL", "PostgreSQL15_0", "postgres" }));
    }

    [TestCase(typeof(Nightly), "Nightly is a maintenance migration")]
    [TestCase(typeof(OnlyAfterOne), "OnlyAfterOne has a migration constraint")]
    public void What_is_not_supported_is_refused_by_name(Type migration, string message) =>
        Assert.That(() => Database.Migrator(typeof(Untagged), migration), Throws.TypeOf<RequestException>().With.Message.StartsWith(message));

    private static Task<IReadOnlyList<string>> TablesAsync(TestDatabase database) =>
        database.ColumnAsync<string>("SELECT tablename::text FROM pg_catalog.pg_tables WHERE schemaname = 'public' AND tablename <> 'VersionInfo' ORDER BY 1");

    [Migration(1)]
    public sealed class Untagged : MakesItsTable;

    [Migration(2)]
    [Tags("UK")]
    public sealed class ForUk : MakesItsTable;

    [Migration(3)]
    [Tags(TagBehavior.RequireAny, "UK", "France")]
    public sealed class ForUkOrFrance : MakesItsTable;

    [Migration(4)]
    [Tags("UK", "Production")]
    public sealed class ForUkAndProduction : MakesItsTable;

    [Migration(5)]
    [Tags("France")]
    public sealed class ForFrance : MakesItsTable;

    [Migration(0)]
    public sealed class Zero : MakesItsTable;

    [Migration(6, "breaks", BreakingChange = true)]
    public sealed class Breaking : MakesItsTable;

    [Maintenance(MigrationStage.AfterAll)]
    public sealed class Nightly : MakesItsTable;

    [Migration(7)]
    [CurrentVersionMigrationConstraint(1)]
    public sealed class OnlyAfterOne : MakesItsTable;

    [Migration(8)]
    public sealed class AsksWhere : Migration
    {
        public override void Up() => Create.Table(new Npgsql.NpgsqlConnectionStringBuilder(ConnectionString).Database).WithColumn("id").AsInt32();

        public override void Down() => Delete.Table(new Npgsql.NpgsqlConnectionStringBuilder(ConnectionString).Database);
    }

    [Migration(9)]
    public sealed class ForPostgres : Migration
    {
        private static readonly string[] Names = ["postgres", "PostgreSQL", "PostgreSQL15_0", "SqlServer"];

        public override void Up()
        {
            foreach (var name in Names)
                IfDatabase(name).Create.Table(name).WithColumn("id").AsInt32();
        }

        public override void Down()
        {
            foreach (var name in Names)
                IfDatabase(name).Delete.Table(name);
        }
    }

    public abstract class MakesItsTable : Migration
    {
        public override void Up() => Create.Table(GetType().Name).WithColumn("id").AsInt32();

        public override void Down() => Delete.Table(GetType().Name);
    }
}
