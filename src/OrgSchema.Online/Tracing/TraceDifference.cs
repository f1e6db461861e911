namespace OrgSchema.Online;

/// <summary>What a statement has done to tables that were there before.</summary>
internal sealed record TraceDifference(IReadOnlyList<string> Rewritten, IReadOnlyList<string> Scanned, IReadOnlyList<TracedWrite> Written)
{
    /// <summary>Compares; what was not there before is left out, and indexes are.</summary>
    public static TraceDifference Between(IReadOnlyDictionary<uint, TraceRelation> before, IEnumerable<(uint Relation, TraceCounts Counts)> after)
    {
        var tables = after
            .Where(found => before.TryGetValue(found.Relation, out var known) && !known.IsIndex)
            .Select(found => (before[found.Relation].Table, Before: before[found.Relation].Counts, Now: found.Counts))
            .OrderBy(table => table.Table, StringComparer.Ordinal)
            .ToList();
        return new TraceDifference(
            [.. tables.Where(table => table.Now.File != table.Before.File && table.Now.File != 0).Select(table => table.Table)],
            [.. tables.Where(table => table.Now.Scans > table.Before.Scans).Select(table => table.Table)],
            [
                .. tables.Select(table => new TracedWrite(table.Table, table.Now.Inserted - table.Before.Inserted, table.Now.Updated - table.Before.Updated, table.Now.Deleted - table.Before.Deleted))
                    .Where(write => write.Rows > 0),
            ]);
    }

    /// <summary>A statement that has done this.</summary>
    public TracedStatement Of(TracedStatement statement, TraceMoment began, TraceMoment ended) => statement with
    {
        Began = began.At,
        Duration = ended.At - began.At,
        HasLockTimeout = began.HasLockTimeout,
        FiresTriggers = began.FiresTriggers,
        WalBytes = ended.Wal - began.Wal,
        Rewritten = Rewritten,
        Scanned = Scanned,
        Written = Written,
    };
}
