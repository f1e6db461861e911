using System.Globalization;
using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Who is in the way right now. Only warnings: a run waits for its locks, and looks again itself.</summary>
internal static class TrafficObstacles
{
    // Any lock on dsos conflicts with ALTER TABLE; on auth.users only those of writers conflict with a foreign key.
    // A younger transaction is ordinary traffic and gone before anybody has read this.
    private const string FromBlockers = """
        FROM pg_catalog.pg_locks l
        JOIN pg_catalog.pg_class c ON c.oid = l.relation
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'relation'
          AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
          AND (n.nspname = 'public' AND c.relname = 'dsos'
               OR n.nspname = 'auth' AND c.relname = 'users' AND l.mode NOT IN ('AccessShareLock', 'RowShareLock'))
          AND a.pid <> pg_catalog.pg_backend_pid()
          AND a.xact_start < pg_catalog.clock_timestamp() - interval '1 second'
        """;

    private const string BlockersSql = $"""
        -- orgschema preflight: blockers
        SELECT a.pid, coalesce(a.usename::text, 'unknown'), coalesce(a.application_name, ''), coalesce(a.state, a.backend_type, 'unknown'),
               extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::double precision,
               n.nspname || '.' || c.relname, pg_catalog.string_agg(DISTINCT l.mode, ', ' ORDER BY l.mode)
        {FromBlockers}
        GROUP BY 1, 2, 3, 4, 5, 6
        ORDER BY 5 DESC, 1, 6
        """;

    // CREATE INDEX CONCURRENTLY waits for every snapshot of this database that is older than itself.
    private const string OldSnapshotsSql = $"""
        -- orgschema preflight: old transactions
        SELECT a.pid, coalesce(a.usename::text, 'unknown'), coalesce(a.application_name, ''), coalesce(a.state, a.backend_type, 'unknown'),
               extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::double precision
        FROM pg_catalog.pg_stat_activity a
        WHERE a.datname = pg_catalog.current_database()
          AND a.pid <> pg_catalog.pg_backend_pid()
          AND (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL)
          AND a.xact_start < pg_catalog.clock_timestamp() - interval '1 minute'
          AND a.pid NOT IN (SELECT a.pid {FromBlockers})
        ORDER BY 5 DESC, 1
        """;

    private const string PreparedSql = """
        -- orgschema preflight: prepared transactions
        SELECT p.gid, p.owner::text, extract(epoch FROM pg_catalog.clock_timestamp() - p.prepared)::double precision
        FROM pg_catalog.pg_prepared_xacts p
        WHERE p.database = pg_catalog.current_database()
        ORDER BY p.prepared
        """;

    private const string SightSql = """
        -- orgschema preflight: may this role see other sessions
        SELECT current_user::text
        WHERE NOT pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
        """;

    public static IEnumerable<Question> Questions(CheckedDatabase database)
    {
        yield return Question.Of(BlockersSql, row => new(
            "blocker",
            $"{Session(row)} holds or waits for {LockModes.NameOf(row.GetString(6))} on {row.GetString(5)}",
            $"Let it end, or: SELECT pg_catalog.pg_terminate_backend({row.GetInt32(0)});",
            Severity.Warning));
        if (database.IsPending(Versions.IndexDsosOrgId))
        {
            yield return Question.Of(OldSnapshotsSql, row => new(
                "old-transaction",
                $"{Session(row)}: a concurrent index build waits for it to end",
                $"Let it end, or: SELECT pg_catalog.pg_terminate_backend({row.GetInt32(0)});",
                Severity.Warning));
        }

        yield return Question.Of(PreparedSql, row => new(
            "prepared-transaction",
            $"The transaction '{row.GetString(0)}' of {row.GetString(1)} has been prepared for {Age(row.GetDouble(2))} "
                + "and holds its locks until somebody ends it",
            $"COMMIT PREPARED {Literal(row.GetString(0))}; -- or ROLLBACK PREPARED",
            Severity.Warning));
        yield return Question.Of(SightSql, row => new(
            "sessions-hidden",
            $"Role {row.GetString(0)} does not see how old other sessions' transactions are: blockers cannot be named",
            $"GRANT pg_read_all_stats TO {Quote.Identifier(row.GetString(0))};",
            Severity.Warning));
    }

    // Process, user, application, state and age of the transaction are the first columns.
    private static string Session(NpgsqlDataReader row)
    {
        var application = row.GetString(2).Length == 0 ? "" : $"application '{row.GetString(2)}', ";
        return $"Session {row.GetInt32(0)} (user {row.GetString(1)}, {application}{row.GetString(3)}, transaction of {Age(row.GetDouble(4))})";
    }

    private static string Age(double seconds) => TimeSpan.FromSeconds(seconds) switch
    {
        { TotalMinutes: < 1 } age => string.Create(CultureInfo.InvariantCulture, $"{age.TotalSeconds:0} s"),
        { TotalHours: < 1 } age => string.Create(CultureInfo.InvariantCulture, $"{age.TotalMinutes:0} min"),
        var age => string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:0} h"),
    };

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
