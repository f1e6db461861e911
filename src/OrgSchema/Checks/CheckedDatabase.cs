using Npgsql;

namespace OrgSchema;

/// <summary>What the questions of preflight and verify are about.</summary>
internal sealed record CheckedDatabase(NpgsqlConnection Connection, Tenancy Tenancy, IReadOnlySet<long> Applied)
{
    public bool IsApplied(long version) => Applied.Contains(version);

    public bool IsPending(params ReadOnlySpan<long> versions)
    {
        foreach (var version in versions)
        {
            if (!Applied.Contains(version))
                return true;
        }

        return false;
    }

    /// <summary>The rows of one query.</summary>
    public async Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, NpgsqlParameter[] parameters, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, Connection);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(read(reader));
        return rows;
    }

    /// <summary>The rows of one query without parameters.</summary>
    public Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        QueryAsync(sql, read, [], cancellationToken);
}
