using Npgsql;

namespace OrgSchema.Online;

/// <summary>Who holds or awaits locks on the tables that a step needs. Looking takes no lock on them.</summary>
internal sealed class LockQueue(Session session, MigratorOptions options)
{
    /// <summary>Backends of this run, which are never in its own way.</summary>
    public HashSet<int> OwnProcesses { get; } = [session.ProcessId];

    /// <summary>Sessions that hold a conflicting lock, or wait for any, on the tables of <paramref name="locks"/>; oldest transaction first.</summary>
    public Task<List<Blocker>> LookAsync(IReadOnlyList<TableLock> locks, CancellationToken cancellationToken)
    {
        var wanted = locks.SelectMany(wanted => wanted.Mode.ConflictsWith().Select(mode => (wanted.Table, Mode: mode.CatalogName(), wanted.AndReferenced, wanted.Through))).ToList();
        return session.QueryAsync(
            Conflicting,
            Blocker.Read,
            cancellationToken,
            wanted.Select(row => row.Table.ToString()).ToArray(),
            wanted.Select(row => row.Mode).ToArray(),
            wanted.Select(row => row.AndReferenced).ToArray(),
            wanted.Select(row => row.Through).ToArray(),
            OwnProcesses.ToArray(),
            options.ShowQueryText);
    }

    /// <summary>Sessions that the backend <paramref name="processId"/> waits for right now.</summary>
    public Task<List<Blocker>> BlockingAsync(int processId, CancellationToken cancellationToken) =>
        session.QueryAsync(Blocking, Blocker.Read, cancellationToken, processId, options.ShowQueryText);

    /// <summary>Waits for a lock that no client conflicts with, but autovacuum does: after deadlock_timeout the server cancels autovacuum.</summary>
    /// <remarks>
    /// A lock timeout shorter than deadlock_timeout never makes autovacuum give way, and a longer one would make the
    /// application wait for a second. SHARE UPDATE EXCLUSIVE does neither.
    /// https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM
    /// </remarks>
    public async Task AskAutovacuumToStepAsideAsync(IEnumerable<Blocker> workers, CancellationToken cancellationToken)
    {
        foreach (var table in workers.Select(worker => worker.Table).Distinct())
        {
            try
            {
                // One statement, so that the lock goes with it, however it ends.
                await session.ExecuteAsync(
                    $"""
                    -- ask autovacuum to step aside
                    {Dollars.Do("ask", $"BEGIN SET LOCAL lock_timeout = '5s'; LOCK TABLE {table} IN SHARE UPDATE EXCLUSIVE MODE; END")}
                    """,
                    cancellationToken);
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.UndefinedTable)
            {
                // Another waiter, no right to ask, or the table is gone: the next look tells.
            }
        }
    }

    private const string Columns = """
        coalesce(l.pid, 0), pg_catalog.format('%I.%I', n.nspname, c.relname), l.mode, l.granted, l.virtualtransaction,
        a.usename::text, a.application_name, a.client_addr, a.state, a.wait_event_type || ': ' || a.wait_event,
        extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8
        """;

    private const string Activity = """
        coalesce(a.backend_type = 'autovacuum worker' AND a.query NOT LIKE '%to prevent wraparound%', false)
        """;

    // A prepared transaction holds locks without a process: pid is null.
    private const string Conflicting = $"""
        -- who is in the way
        WITH wanted AS (
            SELECT pg_catalog.to_regclass(w.name)::oid AS relation, w.mode, w.referenced, w.through
            FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[]) AS w (name, mode, referenced, through)
        ), needed AS (
            SELECT relation, mode FROM wanted WHERE relation IS NOT NULL
            UNION
            SELECT k.confrelid, w.mode
            FROM wanted AS w JOIN pg_catalog.pg_constraint AS k ON k.conrelid = w.relation AND k.contype = 'f'
            WHERE w.referenced AND (w.through IS NULL OR w.through = k.conname OR EXISTS (
                SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) AND a.attname = w.through))
        )
        SELECT {Columns}, CASE WHEN $6 THEN pg_catalog.left(pg_catalog.regexp_replace(a.query, '\s+', ' ', 'g'), 80) END, {Activity}
        FROM pg_catalog.pg_locks AS l
        JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
        WHERE l.locktype = 'relation'
          AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
          AND coalesce(l.pid, 0) <> ALL ($5)
          AND EXISTS (SELECT FROM needed WHERE needed.relation = l.relation AND (needed.mode = l.mode OR NOT l.granted))
        ORDER BY a.xact_start NULLS LAST, l.pid
        """;

    private const string Blocking = $"""
        -- what a statement waits for
        SELECT DISTINCT ON (a.pid) a.pid,
               CASE WHEN c.oid IS NOT NULL THEN pg_catalog.format('%I.%I', n.nspname, c.relname) WHEN w.locktype = 'transactionid' THEN 'a table' ELSE 'its snapshot' END,
               CASE WHEN w.locktype IN ('transactionid', 'tuple') THEN 'a row lock' ELSE coalesce(h.mode, w.locktype, 'a lock') END, true, a.pid::text,
               a.usename::text, a.application_name, a.client_addr, a.state, a.wait_event_type || ': ' || a.wait_event,
               extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8,
               CASE WHEN $2 THEN pg_catalog.left(pg_catalog.regexp_replace(a.query, '\s+', ' ', 'g'), 80) END, {Activity}
        FROM unnest(pg_catalog.pg_blocking_pids($1)) AS b (pid)
        JOIN pg_catalog.pg_stat_activity AS a ON a.pid = b.pid
        LEFT JOIN pg_catalog.pg_locks AS w ON w.pid = $1 AND NOT w.granted
        -- who waits for a row waits for its transaction, and has the right to be next
        LEFT JOIN pg_catalog.pg_locks AS r ON r.pid = $1 AND r.locktype = 'tuple' AND r.granted AND w.locktype = 'transactionid'
        LEFT JOIN pg_catalog.pg_class AS c ON c.oid = coalesce(w.relation, r.relation)
        LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_locks AS h ON h.pid = b.pid AND h.granted AND h.relation = w.relation
        ORDER BY a.pid
        """;
}
