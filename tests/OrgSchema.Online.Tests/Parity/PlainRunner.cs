using FluentMigrator;
using FluentMigrator.Runner;
using FluentMigrator.Runner.Conventions;
using FluentMigrator.Runner.Initialization;
using FluentMigrator.Runner.Processors;
using FluentMigrator.Runner.VersionTableInfo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace OrgSchema.Online.Tests;

/// <summary>FluentMigrator's own runner: what it does is what ours must do.</summary>
internal static class PlainRunner
{
    /// <summary>The schema of its version table.</summary>
    public const string Schema = "fluentmigrator";

    /// <summary>Has its version table there, and not where it is by default.</summary>
    public static void InItsOwnSchema(IServiceCollection services) => services.AddScoped<IVersionTableMetaData, Versions>();

    /// <summary>Applies or reverts all.</summary>
    public static void Run(string connectionString, Direction direction, Action<IServiceCollection> services, params Type[] migrations)
    {
        var all = new ServiceCollection();
        all.AddFluentMigratorCore().ConfigureRunner(runner => runner
            .AddPostgres15_0().WithGlobalConnectionString(connectionString).ScanIn(typeof(PlainRunner).Assembly).For.EmbeddedResources());
        all.AddScoped<IFilteringMigrationSource>(provider => new Listed(provider, migrations));
        all.Configure<ProcessorOptions>(options => options.Timeout = TimeSpan.FromMinutes(1));
        services(all);
        using var provider = all.BuildServiceProvider();
        using var scope = provider.CreateScope();
        var runner = scope.ServiceProvider.GetRequiredService<IMigrationRunner>();
        if (direction == Direction.Up)
            runner.MigrateUp();
        else
            runner.MigrateDown(0);
    }

    private sealed class Listed(IServiceProvider services, IReadOnlyList<Type> migrations) : IFilteringMigrationSource
    {
        public IEnumerable<IMigration> GetMigrations(Func<Type, bool> predicate) =>
            migrations.Where(predicate).Select(type => (IMigration)ActivatorUtilities.CreateInstance(services, type));
    }

    private sealed class Versions(IConventionSet conventions, IOptions<RunnerOptions> options) : DefaultVersionTableMetaData(conventions, options)
    {
        public override string SchemaName { get; set; } = Schema;
    }
}
