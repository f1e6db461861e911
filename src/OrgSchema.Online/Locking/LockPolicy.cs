using Npgsql;
using Polly;
using Polly.Retry;

namespace OrgSchema.Online;

/// <summary>How a step gets its locks without making the application wait: look first, try briefly, back off, give up in time.</summary>
/// <remarks>
/// The schedule as data: attempts of <see cref="MigratorOptions.LockTimeout"/>, pauses that double from
/// <see cref="MigratorOptions.RetryPause"/> to <see cref="MigratorOptions.MaxRetryPause"/> with jitter, until what was
/// spent on waiting reaches <see cref="MigratorOptions.LockBudget"/>. Worst case for a client: one lock timeout per attempt.
/// </remarks>
internal sealed class LockPolicy(LockQueue queue, MigratorOptions options, IProgress<MigrationEvent> progress, LockAccount account)
{
    private readonly Dictionary<(int, string), long> _firstSeen = [];
    private IReadOnlyList<Blocker> _inTheWay = [];
    private IReadOnlyList<Blocker> _told = [];
    private TimeSpan _spent;
    private bool _isEntered;

    /// <summary>The policy of a run: it looks over the runner lock's session, and its own sessions are in nobody's way.</summary>
    public static LockPolicy Of(Session work, RunnerLock runnerLock, MigratorOptions options, IProgress<MigrationEvent> progress) =>
        new(new LockQueue(runnerLock.Session, options) { OwnProcesses = { work.ProcessId } }, options, progress, new LockAccount());

    /// <summary>The account that attempts and waits are written to.</summary>
    public LockAccount Account => account;

    /// <summary>The same rules with a budget and an account of their own.</summary>
    public LockPolicy With(LockAccount another) => new(queue, options, progress, another);

    /// <summary>Runs <paramref name="attempt"/>, again as long as it fails for want of a lock and the budget lasts.</summary>
    /// <param name="what">The step, for messages.</param>
    /// <param name="attempt">Either all or nothing (a transaction), or converges when it is run again.</param>
    /// <param name="cancellationToken">Cancels attempts and pauses.</param>
    /// <exception cref="LockBudgetException">The budget is spent.</exception>
    /// <exception cref="InvalidOperationException">An attempt is under way: a budget inside another one would mean nothing.</exception>
    public async Task RunAsync(string what, Func<CancellationToken, Task> attempt, CancellationToken cancellationToken)
    {
        if (_isEntered)
            throw new InvalidOperationException($"{what}: an attempt inside of an attempt.");
        _isEntered = true;
        try
        {
            await RunStepAsync(what, attempt, cancellationToken);
        }
        finally
        {
            _isEntered = false;
        }
    }

    private async Task RunStepAsync(string what, Func<CancellationToken, Task> attempt, CancellationToken cancellationToken)
    {
        (_spent, _inTheWay, _told) = (TimeSpan.Zero, [], []);
        var (began, spentBefore) = (0L, TimeSpan.Zero);
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = options.Clock }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = options.RetryPause,
                MaxDelay = options.MaxRetryPause,
                ShouldHandle = args => ValueTask.FromResult(IsWantOfLock(args.Outcome.Exception) && _spent < options.LockBudget),
                OnRetry = args =>
                {
                    // What it has waited for clear ways is spent already. A patient statement may have waited for hours.
                    var waited = options.Clock.GetElapsedTime(began) - (_spent - spentBefore);
                    Spend((waited > options.LockTimeout ? waited : options.LockTimeout) + args.RetryDelay);
                    progress.Report(new AttemptFailed(what, args.AttemptNumber + 1, args.RetryDelay));
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
        try
        {
            await pipeline.ExecuteAsync(
                async token =>
                {
                    account.CountAttempt();
                    (began, spentBefore) = (options.Clock.GetTimestamp(), _spent);
                    await attempt(token);
                },
                cancellationToken);
        }
        catch (Exception e) when (IsWantOfLock(e))
        {
            throw new LockBudgetException(what, options.LockBudget, _inTheWay, e);
        }
    }

    /// <summary>Looks until nobody is in the way who would be there longer than a lock timeout. Joins no queue.</summary>
    /// <exception cref="LockBudgetException">The budget is spent.</exception>
    public async Task WaitUntilClearAsync(string what, IReadOnlyList<TableLock> locks, CancellationToken cancellationToken)
    {
        if (locks.Count == 0)
            return;
        var pause = options.RetryPause;
        while (true)
        {
            var looked = options.Clock.GetTimestamp();
            var found = await queue.LookAsync(locks, cancellationToken);
            var blockers = found.Where(StaysLong).ToList();
            if (blockers.Count == 0)
            {
                (_inTheWay, _told) = (found, []); // who is about to go: should the attempt fail, they were in its way
                return;
            }

            Meet(what, blockers);
            if (_spent >= options.LockBudget)
                throw new LockBudgetException(what, options.LockBudget, blockers);
            if (blockers.All(blocker => blocker.IsAutovacuum))
                await queue.AskAutovacuumToStepAsideAsync(blockers, cancellationToken);
            await Task.Delay(pause, options.Clock, cancellationToken); // also when it could not be asked
            pause = pause * 2 < options.MaxRetryPause ? pause * 2 : options.MaxRetryPause;
            Spend(options.Clock.GetElapsedTime(looked));
        }

        // Of a prepared transaction, and of a role that this one may not watch, the age is unknown: it counts from our first
        // look, of whatever attempt.
        bool StaysLong(Blocker blocker)
        {
            if (!blocker.Granted)
                return true;
            var now = options.Clock.GetTimestamp();
            _firstSeen.TryAdd((blocker.ProcessId, blocker.Transaction), now);
            return (blocker.TransactionAge ?? options.Clock.GetElapsedTime(_firstSeen[(blocker.ProcessId, blocker.Transaction)], now)) > options.LockTimeout;
        }
    }

    /// <summary>Notes whom a statement under way waits for: it may be in vain.</summary>
    /// <param name="what">The step, for messages.</param>
    /// <param name="processId">The backend that runs the statement.</param>
    /// <param name="cancellationToken">Cancels the look.</param>
    public async Task MeetAsync(string what, int processId, CancellationToken cancellationToken)
    {
        if (await queue.BlockingAsync(processId, cancellationToken) is { Count: > 0 } blockers)
            Meet(what, blockers);
    }

    private void Meet(string what, List<Blocker> blockers)
    {
        if (Changed(blockers))
            progress.Report(new LocksAwaited(what, blockers));
        _inTheWay = _told = blockers;
    }

    private bool Changed(List<Blocker> blockers) =>
        !blockers.Select(blocker => (blocker.ProcessId, blocker.Transaction, blocker.Table)).ToHashSet()
            .SetEquals(_told.Select(blocker => (blocker.ProcessId, blocker.Transaction, blocker.Table)));

    private void Spend(TimeSpan time)
    {
        _spent += time;
        account.Add(time);
    }

    /// <summary>Whether a lock was not to be had.</summary>
    public static bool IsWantOfLock(Exception? exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected };
}
