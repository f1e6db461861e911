using Npgsql;

namespace OrgSchema;

/// <summary>Who asks the data API, and what it serves.</summary>
internal static class DataApi
{
    /// <summary>Roles that anybody can have: with the public key, and signed in.</summary>
    public static readonly string[] PublicRoles = ["anon", "authenticated"];

    /// <summary>All of its roles.</summary>
    public static readonly string[] Roles = [.. PublicRoles, "service_role"];

    /// <summary>Which schemas it serves, if the role that it logs in as has been told.</summary>
    /// <remarks>https://docs.postgrest.org/en/latest/references/configuration.html#in-database-configuration</remarks>
    public const string SchemasSql = """
        -- schemas of the data API
        SELECT pg_catalog.substr(c.setting, pg_catalog.length('pgrst.db_schemas=') + 1)
        FROM pg_catalog.pg_db_role_setting AS s
        JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole AND r.rolname = 'authenticator'
        LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
        CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c (setting)
        WHERE c.setting LIKE 'pgrst.db\_schemas=%' AND (s.setdatabase = 0 OR d.datname = pg_catalog.current_database())
        ORDER BY s.setdatabase DESC LIMIT 1
        """;

    /// <summary>The schemas that it serves.</summary>
    public static async Task<IReadOnlyList<string>> SchemasAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SchemasSql, connection);
        return SchemasOf(await command.ExecuteScalarAsync(cancellationToken) is string answer ? [answer] : []);
    }

    /// <summary>The schemas that it serves, by the answer to <see cref="SchemasSql"/>: without one <c>public</c>.</summary>
    public static IReadOnlyList<string> SchemasOf(IReadOnlyList<string> answer) => answer is [{ Length: > 0 } schemas]
        ? schemas.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        : ["public"];
}
