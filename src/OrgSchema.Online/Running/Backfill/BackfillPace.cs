namespace OrgSchema.Online;

/// <summary>How large the next batch is and how long the rest before it: learned from the batches before.</summary>
internal sealed class BackfillPace(BackfillOptions options)
{
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Shortest = TimeSpan.FromTicks(1);

    // How many times larger one of two sizes must be to say what a batch costs whatever its size is: nearer to each other, noise says it.
    private const int Apart = 4;

    // A batch of one row does not show how much of its time is the row's. Each time, this part of it counts as the batch's own, so that
    // larger batches are tried again. Without that, a few slow moments would keep a backfill at one row.
    private const int Doubt = 8;

    private (int Size, TimeSpan Took)? _before;
    private TimeSpan _anyway;

    /// <summary>Rows of the next batch.</summary>
    public int Size { get; private set; } = options.BatchSize;

    /// <summary>Rest before it.</summary>
    public TimeSpan Rest { get; private set; } = options.Pause;

    /// <summary>Why it is slower than it could be; null if it is not.</summary>
    public string? Slow { get; private set; }

    /// <summary>Takes note of a batch.</summary>
    /// <param name="took">How long the server took: the way there and back locks no row, and would never be shorter for a smaller batch.</param>
    /// <param name="waiters">Sessions that waited for its rows.</param>
    public void Learn(TimeSpan took, long waiters)
    {
        if (waiters > 0)
        {
            Slow = $"{Amount.Of(waiters, "session")} waited for rows of the last batch";
            Size = Math.Max(1, Size / 2);
            _before = null;
            Rest = Rest * 2 + options.TargetDuration < LongestRest ? Rest * 2 + options.TargetDuration : LongestRest;
            return;
        }

        Slow = null;
        Rest = Rest / 2 > options.Pause ? Rest / 2 : options.Pause;
        LearnAnyway(took);
        var rows = took - _anyway > Shortest ? took - _anyway : Shortest;
        // Toward the target, but at most doubled or halved at a time: one slow batch says little.
        Size = (int)Math.Clamp(Size * Math.Clamp(options.TargetDuration / rows, 0.5, 2), 1, options.MaxBatchSize);
    }

    private void LearnAnyway(TimeSpan took)
    {
        if (_before is not { } before)
        {
            _before = (Size, took);
        }
        else if (Math.Max(before.Size, Size) >= Apart * Math.Min(before.Size, Size))
        {
            _anyway = (_anyway + CostAnyway(before, (Size, took))) / 2;
            _before = (Size, took);
        }
        else if (Size == 1)
        {
            _anyway += (took - _anyway) / Doubt;
        }
    }

    // What no smaller batch would save: where the line through two batches meets a batch of no rows.
    private static TimeSpan CostAnyway((int Size, TimeSpan Took) one, (int Size, TimeSpan Took) other)
    {
        var cost = (other.Took * one.Size - one.Took * other.Size) / (one.Size - other.Size);
        var least = one.Took < other.Took ? one.Took : other.Took;
        return cost < TimeSpan.Zero ? TimeSpan.Zero : cost < least ? cost : least;
    }
}
