namespace OrgSchema.Online;

/// <summary>What the locks of a migration have cost.</summary>
internal sealed class LockAccount
{
    /// <summary>Attempts to run a step.</summary>
    public int Attempts { get; private set; }

    /// <summary>Time spent on waiting.</summary>
    public TimeSpan Waited { get; private set; }

    public void CountAttempt() => Attempts++;

    public void Add(TimeSpan wait) => Waited += wait;

    /// <summary>Takes in the account of a worker that waited at the same time.</summary>
    public void Include(LockAccount worker)
    {
        Attempts += worker.Attempts;
        Waited = Waited > worker.Waited ? Waited : worker.Waited;
    }
}
