using Npgsql;

namespace OrgSchema.Online;

/// <summary>The plain way to the server.</summary>
internal sealed class PlainSender(Session session) : ISender
{
    public bool KeepsQuestionsApart => false;

    public void Begin(KnownMigration migration, Direction direction)
    {
    }

    // One text: Npgsql splits it and sends the parts without waiting in between.
    public Task<int> SendAsync(IReadOnlyList<TextPart> parts, CancellationToken cancellationToken) =>
        session.ExecuteAsync(TextPart.Join(parts.Select(part => part.Sql)), cancellationToken);

    public async Task<int> RunAsync(SqlStatement statement, string? record, CancellationToken cancellationToken)
    {
        if (record is null)
            return await session.ExecuteAsync(statement.Sql, cancellationToken);
        try
        {
            return await SendAsync([TextPart.Begin, new TextPart(statement.Sql), new TextPart(record, PartKind.Ours), TextPart.Commit], cancellationToken) - 1;
        }
        catch
        {
            await session.RollBackAsync();
            throw;
        }
    }

    public Task<List<T>> QueryAsync<T>(string sql, PartKind kind, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        session.QueryAsync(sql, read, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
