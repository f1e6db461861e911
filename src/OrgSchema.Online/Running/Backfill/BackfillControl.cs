namespace OrgSchema.Online;

/// <summary>What somebody at another terminal wants of a running backfill: one row in the private schema.</summary>
/// <param name="Paused">Whether it should do nothing for now.</param>
/// <param name="Rest">Rest between batches instead of the run's own; null for that.</param>
/// <param name="SetBy">Who has said so; null if nobody ever has.</param>
/// <param name="SetAt">When, by the server's clock.</param>
public sealed record BackfillControl(bool Paused, TimeSpan? Rest, string? SetBy, DateTime? SetAt)
{
    internal static readonly BackfillControl None = new(false, null, null, null);

    internal static async Task<BackfillControl> ReadAsync(Session session, string schema, CancellationToken cancellationToken) =>
        (await session.QueryAsync(
            $"SELECT paused, rest, set_by, set_at FROM {schema}.backfill_control",
            row => new BackfillControl(row.GetBoolean(0), row.IsDBNull(1) ? null : row.GetTimeSpan(1), row.IsDBNull(2) ? null : row.GetString(2), row.IsDBNull(3) ? null : row.GetDateTime(3)),
            cancellationToken)).FirstOrDefault() ?? None;

    internal Task WriteAsync(Session session, string schema, CancellationToken cancellationToken) => session.ExecuteAsync(
        $"""
        INSERT INTO {schema}.backfill_control (id, paused, rest, set_by, set_at) VALUES (true, $1, $2, $3, pg_catalog.clock_timestamp())
        ON CONFLICT (id) DO UPDATE SET paused = excluded.paused, rest = excluded.rest, set_by = excluded.set_by, set_at = excluded.set_at
        """,
        cancellationToken,
        Paused,
        Rest is { } rest ? rest : DBNull.Value,
        SetBy);
}
