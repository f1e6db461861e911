namespace OrgSchema.LocalPostgres;

/// <summary>What a server's data may lose when the machine, not only the server, goes down.</summary>
public enum Durability
{
    /// <summary>The last fraction of a second (<c>synchronous_commit = off</c>); never the consistency of the data.</summary>
    Kept,

    /// <summary>Everything: nothing is forced to disk. For tests and rehearsals.</summary>
    ThrowAway,
}

/// <summary>How a <see cref="PostgresServer"/> is run.</summary>
public sealed record ServerOptions
{
    /// <summary>Port to try first. When it is taken, a free one is used. Default: 0, any free one.</summary>
    public int Port { get; init; }

    /// <summary>Whether the data is to outlive a crash of the machine. Default: <see cref="Durability.Kept"/>.</summary>
    public Durability Durability { get; init; } = Durability.Kept;

    /// <summary>How long a start, with recovery after a crash, and a stop may take. Default: one minute.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>More settings, as in postgresql.conf: <c>max_connections</c> and the like. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}
