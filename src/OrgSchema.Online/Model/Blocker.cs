using System.Globalization;
using System.Net;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>A session that holds, or waits for, a lock that a step needs. What this role may not see is null.</summary>
public sealed record Blocker
{
    /// <summary>Its process on the server; 0 for a prepared transaction, which has none.</summary>
    public required int ProcessId { get; init; }

    /// <summary>The table, schema-qualified.</summary>
    public required string Table { get; init; }

    /// <summary>The mode it holds or waits for.</summary>
    public required string Mode { get; init; }

    /// <summary>Whether it has the lock; else it waits for it, and everybody behind it with it.</summary>
    public required bool Granted { get; init; }

    /// <summary>Role.</summary>
    public string? User { get; init; }

    /// <summary>Application name.</summary>
    public string? Application { get; init; }

    /// <summary>Client's address; null for a socket, too.</summary>
    public IPAddress? Client { get; init; }

    /// <summary>State, such as <c>idle in transaction</c>.</summary>
    public string? State { get; init; }

    /// <summary>What it waits for itself.</summary>
    public string? WaitEvent { get; init; }

    /// <summary>Age of its transaction.</summary>
    public TimeSpan? TransactionAge { get; init; }

    /// <summary>First words of its query.</summary>
    public string? Query { get; init; }

    /// <summary>Whether it is an autovacuum worker that would step aside for a waiting lock.</summary>
    public bool IsAutovacuum { get; init; }

    /// <summary>Its virtual transaction, to tell whether the same one is still there.</summary>
    public required string Transaction { get; init; }

    /// <summary>One line for people.</summary>
    public override string ToString() => string.Join(", ", new[]
    {
        ProcessId == 0 ? "a prepared transaction (see pg_prepared_xacts)" : $"pid {ProcessId}",
        ProcessId == 0 ? null : User is null ? "a role this one may not watch" : $"user {User}",
        string.IsNullOrEmpty(Application) ? null : $"application '{Application}'",
        Client is null ? null : $"from {Client}",
        State,
        TransactionAge is { } age ? $"transaction of {Age(age)}" : null,
        WaitEvent is null ? null : Waiting(WaitEvent),
        $"{(Granted ? "holds" : "waits for")} {LockModes.NameOf(Mode)} on {Table}",
        string.IsNullOrWhiteSpace(Query) ? null : $"query: {Query}",
    }.OfType<string>());

    internal static Blocker Read(NpgsqlDataReader row) => new()
    {
        ProcessId = row.GetInt32(0),
        Table = row.GetString(1),
        Mode = row.GetString(2),
        Granted = row.GetBoolean(3),
        Transaction = row.GetString(4),
        User = Text(row, 5),
        Application = Text(row, 6),
        Client = row.IsDBNull(7) ? null : row.GetFieldValue<IPAddress>(7),
        State = Text(row, 8),
        WaitEvent = Text(row, 9),
        TransactionAge = row.IsDBNull(10) ? null : TimeSpan.FromSeconds(row.GetDouble(10)),
        Query = Text(row, 11),
        IsAutovacuum = row.GetBoolean(12),
    };

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    // https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-TABLE
    private static string Waiting(string waitEvent) => waitEvent.Split(": ")[0] switch
    {
        "Client" => "waits for its client",
        "Lock" => "waits for another lock",
        "IO" => "reads or writes files",
        "Timeout" => "sleeps",
        _ => $"waits in the server ({waitEvent})",
    };

    private static string Age(TimeSpan age) => age.TotalSeconds < 60
        ? string.Create(CultureInfo.InvariantCulture, $"{age.TotalSeconds:0.0} s")
        : age.ToString(@"d\.hh\:mm\:ss", CultureInfo.InvariantCulture);
}
