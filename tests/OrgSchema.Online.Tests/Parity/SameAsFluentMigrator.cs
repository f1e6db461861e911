using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>What FluentMigrator's runner makes of a list of expressions, ours makes of it, too: the same schema, the same rows, the same failures.</summary>
[TestFixture]
public sealed class SameAsFluentMigrator
{
    private EmptyDatabase _ours = null!;
    private EmptyDatabase _theirs = null!;

    [SetUp]
    public async Task CreateDatabases()
    {
        (_ours, _theirs) = (await EmptyDatabase.CreateAsync(), await EmptyDatabase.CreateAsync());
        foreach (var database in (EmptyDatabase[])[_ours, _theirs])
        {
            await database.ExecuteAsync($"ALTER DATABASE {database.Name} SET timezone = 'America/New_York'");
            await database.ExecuteAsync($"ALTER DATABASE {database.Name} SET datestyle = 'SQL, DMY'");
        }
    }

    [TearDown]
    public async Task DropDatabases()
    {
        await _ours.DisposeAsync();
        await _theirs.DisposeAsync();
    }

    [TestCaseSource(typeof(ExpressionLists), nameof(ExpressionLists.All))]
    public Task In_one_transaction(Expressions expressions) => SameAsync(expressions, typeof(InOneTransaction));

    [TestCaseSource(typeof(ExpressionLists), nameof(ExpressionLists.Some))]
    public Task Without_a_transaction(Expressions expressions) => SameAsync(expressions, typeof(WithoutTransaction));

    [TestCase("Search Path=app")]
    [TestCase("Search Path=app,public")]
    [TestCase("Options=-c search_path=app -c TimeZone=Asia/Tokyo")]
    public async Task With_the_settings_of_the_connection_string(string settings)
    {
        foreach (var database in (EmptyDatabase[])[_ours, _theirs])
            await database.ExecuteAsync("CREATE SCHEMA app");
        var raw = ExpressionLists.All.Single(expressions => expressions.Name == "raw SQL of many kinds");

        await SameAsync(raw, typeof(InOneTransaction), settings);

        Assert.That(await _ours.ScalarAsync<bool>("SELECT pg_catalog.to_regclass('app.unqualified') IS NOT NULL"));
    }

    private async Task SameAsync(Expressions expressions, Type migration, string settings = "")
    {
        foreach (var database in (EmptyDatabase[])[_ours, _theirs])
            await database.ExecuteAsync(expressions.Setup);
        void Services(IServiceCollection services)
        {
            services.AddSingleton(expressions);
            PlainRunner.InItsOwnSchema(services);
        }

        await using var migrator = new TestMigrator(_ours.Options(migration) with
        {
            ConnectionString = $"{_ours.ConnectionString};{settings}",
            Services = Services,
        });
        foreach (var direction in (Direction[])[Direction.Up, Direction.Down, Direction.Up])
        {
            var theirs = Failure(() => PlainRunner.Run($"{_theirs.ConnectionString};{settings}", direction, Services, migration));
            var ours = await FailureAsync(() => migrator.RunAsync(direction));
            Assert.That(ours is null, Is.EqualTo(theirs is null), $"{direction}: FluentMigrator: {theirs?.Message ?? "done"}; OrgSchema: {ours?.Message ?? "done"}");
            Assert.That(SqlState(ours), Is.EqualTo(SqlState(theirs)), $"{direction}: FluentMigrator: {theirs?.Message}; OrgSchema: {ours?.Message}");
            (await ReadAsync(_ours)).AssertSameAs(await ReadAsync(_theirs));
        }
    }

    private static async Task<Fingerprint> ReadAsync(EmptyDatabase database)
    {
        await using var connection = await database.OpenAsync();
        return await Fingerprint.ReadAsync(connection, new FingerprintScope { ExceptSchemas = ["orgschema", PlainRunner.Schema] }, default);
    }

    private static Exception? Failure(Action run)
    {
        try
        {
            run();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private static async Task<Exception?> FailureAsync(Func<Task> run)
    {
        try
        {
            await run();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private static string? SqlState(Exception? exception) => exception is null ? null : (exception as PostgresException)?.SqlState ?? SqlState(exception.InnerException);
}
