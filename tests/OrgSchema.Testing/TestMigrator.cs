using OrgSchema.Online;

namespace OrgSchema.Testing;

/// <summary>A <see cref="Migrator"/> on a test's database that is never idle for long and keeps what it told.</summary>
public sealed class TestMigrator : IProgress<MigrationEvent>, IAsyncDisposable
{
    private readonly Migrator _migrator;
    private readonly Told<MigrationEvent> _told = new();

    /// <summary>Prepares it; nothing is opened yet.</summary>
    /// <param name="options">As <see cref="MigratorWords.Options"/> makes them, and what the test is about.</param>
    /// <param name="trace">Told of each statement. Default: nobody.</param>
    public TestMigrator(MigratorOptions options, Action<TracedStatement>? trace = null) =>
        _migrator = trace is null ? new Migrator(options, this) : TracedMigrator.Create(options, trace, this);

    /// <summary>What it has told so far.</summary>
    public IReadOnlyList<MigrationEvent> Told => _told.All;

    /// <summary>Runs while something is told; throws there, and the run fails there.</summary>
    public Action<MigrationEvent> OnTold { get; set; } = static _ => { };

    /// <summary>Applies what is pending.</summary>
    public Task<RunResult> UpAsync(long? to = null, CancellationToken cancellationToken = default) => _migrator.UpAsync(to, cancellationToken);

    /// <summary>Applies contract migrations.</summary>
    public Task<RunResult> ContractAsync(CancellationToken cancellationToken = default) => _migrator.ContractAsync(cancellationToken);

    /// <summary>Reverts. Default: all.</summary>
    public Task<RunResult> DownAsync(DownTarget? target = null, CancellationToken cancellationToken = default) => _migrator.DownAsync(target ?? DownTarget.All, cancellationToken);

    /// <summary>Applies or reverts all.</summary>
    public Task<RunResult> RunAsync(Direction direction) => direction == Direction.Up ? UpAsync() : DownAsync();

    /// <summary>Where every migration stands.</summary>
    public Task<DatabaseStatus> StatusAsync() => _migrator.StatusAsync(CancellationToken.None);

    /// <summary>Where backfills are.</summary>
    public Task<BackfillStatus> BackfillStatusAsync() => _migrator.BackfillStatusAsync(CancellationToken.None);

    /// <summary>Says a word to backfills.</summary>
    public Task ControlBackfillAsync(bool paused, TimeSpan? rest = null) => _migrator.ControlBackfillAsync(paused, rest, CancellationToken.None);

    /// <summary>What would run.</summary>
    public Task<IReadOnlyList<PlannedMigration>> PlanAsync() => _migrator.PlanAsync(CancellationToken.None);

    /// <summary>Asks the questions of a check.</summary>
    public Task<IReadOnlyList<Finding>> AskAsync(DatabaseCheck check) => _migrator.AskAsync(check, CancellationToken.None);

    /// <summary>The first event of a kind, once it is told.</summary>
    public Task<T> UntilToldAsync<T>(Func<T, bool>? which = null)
        where T : MigrationEvent => _told.UntilAsync(which);

    void IProgress<MigrationEvent>.Report(MigrationEvent value)
    {
        _told.Report(value);
        OnTold(value);
    }

    /// <summary>Lets go of it.</summary>
    public ValueTask DisposeAsync() => _migrator.DisposeAsync();
}

/// <summary>How a test gets a migrator.</summary>
public static class MigratorWords
{
    /// <summary>Options with short pauses: what a test waits for is a state, not the next look.</summary>
    public static MigratorOptions Options(this TestDatabase database, params Type[] migrations) => new()
    {
        ConnectionString = database.ConnectionString,
        Migrations = migrations,
        RetryPause = TimeSpan.FromMilliseconds(10),
        MaxRetryPause = TimeSpan.FromMilliseconds(50),
        LockBudget = Awaiting.Bound,
        RunnerWait = Awaiting.Bound,
        ReconnectBudget = TimeSpan.Zero,
        Backfill = new BackfillOptions { Pause = TimeSpan.Zero },
    };

    /// <summary>A migrator of some migrations, with <see cref="Options"/>.</summary>
    public static TestMigrator Migrator(this TestDatabase database, params Type[] migrations) => new(database.Options(migrations));

    /// <summary>The database as a superuser sees it.</summary>
    public static async Task<Fingerprint> FingerprintAsync(this TestDatabase database)
    {
        await using var connection = await Stranger.ConnectAsync(database.SuperuserConnectionString);
        return await Fingerprint.ReadAsync(connection.Connection);
    }

    /// <summary>Runs one or more statements as a superuser.</summary>
    public static async Task ExecuteAsSuperuserAsync(this TestDatabase database, string sql)
    {
        await using var connection = await Stranger.ConnectAsync(database.SuperuserConnectionString);
        await connection.Connection.ExecuteAsync(sql);
    }
}
