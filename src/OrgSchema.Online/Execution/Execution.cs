using Npgsql;

namespace OrgSchema.Online;

/// <summary>Sends the statements of one migration to the server, under the lock policy and only while the runner lock is held.</summary>
internal sealed class Execution(Session session, RunnerLock runnerLock, LockPolicy policy, KnownMigration migration, Direction direction, MigratorOptions options, FoundObjects found, IReadOnlyList<QualifiedName> leaving, IProgress<MigrationEvent> progress, LockTrace? trace)
    : IExecution
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    public StepContext Context { get; } = StepContext.Of(session.ServerMajor, migration, direction, options.PrivateSchema, found) with { Leaving = leaving };

    private readonly bool _transactional = migration.IsTransactional(direction);
    private readonly List<TextPart> _held = [];

    /// <summary>The statement under way, for the message when it fails.</summary>
    public string? Current { get; private set; }

    /// <summary>Commands that have committed on their own, or may have left something although they failed.</summary>
    public int Steps { get; private set; }

    /// <summary>Rows that commands of this migration have changed.</summary>
    public long Rows { get; private set; }

    /// <summary>Begins a new attempt at the whole migration: what the last one has changed is rolled back.</summary>
    public void Restart()
    {
        Rows = 0;
        session.Told();
    }

    public Task StepAsync(string what, Func<CancellationToken, Task> step, CancellationToken cancellationToken) =>
        _transactional
            ? step(cancellationToken) // the whole migration is the attempt
            : policy.RunAsync($"{migration.Name}: {FirstLine(what)}", step, cancellationToken);

    public async Task RunAsync(Statement statement, CancellationToken cancellationToken)
    {
        // Traced, a command is to be seen by itself, without what asks whether it is needed.
        if (_transactional && statement.Kind == StatementKind.Command && (trace is null || statement is { OnlyIf: null, Needs: null }))
        {
            _held.Add(new TextPart(statement.AsksItself));
            return;
        }

        await SendAsync(cancellationToken);
        Current = statement.Sql;
        if (!await IsDueAsync(statement, cancellationToken))
            return;
        switch (statement.Kind)
        {
            case StatementKind.Check when !await AskAsync<bool>(statement.Sql, cancellationToken):
                throw new MigrationFailedException(migration.ToString(), $"{migration} failed: {statement.Failure}", "Look at the object named, mend or remove it, and run the same command again.", statement.Sql);
            case StatementKind.Check:
                return;
            case StatementKind.Report:
                if (await AskAsync<string>(statement.Sql, cancellationToken) is { Length: > 0 } text)
                    progress.Report(new Note(text));
                return;
        }

        if (_transactional)
            await CommandAsync(statement, cancellationToken);
        else if (statement.Waits == WaitsFor.Patiently)
            await PatientlyAsync(statement, cancellationToken);
        else
            await BrieflyAsync(statement, cancellationToken);
    }

    // Far from the server a question takes as long as the look at the runner lock: both are asked at once.
    private async Task<bool> IsDueAsync(Statement statement, CancellationToken cancellationToken)
    {
        var held = runnerLock.EnsureHeldAsync(cancellationToken);
        try
        {
            return (statement.Needs is null || await AskAsync<bool>(statement.Needs, cancellationToken))
                && (statement.OnlyIf is null || await AskAsync<bool>(statement.OnlyIf, cancellationToken));
        }
        finally
        {
            await held; // whatever the answer was: without the lock it is worth nothing
        }
    }

    /// <summary>Begins a transaction, with the first of its commands, and one of ours.</summary>
    public void Begin(TimeSpan lockTimeout, string? first)
    {
        _held.Clear(); // of an attempt that failed
        _held.AddRange([TextPart.Begin, new TextPart($"SET LOCAL lock_timeout = '{lockTimeout.TotalMilliseconds:0}'", PartKind.Ours)]);
        if (first is not null)
            _held.Add(new TextPart(first, PartKind.Ours));
    }

    /// <summary>Ends a transaction with the row of the version table.</summary>
    public async Task CommitAsync(string versionRow, CancellationToken cancellationToken)
    {
        await SendAsync(cancellationToken, new TextPart(versionRow, PartKind.Ours), TextPart.Commit);
        Rows--; // that row is ours
    }

    /// <summary>Sends the commands of a transaction that were held back, and <paramref name="last"/>, in one round trip: a lock is held for as long as the server works, not for as long as the network takes.</summary>
    private async Task SendAsync(CancellationToken cancellationToken, params TextPart[] last)
    {
        TextPart[] parts = [.. _held, .. last];
        if (parts.Length == 0)
            return;
        _held.Clear();
        await runnerLock.EnsureHeldAsync(cancellationToken);
        // One text: Npgsql splits it and sends the parts without waiting in between.
        Current = TextPart.Join(parts.Select(part => part.Sql));
        Rows += Math.Max(0, await (trace?.SendAsync(parts, cancellationToken) ?? session.ExecuteAsync(Current, cancellationToken)));
    }

    public async Task RunAsync(BatchedExpression backfill, CancellationToken cancellationToken)
    {
        Current = backfill.ToString();
        if (backfill.Needs is not null && !await session.ScalarAsync<bool>(backfill.Needs, cancellationToken))
            return;
        var runner = new BackfillRunner(session, runnerLock, policy, migration, backfill, Context, options, progress, trace);
        try
        {
            await runner.RunAsync(cancellationToken);
        }
        finally
        {
            (Rows, Steps) = (Rows + runner.Tally.Changed, Steps + runner.Tally.Batches);
        }
    }

    public async Task RequireKeyAsync(BackfillExpression backfill, CancellationToken cancellationToken)
    {
        Current = backfill.Key.Refusal;
        if (backfill.Needs is null || await session.ScalarAsync<bool>(backfill.Needs, cancellationToken))
            await backfill.Key.RequireAsync(session, migration, cancellationToken);
    }

    private async Task BrieflyAsync(Statement statement, CancellationToken cancellationToken)
    {
        await policy.WaitUntilClearAsync($"{migration.Name}: {FirstLine(statement.Sql)}", statement.Locks, cancellationToken);
        await CommandAsync(statement, cancellationToken);
    }

    private async Task PatientlyAsync(Statement statement, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync($"SET lock_timeout = '{options.PatientLockTimeout.TotalMilliseconds:0}'", cancellationToken);
        try
        {
            var running = CommandAsync(statement, cancellationToken);
            await WatchAsync(statement, running, cancellationToken);
            await running;
        }
        finally
        {
            if (session.Connection.State == System.Data.ConnectionState.Open)
                await session.ExecuteAsync($"SET lock_timeout = '{options.LockTimeout.TotalMilliseconds:0}'", CancellationToken.None);
        }
    }

    // A patient statement may wait for hours for somebody's snapshot: say for whose.
    private async Task WatchAsync(Statement statement, Task running, CancellationToken cancellationToken)
    {
        while (!running.IsCompleted)
        {
            await Task.WhenAny(running, Task.Delay(WatchInterval, options.Clock, CancellationToken.None));
            if (running.IsCompleted || cancellationToken.IsCancellationRequested)
                return;
            try
            {
                await policy.MeetAsync($"{migration.Name}: {FirstLine(statement.Sql)}", session.ProcessId, cancellationToken);
            }
            catch (Exception e) when (e is NpgsqlException or InvalidOperationException or OperationCanceledException)
            {
                return; // The next statement finds out that the lock is gone, or that we were told to stop.
            }
        }
    }

    private async Task<T?> AskAsync<T>(string query, CancellationToken cancellationToken) => trace is null
        ? await session.ScalarAsync<T>(query, cancellationToken)
        : (await trace.QueryAsync(query, PartKind.Question, row => row.IsDBNull(0) ? default : row.GetFieldValue<T>(0), cancellationToken)).FirstOrDefault();

    private async Task CommandAsync(Statement statement, CancellationToken cancellationToken)
    {
        var began = options.Clock.GetTimestamp();
        try
        {
            Rows += Math.Max(0, await (trace?.RunAsync(statement, cancellationToken) ?? session.ExecuteAsync(statement.Sql, cancellationToken)));
        }
        catch (PostgresException e) when (!_transactional && statement.IsOptional && IsRefusal(e))
        {
            progress.Report(new Note($"{FirstLine(statement.Sql)}: {e.MessageText}"));
        }
        catch when (!_transactional && statement.Waits == WaitsFor.Patiently)
        {
            Left(statement, began); // an index build that fails leaves an INVALID index
            throw;
        }

        if (!_transactional)
            Left(statement, began);
    }

    private void Left(Statement statement, long began)
    {
        Steps++;
        progress.Report(new StepEnded(migration, FirstLine(statement.Sql), options.Clock.GetElapsedTime(began)));
    }

    // By the class of the error: data, constraints, access and syntax, objects in use. Not locks, cancels, or the server's own state.
    private static bool IsRefusal(PostgresException e) => e.SqlState[..2] is "0A" or "22" or "23" or "2B" or "42" || e.SqlState == PostgresErrorCodes.ObjectNotInPrerequisiteState;

    private static string FirstLine(string sql)
    {
        var line = sql.Split('\n').Select(part => part.Trim()).FirstOrDefault(part => part.Length > 0 && !part.StartsWith("--", StringComparison.Ordinal)) ?? "";
        return line.Length <= 80 ? line : line[..77] + "...";
    }
}
