namespace OrgSchema.Online;

/// <summary>What the workers of a backfill have done together.</summary>
internal sealed class BackfillTally(KnownMigration migration, BatchedExpression backfill, TimeProvider clock, IProgress<MigrationEvent> progress)
{
    private readonly Lock _gate = new();
    private long _began;
    private long? _total;
    private long _picked;
    private string? _stopped;

    /// <summary>Rows changed by this run.</summary>
    public long Changed { get; private set; }

    /// <summary>Batches committed by this run.</summary>
    public int Batches { get; private set; }

    /// <summary>Begins a pass over the table.</summary>
    /// <param name="total">Estimate of its rows; null if unknown.</param>
    public void Begin(long? total) => (_began, _total, _picked) = (clock.GetTimestamp(), total, 0);

    /// <summary>A batch has committed.</summary>
    public void Add(BackfillBatch batch, string? slow)
    {
        lock (_gate)
        {
            (_picked, Changed, Batches, _stopped) = (_picked + batch.Picked, Changed + batch.Changed, Batches + 1, null);
            Report((int)batch.Picked, _picked / clock.GetElapsedTime(_began).TotalSeconds, slow);
        }
    }

    /// <summary>Nothing is done for now. Said once for each reason.</summary>
    public void Stop(string why)
    {
        lock (_gate)
        {
            if (why != _stopped)
                Report(0, 0, _stopped = why);
        }
    }

    private void Report(int batch, double perSecond, string? slow) =>
        progress.Report(new BackfillProgressed(migration, backfill.Table.ToString(), _picked, _total, batch, perSecond, slow));
}

/// <summary>What one batch has done.</summary>
/// <param name="Picked">Rows it walked over.</param>
/// <param name="Last">The key of the last of them; null if there was none.</param>
/// <param name="Changed">Rows it changed.</param>
internal sealed record BackfillBatch(long Picked, string? Last, long Changed);
