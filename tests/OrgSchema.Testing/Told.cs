namespace OrgSchema.Testing;

/// <summary>Keeps what it is told, and lets a test wait for something of it.</summary>
public sealed class Told<T> : IProgress<T>
    where T : class
{
    private readonly Lock _gate = new();
    private readonly List<T> _all = [];
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All of it so far.</summary>
    public IReadOnlyList<T> All
    {
        get
        {
            lock (_gate)
                return [.. _all];
        }
    }

    /// <summary>The first event of a kind, once it is told.</summary>
    public async Task<TEvent> UntilAsync<TEvent>(Func<TEvent, bool>? which = null)
        where TEvent : T
    {
        while (true)
        {
            Task next;
            lock (_gate)
            {
                if (_all.OfType<TEvent>().FirstOrDefault(which ?? (_ => true)) is { } found)
                    return found;
                next = _next.Task;
            }

            await next.WaitAsync(Awaiting.Bound);
        }
    }

    /// <summary>Takes note.</summary>
    public void Report(T value)
    {
        lock (_gate)
        {
            _all.Add(value);
            _next.TrySetResult();
            _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
