using Npgsql;

namespace OrgSchema;

/// <summary>What the bridge has noted about itself.</summary>
/// <param name="Since">When it was opened, by the server's clock.</param>
/// <param name="LastUsed">The last minute in which it was used; null if never.</param>
/// <param name="Minutes">In how many minutes it was used.</param>
/// <param name="By">Which roles and applications have used it in its last week of use, latest first.</param>
/// <param name="Now">The server's clock.</param>
internal sealed record BridgeUse(DateTime Since, DateTime? LastUsed, long Minutes, IReadOnlyList<string> By, DateTime Now)
{
    /// <summary>SQL: whether function <c>p</c> differs from parameter <c>bridge</c>. The organization is written into it.</summary>
    public const string HasOtherBody = "pg_catalog.regexp_replace(p.prosrc, '''[0-9a-f-]{36}''', '%L') <> @bridge";

    /// <summary>Reads the notes; null if there is no bridge, or nothing that it notes.</summary>
    public static async Task<BridgeUse?> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var exists = new NpgsqlCommand(
            "SELECT pg_catalog.to_regprocedure('orgschema.fill_dsos_org_id()') IS NOT NULL AND pg_catalog.to_regclass('orgschema.bridge_use') IS NOT NULL",
            connection);
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
            return null;
        await using var command = new NpgsqlCommand(
            """
            -- bridge use
            SELECT coalesce((SELECT pg_catalog.timezone('UTC', v.applied_on) FROM orgschema.schema_version AS v WHERE v.version = 20260226000500), pg_catalog.now()),
                   (SELECT pg_catalog.max(u.used_at) FROM orgschema.bridge_use AS u),
                   (SELECT pg_catalog.count(DISTINCT u.used_at) FROM orgschema.bridge_use AS u),
                   ARRAY(SELECT u.role || CASE WHEN u.application = '' THEN '' ELSE ' with ' || u.application END
                         FROM orgschema.bridge_use AS u GROUP BY u.role, u.application ORDER BY pg_catalog.max(u.used_at) DESC LIMIT 5),
                   pg_catalog.now()
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new BridgeUse(
            reader.GetDateTime(0),
            reader.IsDBNull(1) ? null : reader.GetDateTime(1),
            reader.GetInt64(2),
            reader.GetFieldValue<string[]>(3),
            reader.GetDateTime(4));
    }
}
