using FluentMigrator;
using FluentMigrator.Runner;
using FluentMigrator.Runner.Conventions;
using FluentMigrator.Runner.Initialization;
using FluentMigrator.Runner.Processors;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests
{
    /// <summary>A program that has a data source, services and FluentMigrator's options already.</summary>
    public sealed class OptionsOfAnApplication : DatabaseTest
    {
        [Test]
        public async Task Data_source_is_the_target()
        {
            await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
            var options = Database.Options(typeof(OfTheShop.CreateGoods)) with { ConnectionString = "", DataSource = source, ApplicationName = "shop" };
            await using (var migrator = new TestMigrator(options))
                await migrator.UpAsync();

            Assert.That(await Database.ScalarAsync<string>("SELECT application FROM public.goods"), Is.EqualTo("shop"));
            await using var next = await source.OpenConnectionAsync();
            Assert.That(await next.ScalarAsync<string>("SHOW lock_timeout"), Is.EqualTo("0"), "what a run sets is gone with it");
        }

        [Test]
        public async Task Data_source_that_multiplexes_is_refused()
        {
            await using var source = NpgsqlDataSource.Create($"{Database.ConnectionString};Pooling=true;Multiplexing=true");
            await using var migrator = new TestMigrator(Database.Options(typeof(OfTheShop.CreateGoods)) with { ConnectionString = "", DataSource = source });

            Assert.That(() => migrator.UpAsync(), Throws.TypeOf<TargetException>().With.Message.Contains("multiplexes"));
        }

        [TestCase(true)]
        [TestCase(false)]
        public void Target_is_given_once(bool twice)
        {
            using var source = NpgsqlDataSource.Create("Host=nowhere");

            Assert.That(
                () => new Migrator(new MigratorOptions { ConnectionString = twice ? "Host=nowhere" : "", DataSource = twice ? source : null, Migrations = [] }),
                Throws.ArgumentException.With.Message.Contains("one of ConnectionString and DataSource must be given"));
        }

        [Test]
        public async Task Constructors_ask_the_services_of_the_application()
        {
            await using var services = new ServiceCollection().AddSingleton(new Currency("EUR")).BuildServiceProvider();
            await using var migrator = new TestMigrator(Database.Options(typeof(InCurrency)) with { ServiceProvider = services });

            await migrator.UpAsync();

            Assert.That(await Database.ScalarAsync<string>("SELECT code FROM public.currency"), Is.EqualTo("EUR"));
        }

        [Test]
        public async Task Default_schema_is_that_of_the_conventions()
        {
            await Database.ExecuteAsync("CREATE SCHEMA tenant");
            await using var migrator = new TestMigrator(Database.Options(typeof(InCurrency), typeof(Timestamped)) with
            {
                Services = services => services
                    .AddSingleton(new Currency("EUR"))
                    .AddScoped<IConventionSet>(_ => new DefaultConventionSet(defaultSchemaName: "tenant", workingDirectory: null)),
            });

            await migrator.UpAsync();

            Assert.That(await Database.ScalarAsync<string>("SELECT code FROM tenant.currency"), Is.EqualTo("EUR"));
            Assert.That((await migrator.StatusAsync()).Applied, Has.Count.EqualTo(2));
        }

        [TestCase("OrgSchema.Online.Tests.OfTheShop", false, new long[] { 1 })]
        [TestCase("OrgSchema.Online.Tests.OfTheShop", true, new long[] { 1, 2 })]
        [TestCase(null, false, new long[] { 1, 2, 3 })]
        public async Task Namespace_chooses_migrations(string? name, bool nested, long[] versions)
        {
            var all = Database.Options(typeof(OfTheShop.CreateGoods), typeof(OfTheShop.Later.NameGoods), typeof(OfTheBank.CreateMoney));
            await using var migrator = new TestMigrator(all with { Namespace = name, NestedNamespaces = nested });

            await migrator.UpAsync();

            Assert.That((await migrator.StatusAsync()).Applied, Is.EquivalentTo(versions));
        }

        [Test]
        public async Task Plain_migration_that_is_not_public_is_none()
        {
            await using var migrator = new TestMigrator(Database.Options(typeof(OfTheShop.CreateGoods), typeof(Hidden), typeof(HiddenWithAPhase)));

            Assert.That((await migrator.StatusAsync()).Migrations.Select(migration => migration.Version), Is.EqualTo(new long[] { 1, 3 }));
        }

        [Test]
        public async Task Command_timeout_holds_for_the_author_alone()
        {
            var options = Database.Options(typeof(Sleep)) with { GlobalCommandTimeout = TimeSpan.FromMilliseconds(50) };
            await using var migrator = new TestMigrator(options);

            Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains("statement timeout"));
        }

        private static readonly TestCaseData[] NotFollowed =
        [
            NotFollowedCase<RunnerOptions>("RunnerOptions.Profile", options => options.Profile = "Development"),
            NotFollowedCase<RunnerOptions>("RunnerOptions.TransactionPerSession", options => options.TransactionPerSession = true),
            NotFollowedCase<RunnerOptions>("RunnerOptions.Tags", options => options.Tags = ["a"]),
            NotFollowedCase<TypeFilterOptions>("TypeFilterOptions.Namespace", options => options.Namespace = "a"),
            NotFollowedCase<ProcessorOptions>("ProcessorOptions.Timeout", options => options.Timeout = TimeSpan.FromSeconds(1)),
        ];

        private static TestCaseData NotFollowedCase<T>(string name, Action<T> configure)
            where T : class => new((Action<IServiceCollection>)(services => services.Configure(configure)), name);

        [TestCaseSource(nameof(NotFollowed))]
        public void Option_of_FluentMigrator_that_is_not_followed_is_refused(Action<IServiceCollection> services, string name) => Assert.That(
            () => new Migrator(Database.Options(typeof(OfTheShop.CreateGoods)) with { Services = services }),
            Throws.TypeOf<RequestException>().With.Message.EqualTo($"{name} of FluentMigrator is set, and this runner does not follow it."));

        public sealed record Currency(string Code);

        [Migration(1)]
        public sealed class InCurrency(Currency currency) : Migration
        {
            public override void Up()
            {
                Create.Table("currency").WithColumn("code").AsString();
                Insert.IntoTable("currency").Row(new { code = currency.Code });
            }

            public override void Down() => Delete.Table("currency");
        }

        [Migration(1)]
        public sealed class Sleep : Migration
        {
            public override void Up() => Execute.Sql("SELECT pg_catalog.pg_sleep(600)");

            public override void Down() => Execute.Sql("SELECT 1");
        }

        [TimestampedMigration(2026, 3, 1, 4, 5)]
        public sealed class Timestamped : Migration
        {
            public override void Up() => Create.Index().OnTable("currency").OnColumn("code");

            public override void Down() => Delete.Index().OnTable("currency").OnColumn("code");
        }

        [Expand(3)]
        private sealed class HiddenWithAPhase : OnlineMigration
        {
            public override void Up() => Sql("SELECT 1");

            public override void Down() => Sql("SELECT 1");
        }

        [Migration(2)]
        private sealed class Hidden : Migration
        {
            public override void Up() => Execute.Sql("SELECT 1");

            public override void Down() => Execute.Sql("SELECT 1");
        }
    }
}

namespace OrgSchema.Online.Tests.OfTheShop
{
    [Migration(1)]
    public sealed class CreateGoods : Migration
    {
        public override void Up() => Execute.Sql("CREATE TABLE public.goods AS SELECT pg_catalog.current_setting('application_name') AS application");

        public override void Down() => Delete.Table("goods");
    }
}

namespace OrgSchema.Online.Tests.OfTheShop.Later
{
    [Migration(2)]
    public sealed class NameGoods : Migration
    {
        public override void Up() => Execute.Sql("SELECT 1");

        public override void Down() => Execute.Sql("SELECT 1");
    }
}

namespace OrgSchema.Online.Tests.OfTheBank
{
    [Migration(3)]
    public sealed class CreateMoney : Migration
    {
        public override void Up() => Execute.Sql("SELECT 1");

        public override void Down() => Execute.Sql("SELECT 1");
    }
}
