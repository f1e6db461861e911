using Npgsql;

namespace OrgSchema;

/// <summary>A query whose answer a question waits for.</summary>
internal abstract class WaitingQuery(string sql, NpgsqlParameter[] parameters)
{
    public NpgsqlBatchCommand Command { get; } = Of(sql, parameters);

    /// <summary>Reads its rows; nobody is told yet.</summary>
    public abstract Task ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken);

    /// <summary>Hands out the rows that were read. Who waits goes on when it is its turn.</summary>
    public abstract void Answer();

    public abstract void Fail(Exception exception);

    private static NpgsqlBatchCommand Of(string sql, NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.AddRange(parameters);
        return command;
    }
}

/// <inheritdoc />
internal sealed class WaitingQuery<T>(string sql, Func<NpgsqlDataReader, T> read, NpgsqlParameter[] parameters) : WaitingQuery(sql, parameters)
{
    private readonly TaskCompletionSource<List<T>> _answer = new();
    private readonly List<T> _rows = [];

    public Task<List<T>> Rows => _answer.Task;

    public override async Task ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken))
            _rows.Add(read(reader));
    }

    public override void Answer() => _answer.SetResult(_rows);

    public override void Fail(Exception exception) => _answer.SetException(exception);
}
