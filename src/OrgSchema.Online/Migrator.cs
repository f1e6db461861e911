namespace OrgSchema.Online;

/// <summary>Runs migrations on a database in use: one run at a time, one migration at a time, each under the lock policy and in the run log.</summary>
public sealed partial class Migrator : IAsyncDisposable
{
    private readonly MigratorOptions _options;
    private readonly OneAtATime _progress;
    private readonly MigrationSet _migrations;
    private readonly bool _owns;

    /// <summary>Prepares a run; nothing is opened yet.</summary>
    /// <param name="options">Every knob.</param>
    /// <param name="progress">Told what happens, in order, one at a time and at once. Default: nobody.</param>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="RequestException">Two migrations have the same version.</exception>
    public Migrator(MigratorOptions options, IProgress<MigrationEvent>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Validated();
        _progress = new OneAtATime(progress);
        (_migrations, _owns) = (new MigrationSet(options), true);
    }

    /// <summary>One of many, on migrations that belong to all of them.</summary>
    internal Migrator(MigratorOptions options, IProgress<MigrationEvent> progress, MigrationSet migrations) =>
        (_options, _progress, _migrations) = (options, new OneAtATime(progress), migrations);

    /// <summary>The way of commands and questions of migrations to the server.</summary>
    internal Func<Session, ISender> Sender { get; init; } = static session => new PlainSender(session);

    private Planner Planner => new(_migrations, _options);

    /// <summary>Applies what is pending, up to <paramref name="to"/>, and stops before the first contract migration.</summary>
    /// <exception cref="OnlineMigrationException">It was not all applied; what was, stays.</exception>
    public Task<RunResult> UpAsync(long? to = null, CancellationToken cancellationToken = default) =>
        RunAsync(Direction.Up, status => Selection.Up(status, to), cancellationToken);

    /// <summary>Applies the contract migrations that are next.</summary>
    /// <exception cref="OnlineMigrationException">Others are pending before them, or it was not all applied.</exception>
    public Task<RunResult> ContractAsync(CancellationToken cancellationToken = default) =>
        RunAsync(Direction.Up, Selection.Contract, cancellationToken);

    /// <summary>Reverts migrations, newest first.</summary>
    /// <exception cref="OnlineMigrationException">It was not all reverted; what was, stays so.</exception>
    public Task<RunResult> DownAsync(DownTarget target, CancellationToken cancellationToken = default) =>
        RunAsync(Direction.Down, status => Selection.Down(status, target), cancellationToken);

    /// <summary>Reads where every migration stands. Changes nothing and takes no runner lock.</summary>
    public async Task<DatabaseStatus> StatusAsync(CancellationToken cancellationToken = default)
    {
        _migrations.BeginChecksums();
        await using var session = await Session.OpenAsync(_options, cancellationToken);
        return await StatusAsync(session, cancellationToken);
    }

    /// <summary>The same with what the archive holds, and what else the program asks for, over one connection. Changes nothing.</summary>
    public async Task<(DatabaseStatus Status, IReadOnlyList<ArchiveContents> Archives, T Answer)> StatusAsync<T>(Func<Npgsql.NpgsqlConnection, IReadOnlySet<long>, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ask);
        _migrations.BeginChecksums();
        await using var session = await Session.OpenAsync(_options, cancellationToken);
        var status = await StatusAsync(session, cancellationToken);
        return (status, await ArchiveContents.ReadAsync(session, _options.PrivateSchema, cancellationToken), await ask(session.Connection, status.Applied, cancellationToken));
    }

    /// <summary>Writes down what <see cref="UpAsync"/> and then <see cref="ContractAsync"/> would run. Changes nothing.</summary>
    public async Task<IReadOnlyList<PlannedMigration>> PlanAsync(CancellationToken cancellationToken = default)
    {
        await using var session = await Session.OpenAsync(_options, cancellationToken, readOnly: true);
        var pending = Selection.Pending(await StatusAsync(session, cancellationToken));
        return await Planner.PlannedAsync([.. pending], Direction.Up, session, isGuarded: true, cancellationToken);
    }

    /// <summary>Describes what would run, with what the target's catalog tells: tables, sizes, triggers. The session is read only from its first command on.</summary>
    /// <param name="down">What would be reverted; null: what would be applied.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="RequestException">The target is not known, or one of the migrations is not in this program.</exception>
    public async Task<MigrationPlan> DescribeAsync(DownTarget? down, CancellationToken cancellationToken)
    {
        await using var session = await Session.OpenAsync(_options, cancellationToken, readOnly: true);
        var status = await StatusAsync(session, cancellationToken);
        var direction = down is null ? Direction.Up : Direction.Down;
        IReadOnlyList<KnownMigration> selected = down is null ? [.. Selection.Pending(status)] : Selection.Down(status, down);
        var planned = await Planner.PlannedAsync(selected, direction, session, isGuarded: true, cancellationToken);
        var plan = await MigrationPlan.ReadAsync(session, direction, planned, cancellationToken);
        return plan with { Removal = await Planner.RemovalsAsync(selected, direction, session, cancellationToken) };
    }

    /// <summary>Writes all migrations as SQL, for the target's version of PostgreSQL. Changes nothing.</summary>
    /// <param name="format">For whom.</param>
    /// <param name="record">Whether the files write the version table, so that a run afterwards finds nothing to do.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="RequestException">The format cannot name one of the migrations.</exception>
    public async Task<IReadOnlyList<ScriptFile>> ScriptAsync(ScriptFormat format, bool record, CancellationToken cancellationToken)
    {
        await using var session = await Session.OpenAsync(_options, cancellationToken, readOnly: true);
        var versions = new VersionTable(_options.PrivateSchema);
        var ups = await Planner.PlannedAsync(_migrations.Known, Direction.Up, session, isGuarded: false, cancellationToken);
        if (format == ScriptFormat.Supabase)
            return [.. ups.SelectMany(planned => new SupabaseScript(_options).Write(Scripted(planned, Direction.Up), planned == ups[0]))];
        var downs = await Planner.PlannedAsync(_migrations.Known, Direction.Down, session, isGuarded: false, cancellationToken);
        var script = new PsqlScript(_options);
        return [.. ups.Zip(downs, (up, down) => new[] { script.Write(Scripted(up, Direction.Up), up == ups[0]), script.Write(Scripted(down, Direction.Down), first: false) }).SelectMany(files => files)];

        ScriptedMigration Scripted(PlannedMigration planned, Direction direction) => new(
            planned.Migration,
            direction,
            planned.IsTransactional,
            planned.Statements,
            record ? versions.Write(planned.Migration, direction, _migrations.ChecksumOf(planned.Migration)) : null);
    }

    /// <summary>Finds what <see cref="DownAsync"/> would remove now, what goes with it, and what would refuse it. Changes nothing.</summary>
    /// <exception cref="RequestException">The target is not known, or one of the migrations is not in this program.</exception>
    public async Task<RemovalReport> RemovalsAsync(DownTarget target, CancellationToken cancellationToken)
    {
        await using var session = await Session.OpenAsync(_options, cancellationToken, readOnly: true);
        return await Planner.RemovalsAsync(Selection.Down(await StatusAsync(session, cancellationToken), target), Direction.Down, session, cancellationToken);
    }

    /// <summary>Finds migrations whose Down says nothing, or throws. Changes nothing.</summary>
    public async Task<IReadOnlyList<IrreversibleMigration>> IrreversibleAsync(CancellationToken cancellationToken = default)
    {
        await using var session = await Session.OpenAsync(_options, cancellationToken);
        var found = new List<IrreversibleMigration>();
        foreach (var migration in _migrations.Known)
        {
            if (await Planner.WhyIrreversibleAsync(migration, session, cancellationToken) is { } why)
                found.Add(new IrreversibleMigration(migration, why));
        }

        return found;
    }

    /// <summary>Asks what <see cref="UpAsync"/> asks before it changes anything. Changes nothing and takes no runner lock.</summary>
    /// <returns>What would refuse the run, as errors, and what it would warn of.</returns>
    public Task<IReadOnlyList<Finding>> BeforeUpAsync(long? to = null, CancellationToken cancellationToken = default) =>
        BeforeAsync(status => Selection.Up(status, to), cancellationToken);

    /// <summary>Asks what <see cref="ContractAsync"/> asks before it changes anything. Changes nothing and takes no runner lock.</summary>
    /// <returns>What would refuse the run, as errors, and what it would warn of.</returns>
    public Task<IReadOnlyList<Finding>> BeforeContractAsync(CancellationToken cancellationToken = default) => BeforeAsync(Selection.Contract, cancellationToken);

    private async Task<IReadOnlyList<Finding>> BeforeAsync(Func<DatabaseStatus, IReadOnlyList<KnownMigration>> select, CancellationToken cancellationToken)
    {
        await using var session = await Session.OpenAsync(_options, cancellationToken);
        var status = await StatusAsync(session, cancellationToken);
        var findings = HistoryCheck.Findings(status, Direction.Up, _options.Strict).ToList();
        var due = select(status);
        if (due.Count > 0 && _options.Preflight is { } preflight)
            findings.AddRange(await preflight(session.Connection, status.Applied, cancellationToken));
        findings.AddRange(Planner.Findings(await Planner.RemovalsAsync(due, Direction.Up, session, cancellationToken)));
        findings.AddRange((await Planner.UnsafeAsync(due, Direction.Up, session, cancellationToken)).Findings);
        if (due is [{ Phase: Phase.Contract }, ..] && _options is { ContractGate: { } gate, ForceReason: null })
            findings.AddRange(await gate(session.Connection, status.Applied, cancellationToken));
        return findings;
    }

    /// <summary>Reads the last entries of the run log, newest first. Changes nothing.</summary>
    public async Task<IReadOnlyList<RunLogEntry>> LogAsync(int count, CancellationToken cancellationToken)
    {
        await using var session = await Session.OpenAsync(_options, cancellationToken);
        return await new RunLog(session, _options).LastAsync(count, cancellationToken);
    }

    /// <summary>Reads what the archive holds. Changes nothing.</summary>
    public async Task<IReadOnlyList<ArchiveContents>> ArchivesAsync(CancellationToken cancellationToken = default)
    {
        await using var session = await Session.OpenAsync(_options, cancellationToken);
        return await ArchiveContents.ReadAsync(session, _options.PrivateSchema, cancellationToken);
    }

    /// <summary>Drops the private schema: the archive, the version table and the run log. What was archived is gone for good.</summary>
    /// <exception cref="RequestException">A migration is applied.</exception>
    /// <exception cref="OnlineMigrationException">Another run is under way, or somebody reads the tables for longer than the budget.</exception>
    public async Task PurgeAsync(CancellationToken cancellationToken = default)
    {
        await using var runnerLock = await RunnerLock.AcquireAsync(await Session.OpenAsync(_options, cancellationToken), _options, _progress, cancellationToken);
        await using var work = await Session.OpenAsync(_options, cancellationToken);
        await runnerLock.ProveSessionsStickAsync(work, cancellationToken);
        await runnerLock.AdmitAsync(work, _options, _progress, cancellationToken);
        if ((await StatusAsync(work, cancellationToken)).Migrations.FirstOrDefault(Selection.IsThere) is { } applied)
            throw new RequestException($"{applied.Version} {applied.Name} is applied: its archive and history cannot go.", "Revert everything first: 'migrate down --all'.");
        await LockPolicy.Of(work, runnerLock, _options, _progress).RunAsync("purge", token => work.ExecuteAsync($"DROP SCHEMA IF EXISTS {_options.PrivateSchema} CASCADE", token), cancellationToken);
    }

    /// <summary>Asks the questions of <paramref name="check"/>. Changes nothing.</summary>
    public async Task<IReadOnlyList<Finding>> AskAsync(DatabaseCheck check, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(check);
        await using var session = await Session.OpenAsync(_options, cancellationToken);
        return await check(session.Connection, (await StatusAsync(session, cancellationToken)).Applied, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _owns ? _migrations.DisposeAsync() : ValueTask.CompletedTask;

    /// <summary>Reads where backfills are and what people want of them. Changes nothing.</summary>
    public async Task<BackfillStatus> BackfillStatusAsync(CancellationToken cancellationToken = default)
    {
        await using var session = await Session.OpenAsync(_options, cancellationToken);
        return await BackfillStatus.ReadAsync(session, _options.PrivateSchema, cancellationToken);
    }

    /// <summary>Pauses, slows down or releases backfills, also those of a run under way elsewhere: it looks once a second.</summary>
    public async Task ControlBackfillAsync(bool paused, TimeSpan? rest, CancellationToken cancellationToken)
    {
        await using var session = await Session.OpenAsync(_options, cancellationToken);
        // A run makes all of it, under its lock; beside one, only what is missing should be touched.
        if (!await session.ScalarAsync<bool>($"SELECT pg_catalog.to_regclass('{_options.PrivateSchema}.backfill_control') IS NOT NULL", cancellationToken))
            await PrivateSchema.EnsureAsync(session, _options.PrivateSchema, cancellationToken);
        await new BackfillControl(paused, rest, _options.Operator, SetAt: null).WriteAsync(session, _options.PrivateSchema, cancellationToken);
    }

    // Every step converges, so a lost connection is no reason to give up: take the lock again, look where everything
    // stands, and go on with what was selected at first. A run that lost its lock does nothing before it has it again.
    private async Task<RunResult> RunAsync(Direction direction, Func<DatabaseStatus, IReadOnlyList<KnownMigration>> select, CancellationToken cancellationToken)
    {
        _migrations.BeginChecksums();
        IReadOnlyList<KnownMigration>? selected = null;
        long? lost = null;
        var (left, pause, hasBeenLost) = (int.MaxValue, _options.RetryPause, false);
        while (true)
        {
            try
            {
                await using var session = await Session.OpenAsync(_options, cancellationToken);
                // Nothing to do is the usual case, and harms nobody who is at work: no lock for it, and no second session that
                // proves how long the lock stays.
                if (direction == Direction.Up && await StatusAsync(session, cancellationToken) is var seen && Due(seen, selected ?? select(seen)) is [])
                    return await Session.UseAsync(() => EndAsync(direction, selected ?? [], seen, session, cancellationToken), session);
                // The server may not have heard yet that our connections are gone: then the other run is this one.
                var waiting = hasBeenLost && _options.RunnerWait < _options.ReconnectBudget ? _options with { RunnerWait = _options.ReconnectBudget } : _options;
                await using var runnerLock = await RunnerLock.AcquireAsync(session, waiting, _progress, cancellationToken);
                await using var work = await Session.OpenAsync(_options, cancellationToken);
                await runnerLock.ProveSessionsStickAsync(work, cancellationToken);
                await runnerLock.AdmitAsync(work, waiting, _progress, cancellationToken);
                var status = await StatusAsync(work, cancellationToken);
                selected ??= select(status);
                var due = Due(status, selected);
                if (due.Count < left)
                    (left, lost, pause) = (due.Count, null, _options.RetryPause); // it went on: a new budget
                return await Session.UseAsync(() => RunAsync(direction, selected, due, status, runnerLock, work, cancellationToken), work, runnerLock.Session);
            }
            // A target that is not to be had at first is a mistake more often than an accident.
            catch (Exception e) when (ConnectionFailure.MayPass(e) && (hasBeenLost || e is not TargetException))
            {
                hasBeenLost = true;
                lost ??= _options.Clock.GetTimestamp();
                if (_options.Clock.GetElapsedTime(lost.Value) >= _options.ReconnectBudget)
                    throw;
                _progress.Report(new ConnectionLost(e.Message, pause));
                await Task.Delay(pause, _options.Clock, cancellationToken);
                pause = pause * 2 < _options.MaxRetryPause ? pause * 2 : _options.MaxRetryPause;
            }
        }

        List<KnownMigration> Due(DatabaseStatus status, IReadOnlyList<KnownMigration> of) =>
            [.. of.Where(migration => direction == Direction.Up ? Selection.IsPending(status, migration) : Selection.IsThere(status, migration))];
    }

    private async Task<RunResult> RunAsync(Direction direction, IReadOnlyList<KnownMigration> selected, List<KnownMigration> due, DatabaseStatus status, RunnerLock runnerLock, Session work, CancellationToken cancellationToken)
    {
        if (due.Count == 0)
            return await EndAsync(direction, selected, status, work, cancellationToken);
        Refuse(HistoryCheck.Findings(status, direction, _options.Strict), force: false);
        await Writability.EnsureAsync(work, cancellationToken);
        if (direction == Direction.Up)
        {
            await RefuseForeignHistoryAsync(work, cancellationToken);
            await RefuseAsync(_options.Preflight, work, status, force: false, cancellationToken);
        }

        Refuse(Planner.Findings(await Planner.RemovalsAsync(due, direction, work, cancellationToken)), force: false);
        var (isUnsafe, before) = await Planner.UnsafeAsync(due, direction, work, cancellationToken);
        Refuse(isUnsafe, force: false);
        if (due[0].Phase == Phase.Contract && direction == Direction.Up)
            await RefuseAsync(_options.ContractGate, work, status, force: _options.ForceReason is not null, cancellationToken);
        await LockPolicy.Of(work, runnerLock, _options, _progress).RunAsync("the private schema", token => PrivateSchema.EnsureAsync(work, _options.PrivateSchema, token), cancellationToken);
        if (status.HasEarlierChecksums)
            await work.ExecuteAsync(new VersionTable(_options.PrivateSchema).Renew(_migrations.Known.Select(migration => (migration, _migrations.ChecksumOf(migration)))), cancellationToken);
        await using (var sender = Sender(work))
        {
            var ledger = await StepLedger.ReadAsync(work, _options.PrivateSchema, cancellationToken);
            var leaving = Planner.TablesDropped(due, direction, work);
            var run = new Run(work, runnerLock, _migrations, _options, leaving, _progress, sender, ledger, new Safeguard(work, _options, before));
            await run.SettleAsync(due, direction, cancellationToken);
            foreach (var migration in due)
                await run.ApplyAsync(migration, direction, cancellationToken);
        }

        // The schema is closed from the beginning; default privileges may have given rights on what was made in it since.
        await work.ExecuteAsync(PrivateSchema.Close(_options.PrivateSchema), cancellationToken);
        await runnerLock.LeaveAsync(work, cancellationToken);

        return await VerifyAsync(selected, await StatusAsync(work, cancellationToken), work, cancellationToken);
    }

    // The history last: checksums are taken while the server verifies.
    private async Task<RunResult> EndAsync(Direction direction, IReadOnlyList<KnownMigration> selected, DatabaseStatus status, Session session, CancellationToken cancellationToken)
    {
        var result = await VerifyAsync(selected, status, session, cancellationToken);
        Refuse(HistoryCheck.Findings(status, direction, _options.Strict), force: false);
        return result;
    }

    private async Task<RunResult> VerifyAsync(IReadOnlyList<KnownMigration> selected, DatabaseStatus status, Session session, CancellationToken cancellationToken)
    {
        var findings = _options.Verify is { } verify ? await verify(session.Connection, status.Applied, cancellationToken) : [];
        return new RunResult(selected, [.. Selection.Pending(status)], findings);
    }

    private async Task RefuseAsync(DatabaseCheck? check, Session work, DatabaseStatus status, bool force, CancellationToken cancellationToken)
    {
        if (check is null)
            return;
        Refuse(await check(work.Connection, status.Applied, cancellationToken), force);
    }

    private void Refuse(IReadOnlyList<Finding> findings, bool force)
    {
        if (!force && findings.Any(finding => finding.Severity == Severity.Error))
            throw new PreflightException(findings);
        foreach (var finding in findings)
            _progress.Report(new FindingReported(finding));
    }

    private async Task<DatabaseStatus> StatusAsync(Session session, CancellationToken cancellationToken) => DatabaseStatus.Of(
        _migrations.Known,
        await RecordedHistory.ReadAsync(session, _options.PrivateSchema, cancellationToken),
        _migrations.HasChanged);

    // System.Progress posts to the thread pool, where events overtake each other.
    private sealed class OneAtATime(IProgress<MigrationEvent>? progress) : IProgress<MigrationEvent>
    {
        private readonly Lock _gate = new();

        public void Report(MigrationEvent value)
        {
            lock (_gate)
                progress?.Report(value);
        }
    }
}

/// <summary>What a run has done.</summary>
/// <param name="Done">Migrations applied or reverted, in that order.</param>
/// <param name="Pending">What is pending now.</param>
/// <param name="Findings">What verification found.</param>
public sealed record RunResult(IReadOnlyList<KnownMigration> Done, IReadOnlyList<KnownMigration> Pending, IReadOnlyList<Finding> Findings);
