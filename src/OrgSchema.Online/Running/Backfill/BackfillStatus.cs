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
                    $"SELECT version, table_name, part, last_key, until_key, picked, changed, updated_at FROM {schema}.backfill_checkpoint ORDER BY version, table_name, part",
                    row => new BackfillCheckpoint(row.GetInt64(0), row.GetString(1), row.GetInt32(2), row.IsDBNull(3) ? null : row.GetString(3), row.IsDBNull(4) ? null : row.GetString(4), row.GetInt64(5), row.GetInt64(6), row.GetDateTime(7)),
                    cancellationToken))
            : new BackfillStatus(BackfillControl.None, []);
}

/// <summary>How far a backfill has come.</summary>
/// <param name="Version">Version of its migration.</param>
/// <param name="Table">The table it walks.</param>
/// <param name="Part">The number of its range of keys; 1 is the only one where one worker began.</param>
/// <param name="LastKey">Key of the last row whose batch was committed; of a range that has not begun, the key before its first.</param>
/// <param name="UntilKey">The last key of the range; null if it has no end.</param>
/// <param name="Picked">Rows walked over.</param>
/// <param name="Changed">Rows changed.</param>
/// <param name="UpdatedAt">When the last batch was committed, by the server's clock.</param>
public sealed record BackfillCheckpoint(long Version, string Table, int Part, string? LastKey, string? UntilKey, long Picked, long Changed, DateTime UpdatedAt);
