using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>How many DSOs each organization has: the answer that the migrations are for.</summary>
internal static class Assignments
{
    private const int Shown = 10;

    /// <summary>Organizations with most DSOs first; null before there is a column to read.</summary>
    public static async Task<IReadOnlyList<AssignmentDocument>?> ReadAsync(NpgsqlConnection connection, IReadOnlySet<long> applied, CancellationToken cancellationToken)
    {
        try
        {
            return applied.Contains(Versions.AddOrgIdToDsos) || await IsThereAsync(connection, cancellationToken) ? await ReadAsync(connection, cancellationToken) : null;
        }
        // Somebody has taken it away, locks it, or hides rows from this role: no answer is better than a wrong one or none at all.
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.InsufficientPrivilege)
        {
            return null;
        }
    }

    private static async Task<bool> IsThereAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var exists = new NpgsqlCommand(
            """
            SELECT pg_catalog.to_regclass('public.organizations') IS NOT NULL AND EXISTS (SELECT FROM pg_catalog.pg_attribute
            WHERE attrelid = pg_catalog.to_regclass('public.dsos') AND attname = 'org_id' AND NOT attisdropped)
            """,
            connection);
        return await exists.ExecuteScalarAsync(cancellationToken) is true;
    }

    private static async Task<IReadOnlyList<AssignmentDocument>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            -- DSOs by organization
            SELECT coalesce(o.name, '(none)'), d.n
            FROM (SELECT org_id, pg_catalog.count(*) AS n FROM public.dsos GROUP BY org_id) AS d
            LEFT JOIN public.organizations AS o ON o.id = d.org_id
            ORDER BY d.n DESC, 1
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<AssignmentDocument>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(new AssignmentDocument(reader.GetString(0), reader.GetInt64(1)));
        return rows;
    }

    public static string? Line(IReadOnlyList<AssignmentDocument>? assignments) => assignments switch
    {
        null => null,
        [] => "There are no DSOs.",
        _ => $"{Amount.Of(assignments.Sum(row => row.Dsos), "DSO")}: {string.Join(", ", assignments.Take(Shown).Select(row => $"{Amount.Of(row.Dsos, "DSO").Split(' ')[0]} in {row.Organization}"))}"
            + (assignments.Count > Shown ? $", and {Amount.Of(assignments.Count - Shown, "organization")} more" : "") + ".",
    };
}
