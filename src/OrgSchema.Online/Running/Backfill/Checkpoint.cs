namespace OrgSchema.Online;

/// <summary>Where a backfill is: for each range of keys the last one whose batch was committed. The batch itself moves it.</summary>
internal sealed class Checkpoint(Session session, StepContext context, BatchedExpression backfill)
{
    private string Table => $"{context.PrivateSchema}.backfill_checkpoint";

    /// <summary>What is left of its ranges; none if it has not begun.</summary>
    public Task<List<KeyRange>> ReadAsync(CancellationToken cancellationToken) => session.QueryAsync(
        $"SELECT part, last_key, until_key FROM {Table} WHERE version = $1 AND table_name = $2 ORDER BY part",
        row => new KeyRange(row.GetInt32(0), row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2)),
        cancellationToken,
        context.Version,
        backfill.Name);

    /// <summary>Cuts ranges into some of about the same work, so that every worker has one, and remembers them.</summary>
    /// <returns>Those that have rows left; fewer than workers where the rows are few.</returns>
    public async Task<List<KeyRange>> DivideAsync(List<KeyRange> ranges, int workers, CancellationToken cancellationToken)
    {
        if (workers == 1 || backfill is not BackfillExpression divisible)
            return ranges;
        var left = new List<KeyRange>();
        foreach (var range in ranges)
        {
            if (await session.ScalarAsync<bool>(divisible.HasLeft(range), cancellationToken))
                left.Add(range);
        }

        if (left.Count >= workers)
            return left;
        var (divided, last) = (new List<KeyRange>(), ranges.Max(range => range.Part));
        foreach (var range in left)
        {
            var ends = await session.QueryAsync(divisible.Ends(range, (int)Math.Ceiling((double)workers / left.Count)), row => row.GetString(0), cancellationToken);
            string?[] borders = [range.After, .. ends, range.Until];
            divided.AddRange(borders.Zip(borders.Skip(1)).Select((pair, i) => new KeyRange(i == 0 ? range.Part : ++last, pair.First, pair.Second)));
        }

        await RememberAsync(divided, cancellationToken);
        return divided;
    }

    public Task<int> DeleteAsync(CancellationToken cancellationToken) =>
        session.ExecuteAsync($"DELETE FROM {Table} WHERE version = $1 AND table_name = $2", cancellationToken, context.Version, backfill.Name);

    // One statement: what one range loses, others have at the same moment.
    private Task<int> RememberAsync(List<KeyRange> ranges, CancellationToken cancellationToken) => session.ExecuteAsync(
        $"""
        INSERT INTO {Table} (version, table_name, part, last_key, until_key)
        SELECT $1, $2, r.part, r.after, r.until FROM unnest($3::integer[], $4::text[], $5::text[]) AS r (part, after, until)
        ON CONFLICT (version, table_name, part) DO UPDATE SET until_key = excluded.until_key
        """,
        cancellationToken,
        context.Version,
        backfill.Name,
        ranges.Select(range => range.Part).ToArray(),
        ranges.Select(range => range.After).ToArray(),
        ranges.Select(range => range.Until).ToArray());
}
