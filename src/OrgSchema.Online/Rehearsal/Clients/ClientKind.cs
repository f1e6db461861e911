namespace OrgSchema.Online;

/// <summary>One thing that clients of an application do all day.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Role">The role that they are.</param>
/// <param name="PerSecond">How often, whatever the answers.</param>
/// <param name="Sql">One statement. <c>$1</c>, if it has it, is one of the keys, as text.</param>
/// <param name="Keys">A query that returns the keys; null: the statement has no <c>$1</c>.</param>
public sealed record ClientKind(string Name, string Role, double PerSecond, string Sql, string? Keys = null);

/// <summary>One statement of a client.</summary>
/// <param name="Client">Name of its kind.</param>
/// <param name="Due">When it should have been sent, in UTC.</param>
/// <param name="Latency">From then to its answer, whether or not a connection was free: what somebody at a screen notices.</param>
/// <param name="Error">What the server refused it with; null: it did not.</param>
public sealed record ClientRequest(string Client, DateTime Due, TimeSpan Latency, string? Error)
{
    /// <summary>When its answer was there.</summary>
    public DateTime Ended => Due + Latency;
}
