namespace OrgSchema.Online;

/// <summary>A statement that ran on a throw-away copy, and what the server really did for it: to tables that were there before its transaction.</summary>
/// <remarks>System catalogs and the private schema are left out.</remarks>
/// <param name="Sql">As it was sent.</param>
public sealed record TracedStatement(string Sql)
{
    /// <summary>The migration it belongs to; null for a statement of a file.</summary>
    public KnownMigration? Migration { get; init; }

    /// <summary>Where a statement of a file begins; null for one of a migration.</summary>
    public FilePlace? Place { get; init; }

    /// <summary>On which way.</summary>
    public Direction Direction { get; init; }

    /// <summary>Whether it is one of many batches.</summary>
    public bool IsBatch { get; init; }

    /// <summary>Statements of one transaction have the same number. Null: it committed on its own.</summary>
    public int? Transaction { get; init; }

    /// <summary>When it began, by the server's clock.</summary>
    public DateTime Began { get; init; }

    /// <summary>How long it ran, by the server's clock.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Whether it ran under a lock timeout.</summary>
    public bool HasLockTimeout { get; init; }

    /// <summary>Whether ordinary triggers fired, as <c>session_replication_role</c> says.</summary>
    public bool FiresTriggers { get; init; }

    /// <summary>Locks that it took and that its transaction did not hold yet in that mode: the strongest of each table.</summary>
    public IReadOnlyList<TracedLock> Locks { get; init; } = [];

    /// <summary>Tables whose file it wrote anew.</summary>
    public IReadOnlyList<string> Rewritten { get; init; } = [];

    /// <summary>Tables that it read from end to end.</summary>
    public IReadOnlyList<string> Scanned { get; init; } = [];

    /// <summary>Rows that it changed, by table: those that triggers and foreign keys have changed, too.</summary>
    public IReadOnlyList<TracedWrite> Written { get; init; } = [];

    /// <summary>All of them.</summary>
    public long Rows => Written.Sum(write => write.Rows);

    /// <summary>Write-ahead log that the server wrote meanwhile, for others, too.</summary>
    public long WalBytes { get; init; }

    /// <summary>Why it failed; null if it did not.</summary>
    public TracedFailure? Failure { get; init; }

    /// <summary>The schema after it; null if nobody has asked.</summary>
    public SchemaState? After { get; init; }
}

/// <summary>A lock that a statement really took.</summary>
/// <param name="Table">The table, or the table of the index: schema and name as SQL writes them.</param>
/// <param name="Mode">The mode.</param>
/// <param name="Held">From the statement's beginning to the end of the transaction, without the time that tracing took.</param>
public sealed record TracedLock(string Table, LockMode Mode, TimeSpan Held);

/// <summary>Rows that a statement changed.</summary>
/// <param name="Table">The table: schema and name as SQL writes them.</param>
/// <param name="Inserted">Rows inserted.</param>
/// <param name="Updated">Rows updated.</param>
/// <param name="Deleted">Rows deleted.</param>
public sealed record TracedWrite(string Table, long Inserted, long Updated, long Deleted)
{
    /// <summary>All of them.</summary>
    public long Rows => Inserted + Updated + Deleted;
}

/// <summary>Why a statement failed.</summary>
/// <param name="SqlState">The server's code: see <see cref="Npgsql.PostgresErrorCodes"/>.</param>
/// <param name="Message">The server's message.</param>
public sealed record TracedFailure(string SqlState, string Message);
