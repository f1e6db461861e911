using System.Net.Sockets;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>Why a connection could not be opened, for people.</summary>
public static class ConnectionFailure
{
    // Npgsql has no name for it: https://www.postgresql.org/docs/current/errcodes-appendix.html. This process
    // did not get to run for seconds, and the server took it for cut off.
    private const string IdleInTransactionSessionTimeout = "25P03";

    /// <summary>Whether the connection is gone for a reason that may pass: a restart, a fail-over, an administrator, the network.</summary>
    internal static bool MayPass(Exception? exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections or IdleInTransactionSessionTimeout } => true,
        PostgresException { SqlState: var state } => state.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException { InnerException: IOException or SocketException or TimeoutException } or SocketException or EndOfStreamException => true,
        // Of several hosts none is the one that was asked for: the next primary may not be promoted yet.
        NpgsqlException { InnerException: AggregateException or NpgsqlException or null } => true,
        OnlineMigrationException e => e is RunnerLockLostException or TargetException { MayPass: true } || MayPass(e.InnerException),
        _ => false,
    };

    /// <summary>The reason in words, and what to do about it; null if it is another kind of failure.</summary>
    /// <param name="exception">What opening the connection threw.</param>
    /// <param name="target">What was to be opened. Its password is not shown.</param>
    public static TargetException? Explain(Exception exception, NpgsqlConnectionStringBuilder target)
    {
        var server = target.Host?.Contains(',', StringComparison.Ordinal) == true ? target.Host : $"{target.Host}:{target.Port}";
        return exception switch
        {
            PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } e =>
                Failure($"{server} refuses the login of user '{target.Username}': {e.MessageText}", "Check user and password in the URL; a '@', ':' or '/' in the password must be percent-encoded (%40, %3A, %2F)."),
            PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } =>
                Failure($"There is no database '{target.Database}' on {server}", "Check the part of the URL after the last '/'."),
            PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } e =>
                Failure($"{server} has no connection free: {e.MessageText}", "A run needs two connections, and one for each further worker. Close some, or raise the limit of the role or of the server."),
            PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow } e =>
                Failure($"{server} does not take connections now: {e.MessageText}", "Wait until it has started and run the same command again."),
            PostgresException { SqlState: var state } e when state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("28", StringComparison.Ordinal) =>
                Failure($"{server} refuses the connection: {e.MessageText}", "Check host, user and password in the URL."),
            NpgsqlException { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } } =>
                Failure($"The host '{target.Host}' is not known", "Check the host name in the URL, and that this machine can resolve it."),
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } =>
                Failure($"The host '{target.Host}' is not known", "Check the host name in the URL, and that this machine can resolve it."),
            NpgsqlException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } =>
                Failure($"Nothing answers at {server}: the connection was refused", "Check host and port in the URL, and that the server runs."),
            NpgsqlException { InnerException: TimeoutException } or TimeoutException =>
                Failure($"{server} did not answer within {target.Timeout} s", "Check host and port in the URL, and whether a firewall is in between."),
            NpgsqlException { InnerException: SocketException or IOException or null } e and not PostgresException =>
                Failure($"No connection to {server}: {e.Message}", "Check host, port and sslmode in the URL."),
            NpgsqlException { InnerException: System.Security.Authentication.AuthenticationException inner } =>
                Failure($"No secure connection to {server}: {inner.Message}", "Check sslmode and sslrootcert in the URL."),
            NpgsqlException { InnerException: AggregateException or NpgsqlException } =>
                Failure($"None of the hosts {server} answers as the URL asks ({(string.IsNullOrEmpty(target.TargetSessionAttributes) ? "any" : target.TargetSessionAttributes)})", "Check hosts, ports and target_session_attrs in the URL."),
            _ => null,
        };

        TargetException Failure(string message, string remedy) => new(message.TrimEnd('.') + ".", remedy, exception);
    }
}
