using Npgsql;

namespace OrgSchema.LocalPostgres;

/// <summary>The form of a connection string that other programs read.</summary>
public static class PostgresUrl
{
    /// <summary>Host, port, user, password and database as <c>postgres://user:password@host:port/database</c>, percent-encoded.</summary>
    public static string From(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        return $"postgres://{Encoded(builder.Username)}:{Encoded(builder.Password)}@{builder.Host}:{builder.Port}/{Encoded(builder.Database)}";
    }

    private static string Encoded(string? part) => Uri.EscapeDataString(part ?? "");
}
