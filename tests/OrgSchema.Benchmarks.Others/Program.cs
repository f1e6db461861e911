using System.Globalization;
using DbUp;
using EvolveDb;
using EvolveDb.Configuration;
using FluentMigrator;
using FluentMigrator.Infrastructure;
using FluentMigrator.Runner;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

// A migration library as its documentation shows it, and nothing else: what the benchmark compares with.
// Arguments: which library, the connection string, the folder with V<version>__<name>.sql.
var (library, connectionString, folder) = (args[0], args[1], args[2]);
switch (library)
{
    case "DbUp":
        var result = DeployChanges.To.PostgresqlDatabase(connectionString).JournalToPostgresqlTable("public", "dbup_versions")
            .WithScriptsFromFileSystem(folder).WithoutTransaction().WithVariablesDisabled().LogToNowhere().Build().PerformUpgrade();
        if (!result.Successful)
            throw result.Error;
        break;
    case "Evolve":
        using (var connection = new NpgsqlConnection(connectionString))
            new Evolve(connection) { Locations = [folder], MetadataTableSchema = "evolve", TransactionMode = TransactionKind.CommitEach, IsEraseDisabled = true, EnableClusterMode = true }.Migrate();
        break;
    default:
        using (var services = new ServiceCollection()
            .AddFluentMigratorCore()
            .ConfigureRunner(runner => runner.AddPostgres15_0().WithGlobalConnectionString(connectionString))
            .AddScoped<IMigrationInformationLoader>(_ => new Files(folder))
            .BuildServiceProvider())
        using (var scope = services.CreateScope())
            scope.ServiceProvider.GetRequiredService<IMigrationRunner>().MigrateUp();
        break;
}

internal sealed class Files(string folder) : IMigrationInformationLoader
{
    public SortedList<long, IMigrationInfo> LoadMigrations() => new(Directory.GetFiles(folder, "*.sql").ToDictionary(
        file => long.Parse(Path.GetFileName(file)[1..15], CultureInfo.InvariantCulture),
        IMigrationInfo (file) => new MigrationInfo(long.Parse(Path.GetFileName(file)[1..15], CultureInfo.InvariantCulture), TransactionBehavior.None, new OfFile(file))));
}

internal sealed class OfFile(string file) : Migration
{
    public override void Up() => Execute.Sql(File.ReadAllText(file));

    public override void Down() => throw new NotSupportedException();
}
