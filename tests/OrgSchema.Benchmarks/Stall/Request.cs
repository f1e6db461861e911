namespace OrgSchema.Benchmarks;

/// <summary>One transaction of a client.</summary>
/// <param name="Client">Its kind.</param>
/// <param name="Due">When it should have been sent.</param>
/// <param name="Started">When it was sent.</param>
/// <param name="Completed">When its answer was there.</param>
/// <param name="OnTime">Whether a connection was free when it was due.</param>
/// <param name="Failed">Whether the answer was an error.</param>
internal readonly record struct Request(ClientKind Client, TimeSpan Due, TimeSpan Started, TimeSpan Completed, bool OnTime, bool Failed)
{
    /// <summary>What a client notices: it counts from when the request was due, whether or not there was a connection to send it on.</summary>
    public TimeSpan Latency => Completed - Due;

    /// <summary>How late a free client woke up: the machine's and our part of the latency, not the database's.</summary>
    public TimeSpan Lateness => OnTime ? Started - Due : TimeSpan.Zero;
}
