namespace OrgSchema.Online;

/// <summary>Backfills that are under way or were interrupted, and what people want of them.</summary>
/// <param name="Control">Paused, slowed down, or neither.</param>
/// <param name="Checkpoints">Where each is.</param>
public sealed record BackfillStatus(BackfillControl Control, IReadOnlyList<BackfillCheckpoint> Checkpoints)
{
    internal static async Task<BackfillStatus> ReadAsync(Session session, string schema, CancellationToken cancellationToken) =>
        await session.ScalarAsync<bool>(Catalog.TableExists(new QualifiedName(schema, "backfill_control")), cancellationToken)
            ? new BackfillStatus(
                await BackfillControl.ReadAsync(session, schema, cancellationToken),
                await session.QueryAsync(
                    $"SELECT version, table_name, last_key, picked, changed, updated_at FROM {schema}.backfill_checkpoint ORDER BY version, table_name",
                    row => new BackfillCheckpoint(row.GetInt64(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetInt64(3), row.GetInt64(4), row.GetDateTime(5)),
                    cancellationToken))
            : new BackfillStatus(BackfillControl.None, []);
}

/// <summary>How far a backfill has come.</summary>
/// <param name="Version">Version of its migration.</param>
/// <param name="Table">The table it walks.</param>
/// <param name="LastKey">Key of the last row whose batch was committed.</param>
/// <param name="Picked">Rows walked over.</param>
/// <param name="Changed">Rows changed.</param>
/// <param name="UpdatedAt">When the last batch was committed, by the server's clock.</param>
public sealed record BackfillCheckpoint(long Version, string Table, string? LastKey, long Picked, long Changed, DateTime UpdatedAt);
