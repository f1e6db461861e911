using Npgsql;

namespace OrgSchema.Online;

/// <summary>A connection pooler between this program and the server. In session mode it is as good as none.</summary>
internal static class Pooler
{
    private const string Backend = "SELECT pg_catalog.pg_backend_pid()";
    private const int Rounds = 3;

    // For a question that costs the server nothing. In transaction mode with a pool of one, it waits for our own other session.
    private const int PatienceInSeconds = 5;

    /// <summary>Proves that a session keeps its backend, before anything is set on it.</summary>
    /// <param name="session">The session. What it has asked so far has told it a backend.</param>
    /// <param name="connect">Opens another connection to the same target.</param>
    /// <param name="cancellationToken">Cancels the questions.</param>
    /// <exception cref="TargetException">Each transaction gets another backend, or there is none for a second session.</exception>
    /// <remarks>A second session has a transaction open meanwhile. In transaction mode it has taken the backend of the first one, or the first one gets another.</remarks>
    public static async Task EnsureSessionsStickAsync(Session session, Func<Task<NpgsqlConnection>> connect, CancellationToken cancellationToken)
    {
        await using var other = await connect();
        int? first = null;
        for (var round = 0; round < Rounds; round++)
        {
            int? theirs, ours;
            try
            {
                await AskAsync(other, "BEGIN", cancellationToken);
                theirs = await AskAsync(other, Backend, cancellationToken);
            }
            catch (NpgsqlException e) when (e.InnerException is TimeoutException)
            {
                throw new TargetException($"The connection pooler has no second connection free within {PatienceInSeconds} s.", "A run needs two connections, and one for each further worker: raise the pool's size, or use the direct host of the database.", e);
            }

            try
            {
                ours = await AskAsync(session.Connection, Backend, cancellationToken);
            }
            catch (NpgsqlException e) when (e.InnerException is TimeoutException)
            {
                throw Refused();
            }

            await AskAsync(other, "ROLLBACK", cancellationToken); // else the pooler closes the backend
            if (theirs != (first ??= theirs) || ours == theirs || ours != session.ProcessId)
                throw Refused();
        }
    }

    /// <summary>What to say of one in transaction mode.</summary>
    public static TargetException Refused() => new(
        "The target is a connection pooler in transaction mode: the runner lock, the lock timeouts and every other setting would not stay with this program.",
        "Use the pooler's session mode (on Supabase: port 5432 instead of 6543) or the direct host of the database.");

    private static async Task<int?> AskAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = PatienceInSeconds };
        return await command.ExecuteScalarAsync(cancellationToken) as int?;
    }
}
