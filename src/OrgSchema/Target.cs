using System.CommandLine;
using System.Net;
using Npgsql;
using OrgSchema.LocalPostgres;

namespace OrgSchema;

/// <summary>The database that a command is about.</summary>
/// <param name="Connection">How to reach it.</param>
/// <param name="IsLocal">Whether it is the local PostgreSQL that this program keeps.</param>
internal sealed record Target(NpgsqlConnectionStringBuilder Connection, bool IsLocal)
{
    /// <summary>The target in words, without the password.</summary>
    public override string ToString() =>
        $"{Connection.Database ?? Connection.Username} at {Connection.Host}{(Connection.Host?.Contains(',', StringComparison.Ordinal) == true ? "" : $":{Connection.Port}")}{(IsLocal ? " (local)" : "")}";

    /// <summary>What somebody between here and a server elsewhere could do, in words; null where the settings rule it out.</summary>
    public string? Exposure => IsLocal || (Connection.Host ?? "").Split(',').All(IsHere) ? null : Connection.SslMode switch
    {
        SslMode.Disable or SslMode.Allow or SslMode.Prefer =>
            $"The connection to {Connection.Host} may be unencrypted. Add sslmode=verify-full to its URL, "
                + "and sslrootcert=FILE for a certificate authority of your own.",
        SslMode.Require =>
            $"The connection to {Connection.Host} is encrypted, but the server's identity is not verified. Use sslmode=verify-full, "
                + "and sslrootcert=FILE for a certificate authority of your own.",
        _ => null,
    };

    // A name, an address with or without its port, or a socket in the file system.
    private static bool IsHere(string host) => host is ['/' or '@', ..]
        || host.Split(':')[0] is "localhost"
        || IPEndPoint.TryParse(host, out var end) && IPAddress.IsLoopback(end.Address);

    /// <summary>A connection for questions.</summary>
    /// <exception cref="Online.TargetException">The server cannot be reached or refuses the login.</exception>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var target = Online.OneConnection.To(Connection.ConnectionString);
        target.ApplicationName = "orgschema";
        try
        {
            return await Online.OneConnection.OpenAsync(target, cancellationToken);
        }
        catch (Exception e) when (Online.ConnectionFailure.Explain(e, Connection) is { } explained)
        {
            throw explained;
        }
    }

    /// <summary>The target that was asked for; with none, the local PostgreSQL, started if need be.</summary>
    /// <exception cref="Online.TargetException">The URL cannot be read.</exception>
    /// <exception cref="Online.RequestException">Several are given.</exception>
    /// <exception cref="LocalPostgresException">There is no local PostgreSQL to be had.</exception>
    public static async Task<Target> ResolveAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellationToken)
    {
        var urls = parsed.GetValue(CommonOptions.DatabaseUrl) ?? [];
        if (urls.Length > 1)
            throw new Online.RequestException($"'{parsed.CommandResult.Command.Name}' works with one database, and {urls.Length} are given.", "Give one --database-url. 'migrate' and 'status' take several.");
        var given = urls.FirstOrDefault() ?? Variable("ORGSCHEMA_DATABASE_URL") ?? Variable("DATABASE_URL");
        if (given is not null)
            return new Target(Online.DatabaseUrl.Parse(given), IsLocal: false);
        var local = await terminal.WhileStartingAsync(progress => Local(progress).EnsureStartedAsync(cancellationToken));
        return new Target(new NpgsqlConnectionStringBuilder(local.ConnectionString), IsLocal: true);
    }

    /// <summary>The local PostgreSQL of this user.</summary>
    public static LocalServer Local(IProgress<DownloadProgress>? progress = null) => new(search: new PostgresSearch { Progress = progress });

    // Set but empty is how people unset a variable in a compose file.
    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
