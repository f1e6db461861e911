namespace OrgSchema.Online;

/// <summary>Rows of a table that a copy must have, because migrations look for them: only the columns that the query returns are as in the target, the rest is made up.</summary>
/// <param name="Table">The table.</param>
/// <param name="Query">A query to the target that returns text only. Its columns are called like the table's. Passed over where a table that it names does not exist.</param>
public sealed record PinnedRows(QualifiedName Table, string Query);

/// <summary>What such a query has returned.</summary>
internal sealed record PinnedValues(QualifiedName Table, IReadOnlyList<string> Columns, IReadOnlyList<string?[]> Rows)
{
    public static async Task<IReadOnlyList<PinnedValues>> ReadAsync(Session target, IReadOnlyList<PinnedRows> pinned, CancellationToken cancellationToken)
    {
        var all = new List<PinnedValues>();
        foreach (var rows in pinned)
        {
            try
            {
                await using var command = new Npgsql.NpgsqlCommand(rows.Query, target.Connection);
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                string[] columns = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
                var values = new List<string?[]>();
                while (await reader.ReadAsync(cancellationToken))
                    values.Add([.. Enumerable.Range(0, columns.Length).Select(column => reader.IsDBNull(column) ? null : reader.GetString(column))]);
                if (values.Count > 0)
                    all.Add(new PinnedValues(rows.Table, columns, values));
            }
            catch (Npgsql.PostgresException e) when (e.SqlState is Npgsql.PostgresErrorCodes.UndefinedTable or Npgsql.PostgresErrorCodes.UndefinedColumn or Npgsql.PostgresErrorCodes.InvalidSchemaName)
            {
                // not made yet
            }
        }

        return all;
    }
}
