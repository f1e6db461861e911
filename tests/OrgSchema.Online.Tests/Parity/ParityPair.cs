using System.Diagnostics;
using FluentMigrator.Runner.Initialization;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Two databases that begin the same: FluentMigrator's runner has one, and ours has the other.</summary>
internal sealed class ParityPair : IAsyncDisposable
{
    private const string OurVersions = "orgschema.schema_version";

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(10);
    private static readonly string TheirVersions = $"{PlainRunner.Schema}.\"VersionInfo\"";
    private static readonly FingerprintScope Scope = new() { ExceptSchemas = ["orgschema", PlainRunner.Schema] };

    private ParityPair(EmptyDatabase ours, EmptyDatabase theirs) => (Ours, Theirs) = (ours, theirs);

    /// <summary>The database of our runner.</summary>
    public EmptyDatabase Ours { get; }

    /// <summary>The database of FluentMigrator's.</summary>
    public EmptyDatabase Theirs { get; }

    /// <summary>What is added to both connection strings.</summary>
    public string Settings { get; init; } = "";

    /// <summary>Tags of the migrations that both run, beside those without tags.</summary>
    public IReadOnlyList<string> Tags { get; set; } = [];

    /// <summary>What our runner does about C# code that has failed without a transaction. FluentMigrator's asks nothing.</summary>
    public CutOffAnswer CutOff { get; set; }

    /// <summary>Whether our runner does steps in their safe forms however small the tables are.</summary>
    public bool Rewrites { get; init; }

    /// <summary>What our runner has said when both have failed last.</summary>
    public string? Failure { get; private set; }

    /// <summary>Creates both, with settings that few would choose.</summary>
    public static async Task<ParityPair> CreateAsync(string settings = "", bool rewrites = false)
    {
        var databases = await Task.WhenAll(EmptyDatabase.CreateAsync(), EmptyDatabase.CreateAsync());
        var pair = new ParityPair(databases[0], databases[1]) { Settings = settings, Rewrites = rewrites };
        foreach (var database in databases)
            await database.ExecuteAsync($"""
                ALTER DATABASE {database.Name} SET timezone = 'America/New_York';
                ALTER DATABASE {database.Name} SET datestyle = 'SQL, DMY';
                CREATE SCHEMA of_the_role AUTHORIZATION postgres -- a run that is refused makes nothing that the role owns
                """);
        return pair;
    }

    /// <summary>Runs one or more statements in both.</summary>
    public Task ExecuteAsync(string sql) => Task.WhenAll(Ours.ExecuteAsync(sql), Theirs.ExecuteAsync(sql));

    /// <summary>Runs all migrations with both runners, which must fail alike if they fail.</summary>
    /// <param name="direction">Up or down.</param>
    /// <param name="services">What the migrations ask for.</param>
    /// <param name="describe">Says, of a version that has failed, what it was.</param>
    /// <param name="migrations">The migrations.</param>
    /// <returns>The version at which both have failed; null: they have not.</returns>
    public async Task<long?> RunAsync(Direction direction, Action<IServiceCollection> services, Func<long, string> describe, params Type[] migrations)
    {
        await using var migrator = Migrator(services, migrations);
        var running = FailureAsync(() => RunTheirsAsync(direction, services, migrations));
        var ours = await FailureAsync(() => migrator.RunAsync(direction));
        var theirs = await running;
        return await FailedAsync(direction, ours, theirs, describe, migrations);
    }

    /// <summary>The same while a session of somebody else's is open in each database, which ends as soon as the runner is seen waiting for it.</summary>
    /// <param name="begin">Opens that session.</param>
    /// <param name="direction">Up or down.</param>
    /// <param name="services">What the migrations ask for.</param>
    /// <param name="what">Says what has failed.</param>
    /// <param name="migrations">The migrations.</param>
    /// <returns>Whether our runner has waited, which it does if and only if FluentMigrator's does.</returns>
    public async Task<bool> RunBesideAsync(
        Func<TestDatabase, Task<Stranger>> begin, Direction direction, Action<IServiceCollection> services, string what, params Type[] migrations)
    {
        await using var migrator = Migrator(services, migrations);
        var (besideOurs, besideTheirs) = (await begin(Ours), await begin(Theirs));
        var theirs = FailureAsync(() => RunTheirsAsync(direction, services, migrations));
        var ours = FailureAsync(() => migrator.RunAsync(direction));
        var waited = await Task.WhenAll(
            EndWhenAsync(() => Task.FromResult(migrator.Told.Any(told => told is AttemptFailed or LocksAwaited)), besideOurs, ours),
            EndWhenBlockingAsync(besideTheirs, theirs));
        await FailedAsync(direction, await ours, await theirs, _ => what, migrations);
        Assert.That(waited[0], Is.EqualTo(waited[1]), $"{direction}: {what}: has waited");
        return waited[0];
    }

    /// <summary>Our runner, for its database.</summary>
    public TestMigrator Migrator(Action<IServiceCollection> services, params Type[] migrations) => new(Ours.Options(migrations) with
    {
        ConnectionString = $"{Ours.ConnectionString};{Settings}",
        Tags = Tags,
        CutOff = CutOff,
        SmallTableRows = Rewrites ? 0 : long.MaxValue,
        SmallTableBytes = Rewrites ? 0 : long.MaxValue,
        UnsafeReason = Rewrites ? "to compare what has no safe form, too" : null,
        Services = all =>
        {
            PlainRunner.InItsOwnSchema(all);
            services(all);
        },
    });

    /// <summary>Runs FluentMigrator's runner on its database, on a thread of its own.</summary>
    public Task RunTheirsAsync(Direction direction, Action<IServiceCollection> services, params Type[] migrations) => Task.Run(() => PlainRunner.Run(
        $"{Theirs.ConnectionString};{Settings}",
        direction,
        all =>
        {
            PlainRunner.InItsOwnSchema(all);
            all.Configure<RunnerOptions>(options => options.Tags = [.. Tags]);
            services(all);
        },
        migrations));

    /// <summary>Fails the test unless both have the same objects and the same rows.</summary>
    public async Task AssertSameAsync(Func<string> what)
    {
        var pictures = await Task.WhenAll(ReadAsync(Ours), ReadAsync(Theirs));
        if (pictures[0].DifferencesFrom(pictures[1]).Count > 0)
            await TestContext.Out.WriteLineAsync(what());
        pictures[0].AssertSameAs(pictures[1]);
    }

    /// <summary>Fails the test unless pg_dump writes the same of both.</summary>
    public async Task AssertSameDumpAsync(Func<string> what)
    {
        var dumps = await Task.WhenAll(DumpAsync(Ours), DumpAsync(Theirs));
        Assert.That(dumps[0], Does.Contain("PostgreSQL database dump complete").And.EqualTo(dumps[1]), what);
    }

    /// <summary>What a run ends with; null: it has succeeded.</summary>
    public static async Task<Exception?> FailureAsync(Func<Task> run)
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

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Ours.DisposeAsync();
        await Theirs.DisposeAsync();
    }

    private async Task<long?> FailedAsync(
        Direction direction, Exception? ours, Exception? theirs, Func<long, string> describe, IReadOnlyList<Type> migrations)
    {
        var (inOurs, inTheirs) = (await VersionsAsync(Ours, OurVersions), await VersionsAsync(Theirs, TheirVersions));
        var known = KnownMigration.In(migrations).Select(migration => migration.Version);
        var failed = direction == Direction.Up ? known.Except(inTheirs).Cast<long?>().FirstOrDefault() : inTheirs.Cast<long?>().LastOrDefault();
        string Message() =>
            $"{direction}: FluentMigrator: {theirs?.Message ?? "done"}; OrgSchema: {ours?.Message ?? "done"}\n{(failed is null ? "" : describe(failed.Value))}";
        Assert.Multiple(() =>
        {
            Assert.That(ours is null, Is.EqualTo(theirs is null), Message);
            Assert.That(SqlState(ours), Is.EqualTo(SqlState(theirs)), Message);
            Assert.That(inOurs, Is.EqualTo(inTheirs), Message);
        });
        Assert.That(failed is null, Is.EqualTo(theirs is null), Message);
        Failure = ours?.Message;
        return failed;
    }

    // FluentMigrator tells nothing: the server does.
    private async Task<bool> EndWhenBlockingAsync(Stranger stranger, Task run)
    {
        await using var watcher = await Stranger.ConnectAsync(Theirs.SuperuserConnectionString);
        var isBlocking = $"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE {stranger.ProcessId} = ANY (pg_blocking_pids(pid)))";
        return await EndWhenAsync(() => watcher.Connection.ScalarAsync<bool>(isBlocking), stranger, run);
    }

    private static async Task<bool> EndWhenAsync(Func<Task<bool>> isAwaited, Stranger stranger, Task run)
    {
        await using var ended = stranger;
        var began = Stopwatch.GetTimestamp();
        while (!run.IsCompleted)
        {
            if (await isAwaited())
                return true;
            if (Stopwatch.GetElapsedTime(began) > Awaiting.Bound)
                throw new TimeoutException("The run has neither ended, nor is it seen waiting.");
            await Task.WhenAny(run, Task.Delay(BetweenLooks));
        }

        return await isAwaited();
    }

    private static async Task<IReadOnlyList<long>> VersionsAsync(EmptyDatabase database, string table) =>
        await database.ScalarAsync<bool>($"SELECT to_regclass('{table}') IS NULL") ? []
            : await database.ColumnAsync<long>($"SELECT {(table == OurVersions ? "version" : "\"Version\"")} FROM {table} ORDER BY 1");

    private static async Task<Fingerprint> ReadAsync(EmptyDatabase database)
    {
        await using var connection = await database.OpenAsync();
        return await Fingerprint.ReadAsync(connection, Scope, default);
    }

    private static Task<string> DumpAsync(EmptyDatabase database) =>
        database.DumpAsync("--exclude-schema=orgschema", $"--exclude-schema={PlainRunner.Schema}");

    private static string? SqlState(Exception? exception) =>
        exception is null ? null : (exception as PostgresException)?.SqlState ?? SqlState(exception.InnerException);
}
