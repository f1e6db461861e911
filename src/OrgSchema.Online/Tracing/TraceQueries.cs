using Npgsql;

namespace OrgSchema.Online;

/// <summary>The queries that stand between the commands of a traced text.</summary>
internal static class TraceQueries
{
    private const string OurDatabase = "(SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())";

    // What this session has not told the server's statistics yet: of its transaction, and maybe of some before.
    private const string Counted = """
        coalesce(pg_catalog.pg_stat_get_xact_numscans(c.oid), 0), coalesce(pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid), 0),
               coalesce(pg_catalog.pg_stat_get_xact_tuples_updated(c.oid), 0), coalesce(pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid), 0)
        """;

    /// <summary>When, how far the write-ahead log has come, and under which settings.</summary>
    public const string Moment = """
        -- trace: moment
        SELECT pg_catalog.clock_timestamp() AS trace_moment, (pg_catalog.pg_current_wal_insert_lsn() - '0/0')::bigint,
               pg_catalog.current_setting('lock_timeout') <> '0', pg_catalog.current_setting('session_replication_role') <> 'replica'
        """;

    /// <summary>What this session has locked, which is all that its transaction has scanned or written anew.</summary>
    public const string Locks = $"""
        -- trace: locks
        SELECT l.relation AS trace_locks, l.mode, coalesce(c.relfilenode, 0), {Counted}
        FROM pg_catalog.pg_locks AS l
        LEFT JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
        WHERE l.locktype = 'relation' AND l.granted AND l.pid = pg_catalog.pg_backend_pid() AND l.database = {OurDatabase}
        """;

    /// <summary>What another session has locked, and when.</summary>
    public const string LocksOf = $"""
        -- trace: locks of a session
        SELECT l.relation, l.mode, pg_catalog.clock_timestamp()
        FROM pg_catalog.pg_locks AS l
        WHERE l.locktype = 'relation' AND l.granted AND l.pid = $1 AND l.database = {OurDatabase}
        """;

    /// <summary>All tables and indexes of the database, but the catalogs' and our own.</summary>
    public static string Relations(string privateSchema) => $"""
        -- trace: tables
        SELECT c.oid AS trace_relations, pg_catalog.format('%I.%I', n.nspname, coalesce(t.relname, c.relname)), t.relname IS NOT NULL,
               c.relfilenode, {Counted}
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
        LEFT JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
        WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f', 'i', 'I')
          AND n.nspname NOT IN ('information_schema', {Literal.Of(privateSchema)}) AND n.nspname NOT LIKE 'pg\_%'
        """;
}

/// <summary>A point of a traced text: the server's time, its write-ahead log, and settings of the session.</summary>
internal sealed record TraceMoment(DateTime At, long Wal, bool HasLockTimeout, bool FiresTriggers);

/// <summary>A table or an index as a trace sees it.</summary>
internal sealed record TraceRelation(string Table, bool IsIndex, TraceCounts Counts);

/// <summary>A lock as a trace sees it, and what has become of its relation.</summary>
internal sealed record TraceLock(uint Relation, LockMode Mode, TraceCounts Counts);

/// <summary>The file of a table, and what was done to it.</summary>
internal sealed record TraceCounts(uint File, long Scans, long Inserted, long Updated, long Deleted);

/// <summary>The answers of a traced text, in order.</summary>
internal sealed class TraceAnswers
{
    private readonly Queue<object> _answers = [];

    /// <summary>The next of them.</summary>
    public T Next<T>() => (T)_answers.Dequeue();

    /// <summary>Reads the results of a text: our answers, and the rows of others as they come.</summary>
    public static async Task<TraceAnswers> ReadAsync(NpgsqlDataReader reader, Action<NpgsqlDataReader> row, CancellationToken cancellationToken)
    {
        var all = new TraceAnswers();
        do
        {
            switch (reader.FieldCount > 0 ? reader.GetName(0) : "")
            {
                case "trace_moment":
                    await reader.ReadAsync(cancellationToken);
                    all._answers.Enqueue(new TraceMoment(reader.GetDateTime(0), reader.GetInt64(1), reader.GetBoolean(2), reader.GetBoolean(3)));
                    break;
                case "trace_locks":
                    var locks = new List<TraceLock>();
                    while (await reader.ReadAsync(cancellationToken))
                        locks.Add(new TraceLock(reader.GetFieldValue<uint>(0), LockModes.Parse(reader.GetString(1)), Counts(reader, 2)));
                    all._answers.Enqueue(locks);
                    break;
                case "trace_relations":
                    var relations = new Dictionary<uint, TraceRelation>();
                    while (await reader.ReadAsync(cancellationToken))
                        relations[reader.GetFieldValue<uint>(0)] = new TraceRelation(reader.GetString(1), reader.GetBoolean(2), Counts(reader, 3));
                    all._answers.Enqueue(relations);
                    break;
                default:
                    while (await reader.ReadAsync(cancellationToken))
                        row(reader);
                    break;
            }
        }
        while (await reader.NextResultAsync(cancellationToken));
        return all;
    }

    private static TraceCounts Counts(NpgsqlDataReader row, int at) =>
        new(row.GetFieldValue<uint>(at), row.GetInt64(at + 1), row.GetInt64(at + 2), row.GetInt64(at + 3), row.GetInt64(at + 4));
}
