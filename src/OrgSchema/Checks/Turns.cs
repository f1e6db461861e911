using System.Threading.Channels;

namespace OrgSchema;

/// <summary>Lets several asynchronous methods go on one after the other, never at once, and only when it is their turn.</summary>
/// <remarks>On the thread pool an answer may wake its question on another thread: then what is asked next is a matter of chance.</remarks>
internal sealed class Turns : SynchronizationContext
{
    private readonly Channel<(SendOrPostCallback Go, object? State)> _due = Channel.CreateUnbounded<(SendOrPostCallback, object?)>();

    /// <inheritdoc />
    public override void Post(SendOrPostCallback d, object? state) => _due.Writer.TryWrite((d, state));

    /// <summary>Starts something that waits for its turns from then on.</summary>
    public T Start<T>(Func<T> start)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            return start();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <summary>Gives turns until nobody can go on.</summary>
    public void GiveAll()
    {
        while (_due.Reader.TryRead(out var next))
        {
            Start(() =>
            {
                next.Go(next.State);
                return true;
            });
        }
    }

    /// <summary>Ends when somebody can go on.</summary>
    public async Task WaitAsync() => await _due.Reader.WaitToReadAsync();
}
