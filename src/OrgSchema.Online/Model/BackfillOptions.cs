namespace OrgSchema.Online;

/// <summary>How a backfill paces itself: fast while nobody minds, slower for each reason given here.</summary>
public sealed record BackfillOptions
{
    /// <summary>Rows of the first batch. Default: 1,000. Later ones follow <see cref="TargetDuration"/>.</summary>
    public int BatchSize { get; init; } = 1_000;

    /// <summary>Largest batch. Default: 20,000 rows. A larger one keeps more rows locked at once.</summary>
    public int MaxBatchSize { get; init; } = 20_000;

    /// <summary>How long a batch should take. Default: 50 ms: a row that a client wants to update may be locked that long.</summary>
    public TimeSpan TargetDuration { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Rest between two batches. Default: 1 ms, enough for whoever waited for a row to get it. It grows while clients wait; a longer one from the start leaves more of the disk and of a core to others.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Sessions that work at once, each on its own range of keys. Default: 1. More are faster, and take more of the server from the application.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>How far a replica may be behind before the backfill waits for it. Default: 10 s. Beyond it, readers of the replica see old rows.</summary>
    public TimeSpan MaxReplicaLag { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>WAL that a replication slot, or an archiver that fails, may hold back before the backfill waits. Default: 1 GiB. It fills the disk.</summary>
    public long MaxWalHeld { get; init; } = 1L << 30;

    /// <summary>How often replicas, slots, the archiver and the pause row are looked at. Default: 1 s.</summary>
    public TimeSpan LookInterval { get; init; } = TimeSpan.FromSeconds(1);

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
        if (Workers < 1)
            yield return $"{nameof(Workers)} must be at least 1";
        if (MaxReplicaLag <= TimeSpan.Zero)
            yield return $"{nameof(MaxReplicaLag)} must be positive";
        if (MaxWalHeld < 1)
            yield return $"{nameof(MaxWalHeld)} must be positive";
        if (LookInterval <= TimeSpan.Zero)
            yield return $"{nameof(LookInterval)} must be positive";
    }
}
