using System.Text.Json;

namespace OrgSchema.Online;

/// <summary>How a backfill runs: batch after batch from the checkpoint on, until no row is left.</summary>
internal sealed class BackfillRunner(Session session, RunnerLock runnerLock, LockPolicy policy, KnownMigration migration, MigratorOptions options, IProgress<MigrationEvent> progress)
{
    /// <summary>Rows changed by this run.</summary>
    public long Changed { get; private set; }

    public async Task RunAsync(BackfillExpression backfill, CancellationToken cancellationToken)
    {
        var context = new StepContext(session.ServerMajor, migration.Version, options.PrivateSchema);
        var checkpoint = new Checkpoint(session, context, backfill.Table);
        var after = await checkpoint.ReadAsync(cancellationToken);
        // A pass may miss rows that arrive behind it. After a full pass that changed nothing, what is left cannot be done.
        while (await session.ScalarAsync<bool>(backfill.Remaining, cancellationToken))
        {
            var full = after is null;
            if (!await PassAsync(backfill, context, after, cancellationToken) && full && await session.ScalarAsync<bool>(backfill.Remaining, cancellationToken))
            {
                throw new MigrationFailedException(
                    migration.ToString(),
                    $"Rows of {backfill.Table} are left that this backfill cannot change: a trigger may refuse them silently.",
                    $"Find them, and run the same command again: {backfill.Remaining.Replace("SELECT EXISTS (SELECT FROM", "SELECT t.* FROM (SELECT * FROM", StringComparison.Ordinal)} AS t",
                    backfill.Batch(context, null, options.Backfill.BatchSize));
            }

            after = null;
        }

        await checkpoint.DeleteAsync(cancellationToken);
    }

    /// <summary>Walks from <paramref name="after"/> to the end.</summary>
    /// <returns>Whether a row was changed.</returns>
    private async Task<bool> PassAsync(BackfillExpression backfill, StepContext context, string? after, CancellationToken cancellationToken)
    {
        var pace = options.Backfill;
        var (began, total) = (options.Clock.GetTimestamp(), await EstimateAsync(backfill, cancellationToken));
        var (size, picked, changed) = (pace.BatchSize, 0L, 0L);
        while (true)
        {
            await runnerLock.EnsureHeldAsync(cancellationToken);
            var started = options.Clock.GetTimestamp();
            var batch = await BatchAsync(backfill.Batch(context, after, size), cancellationToken);
            if (batch.Picked == 0)
                return changed > 0;
            (after, picked, changed) = (batch.Last, picked + batch.Picked, changed + batch.Changed);
            Changed += batch.Changed;
            progress.Report(new BackfillProgressed(migration, backfill.Table.ToString(), picked, total, (int)batch.Picked, picked / options.Clock.GetElapsedTime(began).TotalSeconds));
            size = Next(size, options.Clock.GetElapsedTime(started), pace);
            await Task.Delay(pace.Pause, options.Clock, cancellationToken);
        }
    }

    private async Task<(long Picked, string? Last, long Changed)> BatchAsync(string sql, CancellationToken cancellationToken)
    {
        var result = (Picked: 0L, Last: (string?)null, Changed: 0L);
        await policy.RunAsync(
            $"{migration.Name}: a batch",
            async token => result = (await session.QueryAsync(sql, row => (row.GetInt64(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetInt64(2)), token))[0],
            cancellationToken);
        return result;
    }

    private async Task<long?> EstimateAsync(BackfillExpression backfill, CancellationToken cancellationToken)
    {
        using var plan = JsonDocument.Parse(await session.ScalarAsync<string>(backfill.Estimate, cancellationToken) ?? "[]");
        return plan.RootElement.GetArrayLength() == 0 ? null : (long)plan.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetDouble();
    }

    // Toward the target duration, but at most doubled or halved at a time: one slow batch says little.
    private static int Next(int size, TimeSpan took, BackfillOptions pace) =>
        (int)Math.Clamp(size * Math.Clamp(pace.TargetDuration / (took + TimeSpan.FromTicks(1)), 0.5, 2), 1, pace.MaxBatchSize);
}
