using System.Diagnostics.CodeAnalysis;

namespace OrgSchema.Online;

/// <summary>Runs the same migrations on many databases: on one of them first, the canary, then on some at once.</summary>
public sealed class Fleet : IAsyncDisposable
{
    private readonly MigratorOptions _options;
    private readonly FleetOptions _fleet;
    private readonly Relay _progress;
    private readonly MigrationSet _migrations;

    /// <summary>Prepares it; nothing is opened yet.</summary>
    /// <param name="options">Every knob of a run, the same for all; the connection string is each target's own.</param>
    /// <param name="fleet">Which comes first, how many at once, and what a failure stops.</param>
    /// <param name="progress">Told what happens anywhere, one event at a time. Default: nobody.</param>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="RequestException">Two migrations have the same version.</exception>
    public Fleet(MigratorOptions options, FleetOptions? fleet = null, IProgress<FleetEvent>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Validated();
        _fleet = (fleet ?? new FleetOptions()).Validated();
        _progress = new Relay(progress);
        _migrations = new MigrationSet(options);
    }

    /// <summary>
    /// Runs on the canary, and if that is done, on the others. After a failure nothing more is started, unless
    /// <see cref="FleetOptions.KeepGoing"/>; what is under way goes to its end. A canary that fails stops it in any case.
    /// </summary>
    /// <param name="targets">The databases, in the order in which they are started.</param>
    /// <param name="run">A run of one of them, such as <see cref="Migrator.UpAsync"/>.</param>
    /// <param name="cancellationToken">Ends the runs under way in order, and starts no more.</param>
    /// <returns>How it went on each target, in their order. A failure, and a cancellation, is a result and no exception.</returns>
    /// <exception cref="RequestException">There is no target, or none with the canary's name.</exception>
    public async Task<IReadOnlyList<FleetResult<RunResult>>> RunAsync(
        IReadOnlyList<FleetTarget> targets, Func<Migrator, CancellationToken, Task<RunResult>> run, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        var canary = _fleet.CanaryOf(targets);
        var results = targets.ToDictionary(target => target, FleetResult<RunResult>.NotStarted);
        await StartAsync(canary);
        var stopped = !IsGood(results[canary]);
        await EachAsync(
            targets.Where(target => target != canary),
            async target =>
            {
                if (Volatile.Read(ref stopped))
                    return;
                await StartAsync(target);
                if (!_fleet.KeepGoing && !IsGood(results[target]))
                    Volatile.Write(ref stopped, true);
            },
            cancellationToken);
        return [.. targets.Select(target => results[target])];

        async Task StartAsync(FleetTarget target)
        {
            _progress.Report(new FleetTargetStarted(target, IsCanary: target == canary));
            var result = await OneAsync(target, (_, migrator, token) => run(migrator, token), cancellationToken);
            lock (results)
                results[target] = result;
            _progress.Report(new FleetTargetEnded(target, result));
        }
    }

    /// <summary>Asks every database, some at once. An answer that cannot be had stops nothing.</summary>
    /// <param name="targets">The databases.</param>
    /// <param name="ask">A question that changes nothing, such as <see cref="Migrator.StatusAsync(CancellationToken)"/>.</param>
    /// <param name="cancellationToken">Ends the questions.</param>
    /// <returns>The answers in the order of the targets. A failure, and a cancellation, is a result and no exception.</returns>
    public async Task<IReadOnlyList<FleetResult<T>>> AskAsync<T>(
        IReadOnlyList<FleetTarget> targets, Func<FleetTarget, Migrator, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(ask);
        var results = targets.ToDictionary(target => target, FleetResult<T>.NotStarted);
        await EachAsync(
            targets,
            async target =>
            {
                var result = await OneAsync(target, ask, cancellationToken);
                lock (results)
                    results[target] = result;
            },
            cancellationToken);
        return [.. targets.Select(target => results[target])];
    }

    /// <summary>Whether it did all that it was asked to, and verification found nothing wrong.</summary>
    public static bool IsGood(FleetResult<RunResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result.Value is { } value && value.Findings.All(finding => finding.Severity != Severity.Error);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _migrations.DisposeAsync();

    private Task EachAsync(IEnumerable<FleetTarget> targets, Func<FleetTarget, Task> each, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        targets,
        new ParallelOptions { MaxDegreeOfParallelism = _fleet.Parallel },
        async (target, _) =>
        {
            if (!cancellationToken.IsCancellationRequested)
                await each(target);
        });

    [SuppressMessage("Design", "CA1031", Justification = "Whatever happens to one database is its result, and must not tear down the runs on the others.")]
    private async Task<FleetResult<T>> OneAsync<T>(FleetTarget target, Func<FleetTarget, Migrator, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
        where T : class
    {
        var began = _options.Clock.GetTimestamp();
        try
        {
            await using var migrator = new Migrator(_options with { ConnectionString = target.ConnectionString }, _progress.Of(target), _migrations);
            return new FleetResult<T>(target, await work(target, migrator, cancellationToken), null, _options.Clock.GetElapsedTime(began));
        }
        catch (Exception e)
        {
            return new FleetResult<T>(target, null, e, _options.Clock.GetElapsedTime(began));
        }
    }

    // Runs on several databases tell at once; whoever listens hears one after the other.
    private sealed class Relay(IProgress<FleetEvent>? listener)
    {
        private readonly Lock _gate = new();

        public void Report(FleetEvent value)
        {
            lock (_gate)
                listener?.Report(value);
        }

        public IProgress<MigrationEvent> Of(FleetTarget target) => new One(this, target);

        private sealed class One(Relay relay, FleetTarget target) : IProgress<MigrationEvent>
        {
            public void Report(MigrationEvent value) => relay.Report(new FleetTargetTold(target, value));
        }
    }
}
