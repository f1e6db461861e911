namespace OrgSchema.Online;

/// <summary>How large the next batch is and how long the rest before it: learned from the batches before.</summary>
internal sealed class BackfillPace(BackfillOptions options)
{
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Shortest = TimeSpan.FromTicks(1);

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
            Slow = $"{waiters} session(s) waited for rows of the last batch";
            Size = Math.Max(1, Size / 2);
            Rest = Rest * 2 + options.TargetDuration < LongestRest ? Rest * 2 + options.TargetDuration : LongestRest;
            return;
        }

        Slow = null;
        Rest = Rest / 2 > options.Pause ? Rest / 2 : options.Pause;
        // Toward the target, but at most doubled or halved at a time: one slow batch says little.
        Size = (int)Math.Clamp(Size * Math.Clamp(options.TargetDuration / (took > Shortest ? took : Shortest), 0.5, 2), 1, options.MaxBatchSize);
    }
}
