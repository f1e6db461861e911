using Npgsql;

namespace OrgSchema;

/// <summary>Rows of one statement of a batch.</summary>
internal static class Rows
{
    /// <summary>Reads them all, and goes on to the next statement.</summary>
    public static async Task<List<T>> RowsAsync<T>(this NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(read(reader));
        await reader.NextResultAsync(cancellationToken);
        return rows;
    }
}
