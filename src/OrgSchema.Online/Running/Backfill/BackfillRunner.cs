using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>How a backfill runs: pass after pass, each from the checkpoint on, until no row is left.</summary>
internal sealed class BackfillRunner(
    Session session,
    RunnerLock runnerLock,
    LockPolicy policy,
    KnownMigration migration,
    BatchedExpression backfill,
    StepContext context,
    MigratorOptions options,
    IProgress<MigrationEvent> progress,
    ISender sender)
{
    private readonly Checkpoint _checkpoint = new(session, context, backfill);

    /// <summary>What this run has done.</summary>
    public BackfillTally Tally { get; } = new(migration, backfill, options.Clock, progress);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var ranges = await AskAsync(
            async token =>
            {
                if (backfill is BackfillExpression { Key: var key })
                    await key.RequireAsync(session, migration, token);
                return await _checkpoint.ReadAsync(token);
            },
            cancellationToken);
        // A pass may miss rows that arrive, or change again, behind it. So each pass has a witness, a row that was left when it began.
        // One that two full passes have left cannot be done, even if its change was counted: a trigger may undo it. Nor can one that
        // is left again and again. As no row is a witness without end, only rows that are new can make another pass.
        string? suspect = null;
        var witnesses = new Dictionary<string, int>();
        while ((suspect ?? await WitnessAsync(cancellationToken)) is { } left)
        {
            var full = ranges.Count == 0;
            await PassAsync(full ? [KeyRange.Whole] : ranges, cancellationToken);
            var stays = await AskAsync(
                async token =>
                {
                    await _checkpoint.DeleteAsync(token);
                    return full && await session.ScalarAsync<bool>(backfill.IsLeft(left), token);
                },
                cancellationToken);
            witnesses[left] = witnesses.GetValueOrDefault(left) + 1;
            if (stays && left == suspect || witnesses[left] > BackfillExpression.ReturnsAtMost)
                throw Stuck();
            suspect = stays ? left : null;
            ranges = [];
        }

        await AskAsync(_checkpoint.DeleteAsync, cancellationToken);
    }

    // A question may want a lock that somebody holds, as a batch does. Each can be asked again.
    private async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        T? answer = default;
        await policy.RunAsync($"{migration.Name}: {backfill}", async token => answer = await ask(token), cancellationToken);
        return answer!;
    }

    /// <summary>The key of a row that is left; null if none is.</summary>
    private async Task<string?> WitnessAsync(CancellationToken cancellationToken)
    {
        var left = await AskAsync(
            token => session.QueryAsync(backfill.OneLeft, row => row.IsDBNull(0) ? null : row.GetString(0), token), cancellationToken);
        return left.Count == 0 ? null : left[0] ?? throw Stuck(); // without a key it is in no batch
    }

    /// <summary>Walks over ranges, with as many workers as there are ranges for.</summary>
    private async Task PassAsync(List<KeyRange> ranges, CancellationToken cancellationToken)
    {
        ranges = await AskAsync(token => _checkpoint.DivideAsync(ranges, options.Backfill.Workers, token), cancellationToken);
        Tally.Begin(await AskAsync(EstimateAsync, cancellationToken));
        var others = new List<Session>();
        try
        {
            while (others.Count + 1 < Math.Min(options.Backfill.Workers, ranges.Count) && await JoinAsync(cancellationToken) is { } other)
                others.Add(other);
            await WalkAsync(new ConcurrentQueue<KeyRange>(ranges), others, cancellationToken);
        }
        finally
        {
            foreach (var other in others)
                await other.DisposeAsync();
        }
    }

    /// <summary>A session for one more worker; null if the server has none.</summary>
    private async Task<Session?> JoinAsync(CancellationToken cancellationToken)
    {
        await runnerLock.EnsureHeldAsync(cancellationToken);
        Session other;
        try
        {
            other = await Session.OpenAsync(options, cancellationToken);
        }
        catch (TargetException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.TooManyConnections })
        {
            progress.Report(new MessageReported($"{migration.Name} continues with fewer workers: {e.Message}"));
            return null;
        }

        try
        {
            await runnerLock.JoinAsync(other, cancellationToken);
            // A step before may have silenced the triggers of the session that it knew.
            if (await session.ScalarAsync<string>("SHOW session_replication_role", cancellationToken) is not "origin" and var silence)
                await other.ExecuteAsync($"SET session_replication_role = {silence}", cancellationToken);
            return other;
        }
        catch
        {
            await other.DisposeAsync();
            throw;
        }
    }

    /// <summary>All workers until the end, or until one fails: then the others end, too.</summary>
    private async Task WalkAsync(ConcurrentQueue<KeyRange> ranges, List<Session> others, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ExceptionDispatchInfo? failure = null;
        await Task.WhenAll([WorkAsync(session, policy), .. others.Select(other => WorkAsync(other, policy.With(new LockAccount())))]);
        failure?.Throw();

        async Task WorkAsync(Session mine, LockPolicy waits)
        {
            var its = mine == session ? sender : new PlainSender(mine);
            var worker = new BackfillWorker(mine, runnerLock, waits, Tally, options, its, () => Failed(backfill.NoAdvance));
            try
            {
                await Session.UseAsync(
                    async () =>
                    {
                        if (backfill.AsksOtherTables)
                            await mine.ExecuteAsync($"-- plan batches by key\nSELECT {BackfillExpression.PlanByKey}", stop.Token);
                        await worker.RunAsync($"{migration.Name}: a batch", ranges, (range, size) => backfill.Batch(context, range, size), stop.Token);
                        if (backfill.AsksOtherTables)
                            await mine.ExecuteAsync(BackfillExpression.PlanAsBefore, stop.Token);
                    },
                    mine);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                await stop.CancelAsync();
            }
            finally
            {
                if (waits != policy)
                    policy.Account.Include(waits.Account);
            }
        }
    }

    private async Task<long?> EstimateAsync(CancellationToken cancellationToken)
    {
        if (backfill.Estimate is not { } estimate)
            return null;
        using var plan = JsonDocument.Parse(await session.ScalarAsync<string>(estimate, cancellationToken) ?? "[]");
        return plan.RootElement.GetArrayLength() == 0 ? null : (long)plan.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetDouble();
    }

    private MigrationFailedException Stuck() => Failed(backfill.Stuck);

    private MigrationFailedException Failed(string why) => new(
        migration.ToString(),
        $"{migration} failed: {why}.",
        $"Look at them, and run the same command again: {backfill.Left}",
        backfill.Batch(context, KeyRange.Whole, options.Backfill.BatchSize));
}
