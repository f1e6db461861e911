namespace OrgSchema.Online;

/// <summary>What the statements of one transaction have done so far. Its locks are held to the end, whenever that will be.</summary>
internal sealed class TracedTransaction(int? number, Dictionary<uint, TraceRelation> relations)
{
    private readonly HashSet<(string Table, LockMode Mode)> _held = [];
    private readonly List<Entry> _entries = [];

    /// <summary>Adds a statement that has ended.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="isQuestion">Whether it is only worth telling of if it has locked a table.</param>
    /// <param name="began">Before it.</param>
    /// <param name="ended">After it.</param>
    /// <param name="locks">What the transaction holds now.</param>
    /// <param name="resumed">When that was read.</param>
    public void Add(TracedStatement statement, bool isQuestion, TraceMoment began, TraceMoment ended, IReadOnlyList<TraceLock> locks, TraceMoment resumed)
    {
        // A relation that is not known is as new as the transaction, and in nobody's way.
        var now = locks.Where(found => relations.ContainsKey(found.Relation)).Select(found => (relations[found.Relation].Table, found.Mode)).ToHashSet();
        List<(string Table, LockMode Mode)> taken =
        [
            .. now.Except(_held).GroupBy(found => found.Table).OrderBy(same => same.Key, StringComparer.Ordinal).Select(same => (same.Key, same.Max(found => found.Mode))),
        ];
        _held.UnionWith(now);

        var done = TraceDifference.Between(relations, locks.DistinctBy(found => found.Relation).Select(found => (found.Relation, found.Counts)));
        foreach (var found in locks)
        {
            if (relations.TryGetValue(found.Relation, out var before))
                relations[found.Relation] = before with { Counts = found.Counts };
        }

        _entries.Add(new Entry(
            done.Of(statement, began, ended) with { Transaction = number },
            taken,
            resumed.At - ended.At,
            IsTold: !isQuestion || taken.Count > 0 || done.Scanned.Count > 0));
    }

    /// <summary>Its statements, now that it has ended.</summary>
    public IEnumerable<TracedStatement> End(TraceMoment end)
    {
        var pauses = TimeSpan.Zero;
        List<TracedStatement> all = [];
        foreach (var (statement, taken, pause, isTold) in Enumerable.Reverse(_entries))
        {
            pauses += pause;
            var held = end.At - statement.Began - pauses;
            if (isTold)
                all.Add(statement with { Locks = [.. taken.Select(found => new TracedLock(found.Table, found.Mode, held))] });
        }

        return Enumerable.Reverse(all);
    }

    private sealed record Entry(TracedStatement Statement, IReadOnlyList<(string Table, LockMode Mode)> Taken, TimeSpan Pause, bool IsTold);
}
