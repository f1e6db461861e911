using Npgsql;

namespace OrgSchema;

/// <summary>What the questions of preflight and verify are about.</summary>
/// <remarks>Their queries wait for each other and go to the server in one piece: see <see cref="Questions"/>.</remarks>
internal sealed class CheckedDatabase(NpgsqlConnection connection, Tenancy tenancy, IReadOnlySet<long> applied)
{
    private readonly List<WaitingQuery> _waiting = [];
    private Task<Structure>? _structure;

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

    /// <summary>Whether this version is the next one, so that what exists of it may be what an interrupted run has left.</summary>
    public bool IsNext(long version) => applied.Count > 0 && Versions.All.All(other => applied.Contains(other) == other < version);

    /// <summary>What is there of what the migrations make. Read once, because most questions start from it.</summary>
    public Task<Structure> StructureAsync() => _structure is null or { IsFaulted: true } or { IsCanceled: true } ? _structure = Structure.ReadAsync(this) : _structure;

    /// <summary>The rows of one query, once it was answered together with those of the other questions.</summary>
    public Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params NpgsqlParameter[] parameters)
    {
        var query = new WaitingQuery<T>(sql, read, parameters);
        _waiting.Add(query);
        return query.Rows;
    }

    /// <summary>Whether a query waits for its answer.</summary>
    public bool IsAsked => _waiting.Count > 0;

    /// <summary>Answers all queries that wait, in one round trip. An error is the error of each of them.</summary>
    /// <param name="before">A statement that goes before them; null for none.</param>
    /// <param name="cancellationToken">Cancels them.</param>
    public async Task AnswerAsync(string? before, CancellationToken cancellationToken)
    {
        WaitingQuery[] queries = [.. _waiting];
        _waiting.Clear();
        try
        {
            await using var batch = new NpgsqlBatch(Connection);
            if (before is not null)
                batch.BatchCommands.Add(new NpgsqlBatchCommand(before));
            foreach (var query in queries)
                batch.BatchCommands.Add(query.Command);
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            if (before is not null)
                await reader.NextResultAsync(cancellationToken);
            foreach (var query in queries)
            {
                await query.ReadAsync(reader, cancellationToken);
                await reader.NextResultAsync(cancellationToken);
            }
        }
        catch (Exception e)
        {
            foreach (var query in queries)
                query.Fail(e);
            return;
        }

        foreach (var query in queries)
            query.Answer();
    }
}
