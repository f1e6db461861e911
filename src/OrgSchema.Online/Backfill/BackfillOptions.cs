namespace OrgSchema.Online;

/// <summary>How a backfill paces itself.</summary>
public sealed record BackfillOptions
{
    /// <summary>Rows of the first batch. Default: 1,000. Later ones follow <see cref="TargetDuration"/>.</summary>
    public int BatchSize { get; init; } = 1_000;

    /// <summary>Largest batch. Default: 20,000 rows. A larger one keeps more rows locked at once.</summary>
    public int MaxBatchSize { get; init; } = 20_000;

    /// <summary>How long a batch should take. Default: 200 ms. A row that a client wants to update may be locked that long.</summary>
    public TimeSpan TargetDuration { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Rest between two batches. Default: 20 ms. None at all would take a whole core and the whole WAL bandwidth.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(20);

    internal IEnumerable<string> Mistakes()
    {
        if (BatchSize < 1)
            yield return $"{nameof(BatchSize)} must be at least 1";
        if (MaxBatchSize < BatchSize)
            yield return $"{nameof(MaxBatchSize)} must be at least {nameof(BatchSize)}";
        if (TargetDuration <= TimeSpan.Zero)
            yield return $"{nameof(TargetDuration)} must be positive";
        if (Pause < TimeSpan.Zero)
            yield return $"{nameof(Pause)} must not be negative";
    }
}
