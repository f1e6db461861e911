using Npgsql;

namespace OrgSchema.Online;

/// <summary>Sees whether the rest of the system keeps up with a backfill: replicas, slots, the archiver, and people.</summary>
internal sealed class BackfillLookout(Session session, MigratorOptions options)
{
    private long? _looked;
    private Sight _sight = new(null, null, BackfillControl.None);

    /// <summary>What was seen at the last look; a new look is due after <see cref="BackfillOptions.LookInterval"/>.</summary>
    public async Task<Sight> LookAsync(CancellationToken cancellationToken)
    {
        if (_looked is { } last && options.Clock.GetElapsedTime(last) < options.Backfill.LookInterval)
            return _sight;
        var control = await BackfillControl.ReadAsync(session, options.PrivateSchema, cancellationToken);
        var stop = control.Paused ? $"paused by {control.SetBy}" : (await session.QueryAsync(Behind, Reason, cancellationToken)).FirstOrDefault(reason => reason is not null);
        _looked = options.Clock.GetTimestamp();
        return _sight = new Sight(stop, control.Rest is null ? null : $"slowed down by {control.SetBy}", control);
    }

    /// <summary>How many sessions wait for rows that <paramref name="processId"/> has locked, and whether it waits itself.</summary>
    public async Task<(long Waiters, bool Waits)> WaitersAsync(int processId, CancellationToken cancellationToken) => (await session.QueryAsync(
        """
        -- who waits for the backfill
        SELECT pg_catalog.count(DISTINCT w.pid) FILTER (WHERE $1 = ANY (pg_catalog.pg_blocking_pids(w.pid))), coalesce(pg_catalog.bool_or(w.pid = $1), false)
        FROM pg_catalog.pg_locks AS w WHERE NOT w.granted
        """,
        row => (row.GetInt64(0), row.GetBoolean(1)),
        cancellationToken,
        processId))[0];

    private string? Reason(NpgsqlDataReader row)
    {
        var (what, name) = (row.GetString(0), row.IsDBNull(1) ? "" : row.GetString(1));
        var seconds = row.IsDBNull(2) ? 0 : row.GetDouble(2);
        var bytes = row.IsDBNull(3) ? 0 : row.GetDecimal(3);
        return what switch
        {
            "replica" when seconds > options.Backfill.MaxReplicaLag.TotalSeconds => $"replica '{name}' is {seconds:0} s behind",
            "slot" when bytes > options.Backfill.MaxWalHeld => $"replication slot '{name}' holds back {bytes / (1 << 20):0} MiB of WAL",
            "archiver" when bytes > options.Backfill.MaxWalHeld => $"the archiver fails and holds back {bytes / (1 << 20):0} MiB of WAL",
            _ => null,
        };
    }

    // Of replicas a role without pg_monitor sees no lag: null, and nothing to wait for.
    // The archiver's last segment, or the one that it fails at if it never had one, read as a position: a timeline and two
    // halves of 8 hexadecimal digits; a segment has wal_segment_size bytes.
    private const string Behind = """
        -- does the system keep up
        SELECT 'replica', r.application_name, extract(epoch FROM r.replay_lag)::float8, NULL::numeric FROM pg_catalog.pg_stat_replication AS r
        UNION ALL
        SELECT 'slot', s.slot_name::text, NULL, pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn)
        FROM pg_catalog.pg_replication_slots AS s WHERE s.restart_lsn IS NOT NULL
        UNION ALL
        SELECT 'archiver', NULL, NULL, pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0')
            - ('x' || pg_catalog.substr(w.segment, 9, 8))::bit(32)::bigint::numeric * 4294967296
            - ('x' || pg_catalog.substr(w.segment, 17, 8))::bit(32)::bigint::numeric * pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size'))
        FROM pg_catalog.pg_stat_archiver AS a
        CROSS JOIN LATERAL (SELECT coalesce(a.last_archived_wal, a.last_failed_wal) AS segment) AS w
        WHERE a.last_failed_time > coalesce(a.last_archived_time, '-infinity') AND w.segment ~ '^[0-9A-F]{24}$'
        """;
}

/// <summary>What the lookout saw.</summary>
/// <param name="Stop">Why no batch should run now; null if one may.</param>
/// <param name="Slow">Why batches come slowly; null if they need not.</param>
/// <param name="Control">What people want.</param>
internal sealed record Sight(string? Stop, string? Slow, BackfillControl Control);
