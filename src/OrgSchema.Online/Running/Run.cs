using System.Data;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>Takes one migration after the other to the server and to its record.</summary>
internal sealed class Run
{
    private readonly Session _work;
    private readonly RunnerLock _runnerLock;
    private readonly MigrationSet _migrations;
    private readonly MigratorOptions _options;
    private readonly IReadOnlyList<QualifiedName> _leaving;
    private readonly IProgress<MigrationEvent> _progress;
    private readonly LockPolicy _policy;
    private readonly VersionTable _versions;
    private readonly RunLog _log;
    private readonly ISender _sender;
    private readonly StepLedger _ledger;
    private readonly Safeguard _safeguard;
    private readonly HashSet<string> _told = [];
    private bool _definitionsArePlanned;

    public Run(
        Session work,
        RunnerLock runnerLock,
        MigrationSet migrations,
        MigratorOptions options,
        IReadOnlyList<QualifiedName> leaving,
        IProgress<MigrationEvent> progress,
        ISender sender,
        StepLedger ledger,
        Safeguard safeguard)
    {
        (_work, _runnerLock, _migrations, _options, _leaving, _progress) = (work, runnerLock, migrations, options, leaving, progress);
        (_sender, _ledger, _safeguard) = (sender, ledger, safeguard);
        _policy = LockPolicy.Of(work, runnerLock, options, progress);
        _versions = new VersionTable(options.PrivateSchema);
        _log = new RunLog(runnerLock.Session, options);
    }

    /// <summary>Settles what runs that were cut off have left of some migrations.</summary>
    /// <exception cref="RequestException">One of them cannot go on; nothing was changed.</exception>
    public async Task SettleAsync(IReadOnlyList<KnownMigration> due, Direction direction, CancellationToken cancellationToken)
    {
        foreach (var migration in due.Where(_ledger.Knows))
        {
            var context = StepContext.Of(_work.ServerMajor, migration, direction, _options.PrivateSchema, FoundObjects.None);
            var compiled = await GuardedAsync(await _migrations.Compiler.CompileAsync(migration, context, _work, cancellationToken), cancellationToken);
            await Session.UseAsync(() => _ledger.SettleAsync(compiled, _options.CutOff, cancellationToken), _work);
        }
    }

    /// <summary>Applies or reverts one migration and records it.</summary>
    /// <exception cref="OnlineMigrationException">It failed. A transaction has left nothing; else the steps done so far stay, and running it again converges.</exception>
    public async Task ApplyAsync(KnownMigration migration, Direction direction, CancellationToken cancellationToken)
    {
        var policy = _policy.With(new LockAccount());
        var began = _options.Clock.GetTimestamp();
        var found = direction == Direction.Down ? await FoundObjects.ReadAsync(_work, _options.PrivateSchema, cancellationToken) : FoundObjects.None;
        var runner = new StepRunner(_work, _runnerLock, policy, migration, _options, _progress, _sender);
        var context = StepContext.Of(_work.ServerMajor, migration, direction, _options.PrivateSchema, found) with { Leaving = _leaving };
        _sender.Begin(migration, direction);
        long? id = null;
        try
        {
            var (first, compiled) = await Session.UseAsync(() => CompileAsync(migration, context, cancellationToken), _work);
            compiled = await Session.UseAsync(() => GuardedAsync(compiled, cancellationToken), _work);
            if (compiled.Findings.Any(finding => finding.Severity == Severity.Error))
                throw new PreflightException(compiled.Findings); // an earlier migration of the run has made it so
            _progress.Report(new MigrationStarted(migration, direction) { IsTransactional = compiled.IsTransactional });
            var record = _versions.Write(migration, direction, _migrations.ChecksumOf(migration));
            if (direction == Direction.Down)
                record = TextPart.Join([record, FoundObjects.Forget(_options.PrivateSchema, migration)]);
            if (_ledger.Knows(migration) || !compiled.IsTransactional)
                record = TextPart.Join([record, StepLedger.Forget(_options.PrivateSchema, migration)]);
            await _runnerLock.EnsureHeldAsync(cancellationToken);
            await _policy.RunAsync($"{migration.Name}: the run log", async token => id = await _log.StartAsync(compiled, token), cancellationToken);
            await Session.UseAsync(
                () => compiled.IsTransactional
                    ? InTransactionAsync(runner, policy, compiled, first, record, cancellationToken)
                    : StepByStepAsync(runner, policy, compiled, first, record, cancellationToken),
                _work);
        }
        catch (Exception e)
        {
            OnlineMigrationException? failure = IsLockLost(e) ? new RunnerLockLostException(e) : Explain(e, migration, runner.Current);
            await RecordAsync(id, e is OperationCanceledException ? "interrupted" : "failed", policy.Account, runner, (failure ?? e).Message);
            if (failure is null)
                throw;
            throw failure;
        }

        // Two migrations may look at the same thing.
        foreach (var line in _work.Told().Where(_told.Add))
            _progress.Report(new MessageReported(line));
        await RecordAsync(id, RunLog.Done, policy.Account, runner, error: null);
        _progress.Report(new MigrationFinished(migration, direction, _options.Clock.GetElapsedTime(began), policy.Account.Waited, runner.Rows));
    }

    private Task InTransactionAsync(
        StepRunner runner, LockPolicy policy, CompiledMigration compiled, string? first, string record, CancellationToken cancellationToken)
    {
        var isFirst = true;
        return policy.RunAsync(
            compiled.Migration.Name,
            async token =>
            {
                // While it waited for locks, others may have changed what its steps depend on.
                if (!isFirst)
                    (first, compiled) = await CompileAsync(compiled.Migration, compiled.Context, token);
                isFirst = false;
                if (first is not null || compiled.Removals.Any(removal => removal.Kind != RemovalKind.Rows))
                    await PlanDefinitionsAsync(token);
                await runner.RunInTransactionAsync(compiled, first, [record], token);
            },
            cancellationToken);
    }

    private async Task StepByStepAsync(
        StepRunner runner, LockPolicy policy, CompiledMigration compiled, string? first, string record, CancellationToken cancellationToken)
    {
        var migration = compiled.Migration;
        if (first is not null)
            await _work.ExecuteAsync(first, cancellationToken);
        await runner.RunStepByStepAsync(compiled, _ledger, cancellationToken);
        await policy.RunAsync(
            $"{migration.Name}: its version",
            async token =>
            {
                await _runnerLock.EnsureHeldAsync(token);
                await _work.ExecuteAsync(record, token);
            },
            cancellationToken);
    }

    private Task<CompiledMigration> GuardedAsync(CompiledMigration compiled, CancellationToken cancellationToken) =>
        _safeguard.GuardAsync(compiled, _ledger.Knows(compiled.Migration) ? step => _ledger.HasBegun(compiled, step) : null, cancellationToken);

    /// <summary>Compiles a migration, and on the way up the command that comes first: it remembers which of its objects existed before.</summary>
    private async Task<(string? First, CompiledMigration Compiled)> CompileAsync(KnownMigration migration, StepContext context, CancellationToken cancellationToken)
    {
        string? first = null;
        if (context.Direction == Direction.Up
            && MadeBy(migration) is var removals
            && removals.Any(removal => removal.Kind != RemovalKind.Rows))
        {
            var made = new HashSet<QualifiedName>();
            foreach (var removal in removals.Where(removal => removal.Kind == RemovalKind.Table))
            {
                if (!await _work.ScalarAsync<bool>(removal.IsThere, cancellationToken))
                    made.Add(removal.Table);
            }

            context = context with { Makes = made };
            first = FoundObjects.Remember(_options.PrivateSchema, migration, removals);
        }

        return (first, await _migrations.Compiler.CompileAsync(migration, context, _work, cancellationToken));
    }

    // What its Down would remove. That of a plain migration may throw: then nobody can ask for it.
    private IReadOnlyList<Removal> MadeBy(KnownMigration migration)
    {
        try
        {
            return _migrations.Compiler.RemovalsOf(migration, Direction.Down, _work);
        }
        catch (RequestException) when (!OnlineMigration.Is(migration))
        {
            return [];
        }
    }

    // The server plans the list of a table's definitions once a session, and takes longer for it than for the rest of a transaction: not under locks.
    private async Task PlanDefinitionsAsync(CancellationToken cancellationToken)
    {
        if (_definitionsArePlanned)
            return;
        await _work.ExecuteAsync($"SELECT FROM {_options.PrivateSchema}.definitions_of(NULL, NULL)", cancellationToken);
        _definitionsArePlanned = true;
    }

    // The log is a record for people. That it cannot be written must not hide why the run failed, or that it succeeded.
    private async Task RecordAsync(long? id, string outcome, LockAccount locks, StepRunner runner, string? error)
    {
        if (id is null)
            return;
        try
        {
            await _log.FinishAsync(id.Value, outcome, locks, runner.Rows, runner.Steps, error, CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            _progress.Report(new MessageReported($"The run log could not be written: {e.Message}"));
        }
    }

    // Looks at the lock queue and the run log go over the lock's connection, too: they may be the first to find it closed.
    private bool IsLockLost(Exception e) => e is NpgsqlException or InvalidOperationException && _runnerLock.Session.Connection.State != ConnectionState.Open;

    private static MigrationFailedException? Explain(Exception exception, KnownMigration migration, string? sql)
    {
        return exception switch
        {
            OnlineMigrationException or OperationCanceledException => null,
            PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } e => Failed(
                $"the server canceled a statement: {e.MessageText}", "Somebody or a limit of the server has canceled it. Run the same command again."),
            PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => Failed(
                "the database has become read-only", Writability.Remedy),
            PostgresException { SqlState: PostgresErrorCodes.DiskFull } e => Failed(
                $"the disk of the server is full: {e.MessageText}", "Give it room, and run the same command again: it continues where this run stopped."),
            PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } e => Failed(
                $"{e.MessageText}", "Give the migrating role that right, and run the same command again."),
            PostgresException { SqlState: var state } e => Failed(
                $"{e.MessageText} ({state}){(string.IsNullOrEmpty(e.Detail) ? "" : $": {e.Detail.TrimEnd('.')}")}", "Remove the cause and run the same command again."),
            NpgsqlException e => Failed($"the connection was lost ({e.Message})", "Run the same command again: it continues where this run stopped."),
            _ => Failed(exception.Message, "This is an error of the migration itself; run with --verbose for where."),
        };

        MigrationFailedException Failed(string why, string remedy) => new(migration.ToString(), $"{migration} failed: {why}.", remedy, sql, exception);
    }
}
