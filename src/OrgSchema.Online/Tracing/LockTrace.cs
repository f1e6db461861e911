using Npgsql;

namespace OrgSchema.Online;

/// <summary>Sends commands so that the server tells after each which locks it has taken and what it has done, in the same round trip.</summary>
/// <remarks>
/// A command that would commit on its own gets a transaction around it, where its locks can be read before they go. One that
/// the server refuses there is watched from a second session instead.
/// </remarks>
internal sealed class LockTrace(Session session, MigratorOptions options, Action<TracedStatement> tell) : ISender
{
    private readonly string _relations = TraceQueries.Relations(options.PrivateSchema);
    private TracedTransaction? _open;
    private int _transactions;
    private LockWatch? _watch;

    /// <summary>What is known already of the statements that come now: whose they are.</summary>
    public TracedStatement Template { get; set; } = new("");

    /// <summary>Forgets a transaction that has failed.</summary>
    public void Forget() => _open = null;

    /// <summary>Begins a transaction, runs commands in it, or ends it: whatever is among them, in one text.</summary>
    /// <returns>Rows that they have changed.</returns>
    public Task<int> SendAsync(IReadOnlyList<TextPart> parts, CancellationToken cancellationToken) =>
        SendAsync(parts, number: ++_transactions, static _ => { }, cancellationToken);

    public bool KeepsQuestionsApart => true;

    public void Begin(KnownMigration migration, Direction direction) => Template = new TracedStatement("") { Migration = migration, Direction = direction };

    /// <inheritdoc />
    public async Task<int> RunAsync(SqlStatement statement, string? record, CancellationToken cancellationToken)
    {
        if (statement.IsAlone && _open is null)
            return await AloneAsync(statement, cancellationToken);
        try
        {
            return await InTransactionAsync(new TextPart(statement.Sql), record, static _ => { }, cancellationToken) - (record is null ? 0 : 1);
        }
        catch (PostgresException e) when (record is null && _open is null
            && e.SqlState is PostgresErrorCodes.ActiveSqlTransaction or PostgresErrorCodes.InvalidTransactionTermination)
        {
            return await AloneAsync(statement, cancellationToken);
        }
    }

    /// <summary>Runs a query, in the transaction that is open or on its own. It is told of if it has locked a table.</summary>
    public async Task<List<T>> QueryAsync<T>(string sql, PartKind kind, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        List<T> all = [];
        await InTransactionAsync(new TextPart(sql, kind), record: null, row => all.Add(read(row)), cancellationToken);
        return all;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _watch?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<int> InTransactionAsync(TextPart part, string? record, Action<NpgsqlDataReader> row, CancellationToken cancellationToken)
    {
        if (_open is not null)
            return await SendAsync([part], number: null, row, cancellationToken);
        try
        {
            TextPart[] ours = record is null ? [] : [new(record, PartKind.Ours)];
            return await SendAsync([TextPart.Begin, part, .. ours, TextPart.Commit], number: null, row, cancellationToken);
        }
        catch
        {
            _open = null;
            await session.RollBackAsync();
            throw;
        }
    }

    private async Task<int> SendAsync(IReadOnlyList<TextPart> parts, int? number, Action<NpgsqlDataReader> row, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(TextPart.Join(parts.SelectMany(Traced)), session.Connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var answers = await TraceAnswers.ReadAsync(reader, row, cancellationToken);
        foreach (var part in parts)
        {
            switch (part.Kind)
            {
                case PartKind.Begin:
                    _open = new TracedTransaction(number, answers.Next<Dictionary<uint, TraceRelation>>());
                    break;
                case PartKind.Statement or PartKind.Question or PartKind.Batch:
                    _open!.Add(
                        Template with { Sql = part.Sql, IsBatch = part.Kind == PartKind.Batch },
                        isQuestion: part.Kind == PartKind.Question,
                        answers.Next<TraceMoment>(),
                        answers.Next<TraceMoment>(),
                        answers.Next<List<TraceLock>>(),
                        answers.Next<TraceMoment>());
                    break;
                case PartKind.Commit:
                    foreach (var statement in _open!.End(answers.Next<TraceMoment>()))
                        tell(statement);
                    _open = null;
                    break;
            }
        }

        return Math.Max(0, reader.RecordsAffected);
    }

    private string[] Traced(TextPart part) => part.Kind switch
    {
        PartKind.Begin => [part.Sql, _relations],
        PartKind.Commit => [part.Sql, TraceQueries.Moment],
        PartKind.Ours => [part.Sql],
        _ => [TraceQueries.Moment, part.Sql, TraceQueries.Moment, TraceQueries.Locks, TraceQueries.Moment],
    };

    // It commits several times inside, and its locks are gone when it has ended.
    private async Task<int> AloneAsync(SqlStatement statement, CancellationToken cancellationToken)
    {
        _watch ??= new LockWatch(await Session.OpenAsync(options, cancellationToken));
        // What this session has scanned before is told now, and not in the middle.
        await session.ExecuteAsync("SELECT pg_catalog.pg_stat_force_next_flush()", cancellationToken);
        var (before, _) = await SendAsync(TextPart.Join([_relations, TraceQueries.Moment]), cancellationToken);
        var (relations, began) = (before.Next<Dictionary<uint, TraceRelation>>(), before.Next<TraceMoment>());
        var running = SendAsync(TextPart.Join([statement.Sql, TraceQueries.Moment, _relations]), cancellationToken);
        var seen = await _watch.WatchAsync(session.ProcessId, running);
        var (after, rows) = await running;
        var ended = after.Next<TraceMoment>();
        var done = TraceDifference.Between(relations, after.Next<Dictionary<uint, TraceRelation>>().Select(found => (found.Key, found.Value.Counts)));
        tell(done.Of(Template with { Sql = statement.Sql }, began, ended) with { Locks = Locks(seen, relations, statement.Locks, ended.At - began.At) });
        return rows;
    }

    private async Task<(TraceAnswers Answers, int Rows)> SendAsync(string text, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(text, session.Connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return (await TraceAnswers.ReadAsync(reader, static _ => { }, cancellationToken), Math.Max(0, reader.RecordsAffected));
    }

    // A lock may come and go between two looks: then it is what the verb says.
    private static TracedLock[] Locks(IReadOnlyList<SeenLock> seen, Dictionary<uint, TraceRelation> relations, IReadOnlyList<TableLock> said, TimeSpan duration)
    {
        var real = seen.Where(found => relations.ContainsKey(found.Relation))
            .GroupBy(found => relations[found.Relation].Table)
            .Select(same => (Table: same.Key, Strongest: same.MaxBy(found => found.Mode)!))
            .Select(found => new TracedLock(found.Table, found.Strongest.Mode, found.Strongest.Held))
            .ToList();
        return
        [
            .. real,
            .. said.Where(found => real.All(other => other.Table != found.Table.ToString())).Select(found => new TracedLock(found.Table.ToString(), found.Mode, duration)),
        ];
    }
}
