namespace OrgSchema.Online;

/// <summary>One run of one migration.</summary>
/// <param name="Version">The migration.</param>
/// <param name="Name">Its name at that time.</param>
/// <param name="Direction">Applied or reverted.</param>
/// <param name="StartedAt">When, by the server's clock, in UTC.</param>
/// <param name="Took">How long; null: it never said how it ended.</param>
/// <param name="Outcome"><c>done</c>, <c>failed</c> or <c>interrupted</c>; null: it was killed, or is under way.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Waited">Time spent on waiting for locks.</param>
/// <param name="Rows">Rows that it changed.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="Role">The database role.</param>
/// <param name="Operator">User and host.</param>
/// <param name="Program">Program, version and command.</param>
/// <param name="Reason">Why it was forced.</param>
public sealed record RunLogEntry(
    long Version,
    string Name,
    Direction Direction,
    DateTime StartedAt,
    TimeSpan? Took,
    string? Outcome,
    int? Attempts,
    TimeSpan? Waited,
    long? Rows,
    string? Error,
    string Role,
    string Operator,
    string Program,
    string? Reason);
