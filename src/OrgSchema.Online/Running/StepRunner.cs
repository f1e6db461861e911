using System.Data;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>Takes the steps of one migration to the server, under the lock policy and only while the runner lock is held.</summary>
internal sealed partial class StepRunner(
    Session session,
    RunnerLock runnerLock,
    LockPolicy policy,
    KnownMigration migration,
    MigratorOptions options,
    IProgress<MigrationEvent> progress,
    ISender sender)
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    private readonly List<TextPart> _held = [];
    private NpgsqlTransaction? _transaction;
    private long _committedRows;
    private bool _isAuthors;

    /// <summary>The statement under way, for the message when it fails.</summary>
    public string? Current { get; private set; }

    /// <summary>Commands that have committed on their own, or may have left something although they failed.</summary>
    public int Steps { get; private set; }

    /// <summary>Rows that commands of this migration have changed.</summary>
    public long Rows { get; private set; }

    /// <summary>Runs a migration in one transaction: all of it or nothing.</summary>
    /// <param name="compiled">The migration.</param>
    /// <param name="first">A command of ours that comes first; null: none.</param>
    /// <param name="records">Commands of ours that come last: the row of the version table, or those of the step ledger.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task RunInTransactionAsync(CompiledMigration compiled, string? first, IReadOnlyList<string> records, CancellationToken cancellationToken)
    {
        Rows = _committedRows; // what an attempt before has changed is rolled back, and what it has told is of no interest
        session.Told();
        await policy.WaitUntilClearAsync(migration.Name, compiled.Locks, cancellationToken);
        _held.Clear();
        _isAuthors = false;
        _held.Add(new TextPart($"SET LOCAL lock_timeout = '{options.LockTimeout.TotalMilliseconds:0}'", PartKind.Begin));
        if (first is not null)
            _held.Add(new TextPart(first, PartKind.Ours));
        await using var transaction = _transaction = await session.Connection.BeginTransactionAsync(cancellationToken);
        try
        {
            foreach (var step in compiled.Steps)
                await InTransactionAsync(step, cancellationToken);
            Switch(toAuthors: false);
            await SendAsync(cancellationToken, [.. records.Select(record => new TextPart(record, PartKind.Ours)), TextPart.Commit]);
            Rows -= records.Count; // those rows are ours
            _committedRows = Rows;
        }
        catch
        {
            await session.RollBackAsync();
            throw;
        }
        finally
        {
            _transaction = null;
        }
    }

    private async Task InTransactionAsync(Step step, CancellationToken cancellationToken)
    {
        if (step is not CodeStep code)
        {
            await OnceAsync(step, record: null, cancellationToken);
            return;
        }

        Switch(toAuthors: true);
        // The server would end a session that is silent for as long as slow code may be.
        await SendAsync(cancellationToken, new TextPart("SET LOCAL idle_in_transaction_session_timeout = 0", PartKind.Ours));
        await RunAsync(code, cancellationToken);
    }

    private async Task OnceAsync(Step step, StepRecord? record, CancellationToken cancellationToken)
    {
        if (step is KeyStep { Backfill: var backfill })
        {
            Current = backfill.Key.Refusal;
            if (backfill.Needs is null || await session.ScalarAsync<bool>(backfill.Needs, cancellationToken))
                await backfill.Key.RequireAsync(session, migration, cancellationToken);
            return;
        }

        foreach (var statement in step.Statements)
        {
            if (_transaction is not null)
                Switch(statement.IsAuthors);
            var its = statement == step.Statements[^1] ? record : null;
            if (_transaction is null && statement.IsAuthors)
                await session.AsAuthorAsync(() => RunAsync(statement, its, cancellationToken));
            else
                await RunAsync(statement, its, cancellationToken);
        }
    }

    // In a transaction, in line with its commands.
    private void Switch(bool toAuthors)
    {
        if (_isAuthors != toAuthors && session.Authors.Set(toAuthors, local: true) is { } settings)
            _held.Add(new TextPart(settings, PartKind.Ours));
        _isAuthors = toAuthors;
    }

    private async Task RunAsync(CodeStep code, CancellationToken cancellationToken)
    {
        await runnerLock.EnsureHeldAsync(cancellationToken);
        Current = code.Name;
        code.Code(session.Connection, _transaction);
        if (_transaction is null)
            Steps++;
    }

    private async Task RunAsync(SqlStatement statement, StepRecord? record, CancellationToken cancellationToken)
    {
        if (_transaction is not null && statement.Kind == StatementKind.Command && !(sender.KeepsQuestionsApart && statement.HasQuestions))
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
                throw new MigrationFailedException(
                    migration.ToString(),
                    $"{migration} failed: {statement.Failure}",
                    "Look at the object named, mend or remove it, and run the same command again.",
                    statement.Sql);
            case StatementKind.Check:
                return;
            case StatementKind.Report:
                if (await AskAsync<string>(statement.Sql, cancellationToken) is { Length: > 0 } text)
                    progress.Report(new MessageReported(text));
                return;
        }

        if (_transaction is not null)
            await CommandAsync(statement, record, cancellationToken);
        else if (statement.Waits == WaitsFor.Patiently)
            await PatientlyAsync(statement, record, cancellationToken);
        else
            await BrieflyAsync(statement, record, cancellationToken);
    }

    // Far from the server a question takes as long as the look at the runner lock: both are asked at once.
    private async Task<bool> IsDueAsync(SqlStatement statement, CancellationToken cancellationToken)
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

    /// <summary>
    /// Sends the commands of a transaction that were held back, and <paramref name="last"/>, in one round trip: a lock is held for as long as the
    /// server works, not for as long as the network takes.
    /// </summary>
    private async Task SendAsync(CancellationToken cancellationToken, params TextPart[] last)
    {
        TextPart[] parts = [.. _held, .. last];
        if (parts.Length == 0)
            return;
        _held.Clear();
        await runnerLock.EnsureHeldAsync(cancellationToken);
        Current = TextPart.Join(parts.Select(part => part.Sql));
        try
        {
            Rows += Math.Max(0, await sender.SendAsync(parts, cancellationToken));
        }
        catch (PostgresException e) when (Session.CompletedBefore(e) is { } completed)
        {
            Current = StatementAt(completed, parts) ?? Current;
            throw;
        }
    }

    // Null: the text cannot be split, which is no reason to hide what the server says of it.
    private static string? StatementAt(int place, IEnumerable<TextPart> parts)
    {
        try
        {
            return parts.SelectMany(part => new SqlFile("", part.Sql).Statements()).ElementAtOrDefault(place)?.Sql;
        }
        catch (RequestException)
        {
            return null;
        }
    }

    private async Task RunAsync(BatchedExpression work, StepContext context, MigratorOptions options, CancellationToken cancellationToken)
    {
        Current = work.ToString();
        if (work.Needs is not null && !await session.ScalarAsync<bool>(work.Needs, cancellationToken))
            return;
        var runner = new BackfillRunner(session, runnerLock, policy, migration, work, context, options, progress, sender);
        try
        {
            await runner.RunAsync(cancellationToken);
        }
        finally
        {
            (Rows, Steps) = (Rows + runner.Tally.Changed, Steps + runner.Tally.Batches);
        }
    }

    private async Task BrieflyAsync(SqlStatement statement, StepRecord? record, CancellationToken cancellationToken)
    {
        await policy.WaitUntilClearAsync($"{migration.Name}: {SqlStatement.FirstLine(statement.Sql)}", statement.Locks, cancellationToken);
        await CommandAsync(statement, record, cancellationToken);
    }

    private async Task PatientlyAsync(SqlStatement statement, StepRecord? record, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync($"SET lock_timeout = '{options.PatientLockTimeout.TotalMilliseconds:0}'", cancellationToken);
        try
        {
            var running = CommandAsync(statement, record, cancellationToken);
            await WatchAsync(statement, running, cancellationToken);
            await running;
        }
        finally
        {
            if (session.Connection.State == ConnectionState.Open)
                await session.ExecuteAsync($"SET lock_timeout = '{options.LockTimeout.TotalMilliseconds:0}'", CancellationToken.None);
        }
    }

    // A patient statement may wait for hours for somebody's snapshot: say for whose.
    private async Task WatchAsync(SqlStatement statement, Task running, CancellationToken cancellationToken)
    {
        while (!running.IsCompleted)
        {
            await Task.WhenAny(running, Task.Delay(WatchInterval, options.Clock, CancellationToken.None));
            if (running.IsCompleted || cancellationToken.IsCancellationRequested)
                return;
            try
            {
                await policy.MeetAsync($"{migration.Name}: {SqlStatement.FirstLine(statement.Sql)}", session.ProcessId, cancellationToken);
            }
            catch (Exception e) when (e is NpgsqlException or InvalidOperationException or OperationCanceledException)
            {
                return; // The next statement finds out that the lock is gone, or that we were told to stop.
            }
        }
    }

    private async Task<T?> AskAsync<T>(string query, CancellationToken cancellationToken) =>
        (await sender.QueryAsync(query, PartKind.Question, row => row.IsDBNull(0) ? default : row.GetFieldValue<T>(0), cancellationToken)).FirstOrDefault();

    private async Task CommandAsync(SqlStatement statement, StepRecord? record, CancellationToken cancellationToken)
    {
        var began = options.Clock.GetTimestamp();
        try
        {
            var running = record?.RunAsync(statement, sender, cancellationToken) ?? sender.RunAsync(statement, record: null, cancellationToken);
            Rows += Math.Max(0, await running);
        }
        catch (PostgresException e) when (_transaction is null && statement.IsOptional && IsRefusal(e))
        {
            progress.Report(new MessageReported($"{SqlStatement.FirstLine(statement.Sql)}: {e.MessageText}"));
        }
        catch when (_transaction is null && statement.Waits == WaitsFor.Patiently)
        {
            Left(statement, began); // an index build that fails leaves an INVALID index
            throw;
        }

        if (_transaction is null)
            Left(statement, began);
    }

    private void Left(SqlStatement statement, long began)
    {
        Steps++;
        progress.Report(new StepEnded(migration, SqlStatement.FirstLine(statement.Sql), options.Clock.GetElapsedTime(began)));
    }

    // By the class of the error: data, constraints, access and syntax, objects in use. Not locks, cancels, or the server's own state.
    private static bool IsRefusal(PostgresException e) =>
        e.SqlState[..2] is "0A" or "22" or "23" or "2B" or "42" || e.SqlState == PostgresErrorCodes.ObjectNotInPrerequisiteState;
}
