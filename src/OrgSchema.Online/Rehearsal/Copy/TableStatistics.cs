namespace OrgSchema.Online;

/// <summary>What the target knows about the rows of a table, without reading them.</summary>
/// <param name="Table">The table, quoted and qualified.</param>
/// <param name="Rows">How many it has, about.</param>
/// <param name="Columns">By name; none if nobody has analyzed it.</param>
internal sealed record TableStatistics(string Table, long Rows, IReadOnlyDictionary<string, ColumnStatistics> Columns)
{
    public static async Task<IReadOnlyList<TableStatistics>> ReadAsync(Session target, string[] schemas, int atMost, CancellationToken cancellationToken)
    {
        var columns = (await target.QueryAsync(SchemaQueries.Columns, row => (Table: row.GetString(0), Column: row.GetString(1), Of: new ColumnStatistics(row.GetFloat(2), row.GetFloat(3))), cancellationToken, new[] { schemas }))
            .ToLookup(row => row.Table);
        var statistics = new List<TableStatistics>();
        foreach (var (table, rows) in await target.QueryAsync(SchemaQueries.Sizes, row => (row.GetString(0), row.GetInt64(1)), cancellationToken, new[] { schemas }))
        {
            // Never analyzed: a look, no further than it matters.
            var counted = rows >= 0 ? rows : await target.ScalarAsync<long>($"SELECT pg_catalog.count(*) FROM (SELECT FROM {table} LIMIT {atMost}) AS t", cancellationToken);
            statistics.Add(new TableStatistics(table, counted, columns[table].ToDictionary(row => row.Column, row => row.Of)));
        }

        return statistics;
    }
}

/// <summary>What ANALYZE has found in a column.</summary>
/// <param name="NullFraction">Which part of the rows is NULL.</param>
/// <param name="Distinct">How many values there are; negative: that part of the number of rows.</param>
internal sealed record ColumnStatistics(double NullFraction, double Distinct)
{
    public long DistinctAmong(long rows) => Math.Max(1, (long)(Distinct >= 0 ? Distinct : -Distinct * rows));
}
