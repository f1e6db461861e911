namespace OrgSchema.Online;

/// <summary>What is to be copied of a database, and how to get at it.</summary>
public sealed record SchemaSource
{
    /// <summary>The database, as an Npgsql connection string. It is only read.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The schemas that matter. Those that they depend on come along.</summary>
    public required IReadOnlyList<string> Schemas { get; init; }

    /// <summary>Writes the definitions in some schemas, without some tables, as pg_dump does.</summary>
    public required Func<IReadOnlyList<string>, IReadOnlyList<string>, CancellationToken, Task<string>> Dump { get; init; }

    /// <summary>Rows that must be there, see <see cref="PinnedRows"/>. Default: none.</summary>
    public IReadOnlyList<PinnedRows> Pinned { get; init; } = [];

    /// <summary>Rows that a table may have in a copy, at most. Default: 100,000. More take longer, and show more.</summary>
    public int Rows { get; init; } = 100_000;

    /// <summary>Private schema of the migrations: its versions come along. Default: <c>orgschema</c>.</summary>
    public string PrivateSchema { get; init; } = "orgschema";

    internal static MigratorOptions Options(string connectionString) => new()
    {
        ConnectionString = connectionString,
        Migrations = [],
        ApplicationName = "orgschema rehearse",
        SearchPath = "", // the server qualifies every name that it prints
        LockTimeout = TimeSpan.FromSeconds(5),
    };

    internal async Task<Session> OpenAsync(CancellationToken cancellationToken)
    {
        var session = await Session.OpenAsync(Options(ConnectionString), cancellationToken);
        await session.ExecuteAsync("SET default_transaction_read_only = on", cancellationToken);
        return session;
    }
}
