using Npgsql;

namespace OrgSchema.Online;

/// <summary>
/// The archive's functions of this version, for somebody who only asks. Where another version is installed, they are there until the end of a
/// transaction that is rolled back: a plan changes nothing, and knows the same as the run after it.
/// </summary>
internal sealed class ArchiveFunctions : IAsyncDisposable
{
    private readonly Session? _inTransaction;

    private ArchiveFunctions(bool areThere, Session? inTransaction) => (AreThere, _inTransaction) = (areThere, inTransaction);

    /// <summary>Whether they can be called. Not on a replica, for a role that may not make them, or before the first run.</summary>
    public bool AreThere { get; }

    /// <summary>Looks for them, and else makes them for as long as the result is not disposed of.</summary>
    public static async Task<ArchiveFunctions> UseAsync(Session session, string privateSchema, CancellationToken cancellationToken)
    {
        if (await session.ScalarAsync<bool>(ArchiveSql.IsInstalled(privateSchema), cancellationToken))
            return new ArchiveFunctions(areThere: true, null);
        var installs = $"SELECT NOT pg_catalog.pg_is_in_recovery() AND pg_catalog.to_regnamespace({Literal.Of(privateSchema)}) IS NOT NULL";
        if (!await session.ScalarAsync<bool>(installs, cancellationToken))
            return new ArchiveFunctions(areThere: false, null);
        try
        {
            await session.ExecuteAsync($"BEGIN READ WRITE;\n{ArchiveSql.Install(privateSchema)}", cancellationToken);
            return new ArchiveFunctions(areThere: true, session);
        }
        catch (PostgresException)
        {
            await session.ExecuteAsync("ROLLBACK", cancellationToken);
            return new ArchiveFunctions(areThere: false, null);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_inTransaction is { Connection.State: System.Data.ConnectionState.Open } session)
            await session.ExecuteAsync("ROLLBACK", default);
    }
}
