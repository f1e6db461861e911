namespace OrgSchema.Online;

/// <summary>Up, down, up and contract on one copy, from the state that the target is in, and the same for what is behind contract.</summary>
internal sealed class Journey(MigratorOptions options, DatabaseCopy copy, IProgress<MigrationEvent> progress, Action<TracedStatement>? trace = null)
{
    private readonly MigratorOptions _options = options with
    {
        ConnectionString = copy.ConnectionString,
        Preflight = null,
        ContractGate = null,
        Verify = null,
        // Nobody else is here, but the server may not have ended the session of the step before.
        RunnerWait = TimeSpan.FromMinutes(1),
        ReconnectBudget = TimeSpan.Zero,
        // A table may have few rows here and many on the target. What has no safe form is to be seen at work.
        SmallTableRows = 0,
        SmallTableBytes = 0,
        UnsafeReason = options.UnsafeReason ?? "rehearsed on a copy",
    };

    private DownTarget _bottom = DownTarget.All;
    private DownTarget? _contract;

    /// <summary>Whether the way back goes below where the target is: there, a statement rightly returns less than at the target.</summary>
    public bool GoesBelow { get; private set; }

    /// <summary>Decides how far the first Down goes: to where the target is, or to the beginning if nothing is pending there.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        await using var migrator = new Migrator(_options);
        var status = await migrator.StatusAsync(cancellationToken);
        var isOpen = Selection.Up(status, to: null).Count > 0;
        var isAbove = isOpen && status.Applied.Count > 0 && !status.Migrations.Any(migration => migration.State is MigrationState.OutOfOrder or MigrationState.Unfinished);
        GoesBelow = !isAbove && status.Applied.Count > 0;
        _bottom = isAbove ? DownTarget.Above(status.Applied.Max()) : DownTarget.All;
    }

    /// <summary>The migrations of a leg, in the order in which they run now. To be asked for one leg after the other.</summary>
    public async Task<IReadOnlyList<KnownMigration>> StepsAsync(Leg leg, CancellationToken cancellationToken)
    {
        await using var migrator = new Migrator(_options);
        var status = await migrator.StatusAsync(cancellationToken);
        return leg switch
        {
            Leg.Down => Selection.Down(status, _bottom),
            Leg.Contract => Selection.Contract(status),
            Leg.UpAfterContract => Behind(status),
            Leg.DownAfterContract => _contract is null ? [] : Selection.Down(status, _contract),
            _ => Selection.Up(status, to: null),
        };
    }

    private IReadOnlyList<KnownMigration> Behind(DatabaseStatus status)
    {
        var behind = Selection.Up(status, to: null);
        _contract = behind.Count > 0 ? DownTarget.Above(status.Applied.Max()) : null;
        return behind;
    }

    /// <summary>Runs a whole leg.</summary>
    public Task RunAsync(Leg leg, CancellationToken cancellationToken) => RunAsync(
        leg switch
        {
            Leg.Down => migrator => migrator.DownAsync(_bottom, cancellationToken),
            Leg.DownAfterContract => migrator => migrator.DownAsync(_contract!, cancellationToken),
            Leg.Contract => migrator => migrator.ContractAsync(cancellationToken),
            _ => migrator => migrator.UpAsync(null, cancellationToken),
        });

    /// <summary>Runs one step of a leg.</summary>
    public Task RunAsync(Leg leg, KnownMigration step, CancellationToken cancellationToken) => RunAsync(
        leg switch
        {
            Leg.Down or Leg.DownAfterContract => migrator => migrator.DownAsync(DownTarget.Last(1), cancellationToken),
            Leg.Contract => migrator => migrator.ContractAsync(cancellationToken),
            _ => migrator => migrator.UpAsync(step.Version, cancellationToken),
        });

    private async Task RunAsync(Func<Migrator, Task> run)
    {
        await using var migrator = trace is null ? new Migrator(_options, progress) : TracedMigrator.Create(_options, trace, progress);
        await run(migrator);
    }
}
