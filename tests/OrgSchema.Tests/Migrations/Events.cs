using OrgSchema.Online;

namespace OrgSchema.Tests;

/// <summary>What a run reports, to wait for instead of for a time.</summary>
internal sealed class Events : IProgress<MigrationEvent>
{
    private readonly List<MigrationEvent> _all = [];
    private readonly List<Action<MigrationEvent>> _waiting = [];

    /// <summary>Everything reported so far.</summary>
    public IReadOnlyList<MigrationEvent> All
    {
        get
        {
            lock (_all)
                return [.. _all];
        }
    }

    public void Report(MigrationEvent value)
    {
        lock (_all)
        {
            _all.Add(value);
            _waiting.ForEach(waiting => waiting(value));
        }
    }

    /// <summary>Ends when an event of this kind was reported; fails with the run if that ends before.</summary>
    public async Task<T> UntilAsync<T>(Task run)
        where T : MigrationEvent
    {
        var seen = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_all)
        {
            if (_all.OfType<T>().FirstOrDefault() is { } past)
                return past;
            _waiting.Add(value => _ = value is T expected && seen.TrySetResult(expected));
        }

        await Task.WhenAny(seen.Task, run);
        if (!seen.Task.IsCompleted)
        {
            await run;
            throw new InvalidOperationException($"The run ended without a {typeof(T).Name}.");
        }

        return await seen.Task;
    }
}
