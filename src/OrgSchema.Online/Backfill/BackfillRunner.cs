using System.Text.Json;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>How a backfill runs: batch after batch from the checkpoint on, until no row is left.</summary>
internal sealed class BackfillRunner(Session session, RunnerLock runnerLock, LockPolicy policy, KnownMigration migration, MigratorOptions options, IProgress<MigrationEvent> progress, LockTrace? trace)
{
    private readonly BackfillLookout _lookout = new(runnerLock.Session, options);
    private readonly BackfillPace _pace = new(options.Backfill);

    /// <summary>Rows changed by this run.</summary>
    public long Changed { get; private set; }

    /// <summary>Batches committed by this run.</summary>
    public int Batches { get; private set; }

    public async Task RunAsync(BackfillExpression backfill, StepContext context, CancellationToken cancellationToken)
    {
        var checkpoint = new Checkpoint(session, context, backfill.Table);
        var after = await checkpoint.ReadAsync(cancellationToken);
        // A pass may miss rows that arrive, or change again, behind it. But one that two full passes have left cannot be
        // done, even if its change was counted: a trigger may undo it.
        string? suspect = null;
        while ((suspect ?? await session.ScalarAsync<string>(backfill.OneLeft, cancellationToken)) is { } left)
        {
            var full = after is null;
            await PassAsync(backfill, context, after, cancellationToken);
            var stays = full && await session.ScalarAsync<bool>(backfill.IsLeft(left), cancellationToken);
            if (stays && left == suspect)
                throw Stuck(backfill, context);
            (suspect, after) = (stays ? left : null, null);
        }

        await checkpoint.DeleteAsync(cancellationToken);
    }

    /// <summary>Walks from <paramref name="after"/> to the end.</summary>
    private async Task PassAsync(BackfillExpression backfill, StepContext context, string? after, CancellationToken cancellationToken)
    {
        var (began, total) = (options.Clock.GetTimestamp(), await EstimateAsync(backfill, cancellationToken));
        var picked = 0L;
        while (true)
        {
            await runnerLock.EnsureHeldAsync(cancellationToken);
            var sight = await WaitUntilWelcomeAsync(backfill, picked, total, cancellationToken);
            var started = options.Clock.GetTimestamp();
            var (batch, waiters) = await WatchedAsync(BatchAsync(backfill.Batch(context, after, _pace.Size), cancellationToken), cancellationToken);
            if (batch.Picked == 0)
                return;
            (after, picked) = (batch.Last, picked + batch.Picked);
            (Changed, Batches) = (Changed + batch.Changed, Batches + 1);
            _pace.Learn(options.Clock.GetElapsedTime(started), waiters);
            progress.Report(new BackfillProgressed(migration, backfill.Table.ToString(), picked, total, (int)batch.Picked, picked / options.Clock.GetElapsedTime(began).TotalSeconds, sight.Slow ?? _pace.Slow));
            await Task.Delay(sight.Control.Rest ?? _pace.Rest, options.Clock, cancellationToken);
        }
    }

    /// <summary>Does nothing while replicas, slots or people say so.</summary>
    private async Task<Sight> WaitUntilWelcomeAsync(BackfillExpression backfill, long picked, long? total, CancellationToken cancellationToken)
    {
        string? told = null;
        while (true)
        {
            var sight = await _lookout.LookAsync(cancellationToken);
            if (sight.Stop is null)
                return sight;
            if (sight.Stop != told)
                progress.Report(new BackfillProgressed(migration, backfill.Table.ToString(), picked, total, 0, 0, told = sight.Stop));
            await Task.Delay(options.Backfill.LookInterval, options.Clock, cancellationToken);
            await runnerLock.EnsureHeldAsync(cancellationToken);
        }
    }

    /// <summary>A batch, and how many sessions waited for its rows when half of its time was over.</summary>
    private async Task<(Batch Batch, long Waiters)> WatchedAsync(Task<Batch> batch, CancellationToken cancellationToken)
    {
        await Task.WhenAny(batch, Task.Delay(options.Backfill.TargetDuration / 2, options.Clock, CancellationToken.None));
        var waiters = 0L;
        try
        {
            if (!batch.IsCompleted)
                waiters = await _lookout.WaitersAsync(session.ProcessId, cancellationToken);
        }
        finally
        {
            await batch; // whatever the question has met, the batch must not run on unobserved
        }

        return (await batch, waiters);
    }

    private async Task<Batch> BatchAsync(string sql, CancellationToken cancellationToken)
    {
        Batch? result = null;
        await policy.RunAsync(
            $"{migration.Name}: a batch",
            async token => result = (await (trace?.QueryAsync(sql, PartKind.Batch, Read, token) ?? session.QueryAsync(sql, Read, token)))[0],
            cancellationToken);
        return result!;

        static Batch Read(NpgsqlDataReader row) => new(row.GetInt64(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetInt64(2));
    }

    private async Task<long?> EstimateAsync(BackfillExpression backfill, CancellationToken cancellationToken)
    {
        using var plan = JsonDocument.Parse(await session.ScalarAsync<string>(backfill.Estimate, cancellationToken) ?? "[]");
        return plan.RootElement.GetArrayLength() == 0 ? null : (long)plan.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetDouble();
    }

    private MigrationFailedException Stuck(BackfillExpression backfill, StepContext context) => new(
        migration.ToString(),
        $"{migration} failed: rows of {backfill.Table} are left that it cannot change; a trigger may refuse them silently.",
        $"Look at them, and run the same command again: {backfill.Left}",
        backfill.Batch(context, null, options.Backfill.BatchSize));

    private sealed record Batch(long Picked, string? Last, long Changed);
}
