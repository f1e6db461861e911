using Npgsql;

namespace OrgSchema;

/// <summary>What the questions of preflight and verify are about.</summary>
internal sealed class CheckedDatabase(NpgsqlConnection connection, Tenancy tenancy, IReadOnlySet<long> applied)
{
    private Structure? _structure;

    public NpgsqlConnection Connection { get; } = connection;

    public Tenancy Tenancy { get; } = tenancy;

    public bool IsApplied(long version) => applied.Contains(version);

    public bool IsPending(params ReadOnlySpan<long> versions)
    {
        foreach (var version in versions)
        {
            if (!IsApplied(version))
                return true;
        }

        return false;
    }

    /// <summary>What is there of what the migrations make. Read once, because most questions start from it.</summary>
    public async Task<Structure> StructureAsync(CancellationToken cancellationToken) =>
        _structure ??= await Structure.ReadAsync(this, cancellationToken);

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
