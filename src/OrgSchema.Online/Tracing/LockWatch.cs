namespace OrgSchema.Online;

/// <summary>Looks from a second session at the locks of a first one, for as long as a statement runs there.</summary>
internal sealed class LockWatch(Session session) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(1);

    /// <summary>Looks until <paramref name="statement"/> has ended, however it ends.</summary>
    public async Task<IReadOnlyList<SeenLock>> WatchAsync(int processId, Task statement)
    {
        Dictionary<(uint Relation, LockMode Mode), SeenLock> seen = [];
        while (!statement.IsCompleted)
        {
            foreach (var (relation, mode, at) in await session.QueryAsync(TraceQueries.LocksOf, row => (row.GetFieldValue<uint>(0), LockModes.Parse(row.GetString(1)), row.GetDateTime(2)), CancellationToken.None, processId))
                seen[(relation, mode)] = seen.TryGetValue((relation, mode), out var earlier) ? earlier with { Held = at - earlier.Since } : new SeenLock(relation, mode, at, TimeSpan.Zero);
            await Task.WhenAny(statement, Task.Delay(Interval, CancellationToken.None));
        }

        return [.. seen.Values];
    }

    public ValueTask DisposeAsync() => session.DisposeAsync();
}

/// <summary>A lock that was seen, from the first look at it to the last.</summary>
internal sealed record SeenLock(uint Relation, LockMode Mode, DateTime Since, TimeSpan Held);
