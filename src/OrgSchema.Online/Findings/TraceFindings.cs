using Npgsql;

namespace OrgSchema.Online;

/// <summary>Finds what is wrong with statements that have run on a throw-away database: by what the server was seen to do, not by reading SQL.</summary>
/// <example>
/// <code>
/// var before = await SchemaState.ReadAsync(connection, api: null, token);
/// List&lt;TracedStatement&gt; traced = [];
/// await using var migrator = TracedMigrator.Create(options, traced.Add);
/// await migrator.UpAsync(null, token);
/// var found = await TraceFindings.FindAsync(connection, before, traced, api: null, token);
/// </code>
/// </example>
/// <remarks>
/// Tables should have rows: what is called big has <see cref="Many"/> of them. Ask after expand migrations and again, with a
/// new state of before, after contract migrations, which may break the old application. What a way down would leave is
/// another question; its locks are not: ask with a state of before it.
/// </remarks>
public static class TraceFindings
{
    /// <summary>From how many rows on a table is big: a scan or a rewrite of it counts.</summary>
    public const int Many = 1_000;

    /// <summary>Finds it.</summary>
    /// <param name="connection">The database as it is now. No transaction is open on it; some are begun and rolled back.</param>
    /// <param name="before">The database as it was before the statements.</param>
    /// <param name="traced">The statements, in order.</param>
    /// <param name="api">What is exposed. Default: as on Supabase.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public static async Task<IReadOnlyList<TracedFinding>> FindAsync(NpgsqlConnection connection, SchemaState before, IReadOnlyList<TracedStatement> traced, ApiSurface? api, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(traced);
        var after = await SchemaState.ReadCatalogAsync(connection, api, cancellationToken);
        return
        [
            .. new TraceRules(before, traced).All(),
            .. new SchemaRules(before, after, traced).All(),
            .. await new Trials(connection, before, after, traced).AllAsync(api ?? ApiSurface.Supabase, cancellationToken),
        ];
    }
}
