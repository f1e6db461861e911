using OrgSchema.Online;

namespace OrgSchema;

/// <summary>A server that cannot be written to, or is not one that the migrations were tested on.</summary>
internal static class ServerObstacles
{
    private const int Oldest = 15;
    private const int Newest = 18;

    // The runner lock, which also watches for blockers, and the migration itself.
    private const int Connections = 2;

    private const string Sql = """
        -- orgschema preflight: server
        SELECT pg_catalog.current_setting('server_version_num')::integer / 10000,
               pg_catalog.current_setting('server_version'),
               pg_catalog.pg_is_in_recovery(),
               pg_catalog.current_setting('default_transaction_read_only')::boolean,
               pg_catalog.current_setting('session_replication_role'),
               r.rolname::text,
               CASE WHEN r.rolsuper THEN -1 ELSE r.rolconnlimit END,
               d.datname::text,
               CASE WHEN r.rolsuper THEN -1 ELSE d.datconnlimit END
        FROM pg_catalog.pg_roles r
        CROSS JOIN pg_catalog.pg_database d
        WHERE r.rolname = session_user AND d.datname = pg_catalog.current_database()
        """;

    public static IEnumerable<Question> Questions { get; } =
    [
        Question.Of(
            Sql,
            row => new Server(
                row.GetInt32(0),
                row.GetString(1),
                row.GetBoolean(2),
                row.GetBoolean(3),
                row.GetString(4),
                row.GetString(5),
                row.GetInt32(6),
                row.GetString(7),
                row.GetInt32(8)),
            servers => servers.SelectMany(Judge)),
    ];

    private static IEnumerable<Finding> Judge(Server server)
    {
        var role = Quote.Identifier(server.Role);
        var name = Quote.Identifier(server.Database);

        if (server.Major < Oldest)
            yield return new("server-too-old", $"The server is PostgreSQL {server.Version}; the oldest supported version is {Oldest}", $"Upgrade the server to PostgreSQL {Oldest} or newer.");
        if (server.Major > Newest)
            yield return new("server-untested", $"The server is PostgreSQL {server.Version}; the newest tested version is {Newest}", "Rehearse first: orgschema rehearse", Severity.Warning);
        if (server.IsStandby)
            yield return new("server-standby", "The server is a standby: it cannot be written to", "Point the URL at the primary.");
        else if (server.IsReadOnly)
            yield return new("server-read-only", $"Transactions in database {name} are read-only (default_transaction_read_only): hosted platforms set this when the disk is full", $"Free or enlarge the disk first; then: ALTER DATABASE {name} RESET default_transaction_read_only; ALTER ROLE {role} RESET default_transaction_read_only;");
        if (server.ReplicationRole != "origin")
            yield return new("replication-role", $"session_replication_role is {server.ReplicationRole}: triggers and foreign keys do not fire, and the API does not see schema changes", $"ALTER ROLE {role} RESET session_replication_role;");
        if (server.RoleLimit is >= 0 and < Connections)
            yield return new("connection-limit", $"Role {role} may have {server.RoleLimit} connections; a run needs {Connections}", $"ALTER ROLE {role} CONNECTION LIMIT {Connections};");
        if (server.DatabaseLimit is >= 0 and < Connections)
            yield return new("connection-limit", $"Database {name} allows {server.DatabaseLimit} connections; a run needs {Connections}", $"ALTER DATABASE {name} CONNECTION LIMIT -1;");
    }

    private sealed record Server(
        int Major, string Version, bool IsStandby, bool IsReadOnly, string ReplicationRole, string Role, int RoleLimit, string Database, int DatabaseLimit);
}
