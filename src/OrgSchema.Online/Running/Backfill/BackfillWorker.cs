using System.Collections.Concurrent;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>Walks over ranges of keys on a session of its own, batch after batch, at a pace of its own: what it waits for does not stop others.</summary>
/// <param name="session">Its own session.</param>
/// <param name="runnerLock">The lock of the run.</param>
/// <param name="policy">How it waits for locks.</param>
/// <param name="tally">What all workers have done.</param>
/// <param name="options">Those of the run.</param>
/// <param name="sender">The way of its batches to the server.</param>
/// <param name="standsStill">The failure when a batch ends where the one before it has ended: the walk would go on for ever.</param>
internal sealed class BackfillWorker(
    Session session,
    RunnerLock runnerLock,
    LockPolicy policy,
    BackfillTally tally,
    MigratorOptions options,
    ISender sender,
    Func<Exception> standsStill)
{
    private readonly BackfillLookout _lookout = new(runnerLock.Session, options);
    private readonly BackfillPace _pace = new(options.Backfill);
    private TimeSpan _lastRoundTrip = TimeSpan.MaxValue;

    /// <summary>Takes one range after the other until none is left.</summary>
    public async Task RunAsync(string what, ConcurrentQueue<KeyRange> ranges, Func<KeyRange, int, string> sql, CancellationToken cancellationToken)
    {
        while (ranges.TryDequeue(out var range))
        {
            while (true)
            {
                var roundTrip = await EnsureHeldAsync(cancellationToken);
                var sight = await WaitUntilWelcomeAsync(cancellationToken);
                var batch = await BatchAsync(what, sql(range, _pace.Size), roundTrip, cancellationToken);
                if (batch.Picked == 0)
                    break;
                if (batch.Last is null || batch.Last == range.After)
                    throw standsStill();
                range = range with { After = batch.Last };
                tally.Add(batch, sight.Slow ?? _pace.Slow);
                await Task.Delay(sight.Control.Rest ?? _pace.Rest, options.Clock, cancellationToken);
            }
        }
    }

    /// <summary>Proves that the lock is held, and so learns how long a question takes that costs the server nothing: a single slow answer says little, so the faster of two.</summary>
    private async Task<TimeSpan> EnsureHeldAsync(CancellationToken cancellationToken)
    {
        var asked = options.Clock.GetTimestamp();
        await runnerLock.EnsureHeldAsync(cancellationToken);
        var (before, now) = (_lastRoundTrip, options.Clock.GetElapsedTime(asked));
        _lastRoundTrip = now;
        return before < now ? before : now;
    }

    /// <summary>Does nothing while replicas, slots or people say so.</summary>
    private async Task<Sight> WaitUntilWelcomeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var sight = await _lookout.LookAsync(cancellationToken);
            if (sight.Stop is null)
                return sight;
            tally.Stop(sight.Stop);
            await Task.Delay(options.Backfill.LookInterval, options.Clock, cancellationToken);
            await runnerLock.EnsureHeldAsync(cancellationToken);
        }
    }

    // How often in a row a row that a batch refers to may go before it is no accident.
    private const int GoneAtMost = 10;

    private async Task<BackfillBatch> BatchAsync(string what, string sql, TimeSpan roundTrip, CancellationToken cancellationToken)
    {
        BackfillBatch? result = null;
        var gone = 0;
        await policy.RunAsync(
            what,
            async token =>
            {
                while (!await TryAsync(token))
                    gone++;
            },
            cancellationToken);
        return result!;

        // Deleted after the batch has seen it, and before its foreign key looks: the next look does not see it.
        async Task<bool> TryAsync(CancellationToken token)
        {
            try
            {
                var began = options.Clock.GetTimestamp();
                var batch = sender.QueryAsync(sql, PartKind.Batch, Read, token);
                var waiters = await WatchAsync(what, batch, token);
                result = (await batch)[0];
                if (result.Picked > 0)
                    _pace.Learn(options.Clock.GetElapsedTime(began) - roundTrip, waiters);
                return true;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation && gone < GoneAtMost)
            {
                return false;
            }
        }

        static BackfillBatch Read(NpgsqlDataReader row) => new(row.GetInt64(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetInt64(2));
    }

    /// <summary>Sees how many sessions wait for rows of a batch, and whom it waits for itself, until it ends.</summary>
    private async Task<long> WatchAsync(string what, Task batch, CancellationToken cancellationToken)
    {
        var interval = (options.Backfill.TargetDuration < options.LockTimeout ? options.Backfill.TargetDuration : options.LockTimeout) / 2;
        var most = 0L;
        try
        {
            while (await Task.WhenAny(batch, Task.Delay(interval, options.Clock, CancellationToken.None)) != batch && !cancellationToken.IsCancellationRequested)
            {
                var (waiters, waits) = await _lookout.WaitersAsync(session.ProcessId, cancellationToken);
                most = Math.Max(most, waiters);
                if (waits)
                    await policy.MeetAsync(what, session.ProcessId, cancellationToken);
            }

            return most;
        }
        finally
        {
            await batch; // whatever the questions have met, the batch must not run on unobserved
        }
    }
}
