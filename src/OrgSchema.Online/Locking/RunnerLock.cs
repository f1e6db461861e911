using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>One run at a time per database: an advisory lock on a connection of its own, which also watches what the run waits for.</summary>
/// <remarks>
/// The session that does the work holds a second lock. When a run is killed, the server notices it at once on the idle
/// connection, but a statement under way may go on for a while: the next run waits for it, too.
/// The lock is polled, never waited for: a session that is blocked in pg_advisory_lock holds a snapshot, and
/// CREATE INDEX CONCURRENTLY waits for every older snapshot - the holder's index build and the waiter would wait for
/// each other. https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
/// Every role may take advisory locks. So the keys are made of a secret in the private schema; and because everybody sees the keys
/// of a run in pg_locks, each run that ends leaves a new secret. Before the first one there is none.
/// </remarks>
internal sealed class RunnerLock : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    private readonly string _schema;
    private readonly long _key;
    private readonly long _helpers;

    private RunnerLock(Session session, string schema, Guid? secret)
    {
        Session = session;
        _schema = schema;
        (_key, _helpers) = (KeyOf($"OrgSchema runner lock: {schema} {secret}"), KeyOf($"OrgSchema helpers: {schema} {secret}") | 1);
    }

    public Session Session { get; }

    /// <summary>Takes the lock, on a session that from then on is the lock's.</summary>
    /// <exception cref="RunnerLockTakenException">Another run holds it still after <see cref="MigratorOptions.RunnerWait"/>.</exception>
    /// <exception cref="TargetException">The target hands every statement to another backend.</exception>
    public static async Task<RunnerLock> AcquireAsync(Session session, MigratorOptions options, IProgress<MigrationEvent> progress, CancellationToken cancellationToken)
    {
        try
        {
            var secret = await SecretAsync(session, options.PrivateSchema, cancellationToken);
            while (true)
            {
                var runnerLock = new RunnerLock(session, options.PrivateSchema, secret);
                await WaitAsync(session, runnerLock._key, options, progress, cancellationToken);
                var now = await SecretAsync(session, options.PrivateSchema, cancellationToken);
                if (now == secret)
                    return runnerLock;
                // Another run has ended since we asked, and left another key.
                await session.ExecuteAsync("SELECT pg_catalog.pg_advisory_unlock($1)", cancellationToken, runnerLock._key);
                secret = now;
            }
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks the server whether this session still has the lock.</summary>
    /// <exception cref="RunnerLockLostException">It has not, or does not answer.</exception>
    public async Task EnsureHeldAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await Session.ScalarAsync<bool>(Held, cancellationToken, _key))
                return;
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            throw new RunnerLockLostException(e);
        }

        throw new RunnerLockLostException();
    }

    /// <summary>Closes the session, and with it the lock goes.</summary>
    public ValueTask DisposeAsync() => Session.DisposeAsync();

    /// <summary>Waits until no statement of an earlier run is under way any more, and takes its place.</summary>
    /// <exception cref="RunnerLockTakenException">One is, still after <see cref="MigratorOptions.RunnerWait"/>.</exception>
    public async Task AdmitAsync(Session work, MigratorOptions options, IProgress<MigrationEvent> progress, CancellationToken cancellationToken)
    {
        await WaitAsync(work, _key | 1, options, progress, cancellationToken);
        await WaitAsync(work, _helpers, options, progress, cancellationToken);
        await work.ExecuteAsync("SELECT pg_catalog.pg_advisory_unlock($1)", cancellationToken, _helpers); // for helpers of this run
    }

    /// <summary>Leaves the next run another key than the one that everybody could see. The last change of a run.</summary>
    public Task LeaveAsync(Session work, CancellationToken cancellationToken) => work.ExecuteAsync(
        $"""
        INSERT INTO {_schema}.runner_lock (id, secret) VALUES (true, pg_catalog.gen_random_uuid()) ON CONFLICT (id) DO UPDATE SET secret = EXCLUDED.secret
        """,
        cancellationToken);

    /// <summary>Lets a session work beside the admitted one. The next run waits for it, too.</summary>
    public Task JoinAsync(Session helper, CancellationToken cancellationToken) =>
        helper.ExecuteAsync("SELECT pg_catalog.pg_advisory_lock_shared($1)", cancellationToken, _helpers);

    private static async Task WaitAsync(Session session, long key, MigratorOptions options, IProgress<MigrationEvent> progress, CancellationToken cancellationToken)
    {
        var began = options.Clock.GetTimestamp();
        RunnerLockHolder? told = null;
        while (!await session.ScalarAsync<bool>("SELECT pg_catalog.pg_try_advisory_lock($1)", cancellationToken, key))
        {
            var holder = (await session.QueryAsync(Holder, Read, cancellationToken, key)).FirstOrDefault();
            var waited = options.Clock.GetElapsedTime(began);
            if (waited >= options.RunnerWait)
                throw new RunnerLockTakenException(holder, waited);
            if (holder is not null && holder.ProcessId != told?.ProcessId)
                progress.Report(new RunnerWaits(told = holder));
            await Task.Delay(PollInterval, options.Clock, cancellationToken);
        }

        if (!await session.ScalarAsync<bool>(Held, cancellationToken, key))
            throw Pooler.Refused();
    }

    /// <summary>Proves that the target is not a pooler in transaction mode, where a lock and a SET stay behind with whoever gets the backend next.</summary>
    /// <remarks>What a session can see at its login is refused there, see <see cref="Pooler"/>. A pooler that passes the backend's own process id on is only found here.</remarks>
    /// <param name="work">A second session. In transaction mode its open transaction and this session's statements meet on one backend, or this session moves to another.</param>
    /// <param name="cancellationToken">Cancels the questions.</param>
    /// <exception cref="TargetException">It is one.</exception>
    public async Task ProveSessionsStickAsync(Session work, CancellationToken cancellationToken)
    {
        const string Backend = "SELECT pg_catalog.pg_backend_pid()";
        await work.ExecuteAsync("BEGIN", cancellationToken);
        var worker = await work.ScalarAsync<int>(Backend, cancellationToken);
        var here = await Session.ScalarAsync<int>(Backend, cancellationToken);
        await work.ExecuteAsync("ROLLBACK", cancellationToken);
        if (worker == here || here != Session.ProcessId || worker != work.ProcessId)
            throw Pooler.Refused();
    }

    private static async Task<Guid?> SecretAsync(Session session, string schema, CancellationToken cancellationToken) =>
        await session.ScalarAsync<bool>($"SELECT pg_catalog.to_regclass('{schema}.runner_lock') IS NOT NULL", cancellationToken)
            ? await session.ScalarAsync<Guid?>($"SELECT l.secret FROM {schema}.runner_lock AS l", cancellationToken)
            : null;

    private static long KeyOf(string name) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name))) & long.MaxValue & ~1L; // even: the odd neighbor is the working session's

    private static RunnerLockHolder Read(NpgsqlDataReader row) => new(
        row.GetInt32(0),
        row.IsDBNull(1) ? null : row.GetString(1),
        row.IsDBNull(2) ? null : row.GetString(2),
        row.IsDBNull(3) ? null : row.GetFieldValue<IPAddress>(3),
        row.IsDBNull(4) ? null : row.GetDateTime(4),
        !row.IsDBNull(5) && row.GetBoolean(5));

    // A bigint key is shown as two halves: https://www.postgresql.org/docs/current/view-pg-locks.html
    private const string OfThisKey = """
        l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
        AND (l.classid::bigint << 32 | l.objid::bigint) = $1
        """;

    private const string Held = $"""
        -- is the runner lock ours
        SELECT EXISTS (SELECT FROM pg_catalog.pg_locks AS l WHERE {OfThisKey} AND l.pid = pg_catalog.pg_backend_pid())
        """;

    private const string Holder = $"""
        -- who holds the runner lock
        SELECT l.pid, a.usename::text, a.application_name, a.client_addr, a.backend_start, NOT pg_catalog.pg_has_role(a.usesysid, current_user, 'MEMBER')
        FROM pg_catalog.pg_locks AS l
        LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
        WHERE {OfThisKey}
        """;
}
