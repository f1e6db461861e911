namespace OrgSchema.Online;

/// <summary>The table-level locks of PostgreSQL, weakest first: https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES.</summary>
public enum LockMode
{
    /// <summary>SELECT.</summary>
    AccessShare,

    /// <summary>SELECT FOR UPDATE, and the parent of a foreign key that is validated.</summary>
    RowShare,

    /// <summary>INSERT, UPDATE, DELETE.</summary>
    RowExclusive,

    /// <summary>CREATE INDEX CONCURRENTLY, VALIDATE CONSTRAINT, VACUUM.</summary>
    ShareUpdateExclusive,

    /// <summary>CREATE INDEX.</summary>
    Share,

    /// <summary>CREATE TRIGGER, ADD FOREIGN KEY.</summary>
    ShareRowExclusive,

    /// <summary>REFRESH MATERIALIZED VIEW CONCURRENTLY.</summary>
    Exclusive,

    /// <summary>Most forms of ALTER TABLE, DROP.</summary>
    AccessExclusive,
}

/// <summary>What a lock mode conflicts with, and what it is called.</summary>
public static class LockModes
{
    // Row by row the table of the manual: the modes that the key conflicts with.
    private static readonly Dictionary<LockMode, LockMode[]> Conflicts = new()
    {
        [LockMode.AccessShare] = [LockMode.AccessExclusive],
        [LockMode.RowShare] = [LockMode.Exclusive, LockMode.AccessExclusive],
        [LockMode.RowExclusive] = [LockMode.Share, LockMode.ShareRowExclusive, LockMode.Exclusive, LockMode.AccessExclusive],
        [LockMode.ShareUpdateExclusive] = [LockMode.ShareUpdateExclusive, LockMode.Share, LockMode.ShareRowExclusive, LockMode.Exclusive, LockMode.AccessExclusive],
        [LockMode.Share] = [LockMode.RowExclusive, LockMode.ShareUpdateExclusive, LockMode.ShareRowExclusive, LockMode.Exclusive, LockMode.AccessExclusive],
        [LockMode.ShareRowExclusive] = [LockMode.RowExclusive, LockMode.ShareUpdateExclusive, LockMode.Share, LockMode.ShareRowExclusive, LockMode.Exclusive, LockMode.AccessExclusive],
        [LockMode.Exclusive] = [LockMode.RowShare, LockMode.RowExclusive, LockMode.ShareUpdateExclusive, LockMode.Share, LockMode.ShareRowExclusive, LockMode.Exclusive, LockMode.AccessExclusive],
        [LockMode.AccessExclusive] = [.. Enum.GetValues<LockMode>()],
    };

    /// <summary>The modes that cannot be held by somebody else at the same time.</summary>
    public static IReadOnlyList<LockMode> ConflictsWith(this LockMode mode) => Conflicts[mode];

    /// <summary>Whether readers have to wait.</summary>
    public static bool BlocksReads(this LockMode mode) => Conflicts[mode].Contains(LockMode.AccessShare);

    /// <summary>Whether writers have to wait.</summary>
    public static bool BlocksWrites(this LockMode mode) => Conflicts[mode].Contains(LockMode.RowExclusive);

    /// <summary>The mode as <c>pg_locks</c> shows it, such as <c>AccessExclusiveLock</c>.</summary>
    public static string CatalogName(this LockMode mode) => $"{mode}Lock";

    /// <summary>The mode that <c>pg_locks</c> calls so.</summary>
    public static LockMode Parse(string catalogName) => Enum.GetValues<LockMode>().First(mode => mode.CatalogName() == catalogName);

    /// <summary>The name that the manual has for a mode of <c>pg_locks</c>; one of another kind of lock as it is.</summary>
    public static string NameOf(string catalogName) =>
        Enum.GetValues<LockMode>().Where(mode => mode.CatalogName() == catalogName).Select(SqlName).FirstOrDefault(catalogName);

    /// <summary>The mode as the manual writes it, such as <c>ACCESS EXCLUSIVE</c>.</summary>
    public static string SqlName(this LockMode mode) => mode switch
    {
        LockMode.AccessShare => "ACCESS SHARE",
        LockMode.RowShare => "ROW SHARE",
        LockMode.RowExclusive => "ROW EXCLUSIVE",
        LockMode.ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
        LockMode.ShareRowExclusive => "SHARE ROW EXCLUSIVE",
        LockMode.AccessExclusive => "ACCESS EXCLUSIVE",
        _ => mode.ToString().ToUpperInvariant(),
    };
}

/// <summary>A lock that a statement takes on a table.</summary>
/// <param name="Table">The table; one that does not exist yet cannot be in anybody's way.</param>
/// <param name="Mode">The mode.</param>
/// <param name="AndReferenced">Whether the tables that its foreign keys reference are locked alike, as DROP TABLE does.</param>
public sealed record TableLock(QualifiedName Table, LockMode Mode, bool AndReferenced = false)
{
    /// <summary>The constraint or column that goes: of the referenced tables, only those that its foreign keys reference are locked. Null: all.</summary>
    internal string? Through { get; init; }

    /// <summary>The lock in words.</summary>
    public override string ToString() =>
        $"{Mode.SqlName()} on {Table}" + (!AndReferenced ? "" : Through is null ? " and the tables it references" : $" and the tables that its {Through} references");
}
