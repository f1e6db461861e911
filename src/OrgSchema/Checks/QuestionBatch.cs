using System.Data;
using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Batch of questions: they go to the server together. One that is not answered is a finding, too, and does not silence the others.</summary>
internal static class QuestionBatch
{
    // Definitions come out of the catalog with every name qualified that is not in the search path.
    private static readonly string[] Settings =
    [
        "SET LOCAL transaction_read_only = on", "SET LOCAL search_path = pg_catalog", "SET LOCAL lock_timeout = '5s'", "SET LOCAL row_security = on",
    ];

    /// <summary>Looks at a database, and asks what is to be asked of it then: two round trips in one transaction.</summary>
    public static async Task<IReadOnlyList<Finding>> AskAsync(
        NpgsqlConnection connection, CheckedDatabase database, Func<IEnumerable<Question>> questions, CancellationToken cancellationToken)
    {
        List<Question>? asked = null;
        try
        {
            await using var transaction = await BeginAsync(connection, cancellationToken);
            await database.LookAsync(connection, cancellationToken);
            asked = [.. questions()];
            return await FindAsync(connection, asked, cancellationToken);
        }
        catch (PostgresException e) when (Unanswered(e) is { } unanswered)
        {
            // Which of them it was is not known when they were asked together. One lock may be in the way of several.
            List<Finding> found = asked is null ? [unanswered] : [];
            foreach (var question in asked ?? questions())
                found.AddRange(await AskAsync(connection, question, cancellationToken));
            return [.. found.Distinct()];
        }
    }

    /// <summary>Asks one question, of a database that was looked at.</summary>
    public static async Task<IReadOnlyList<Finding>> AskAsync(NpgsqlConnection connection, Question question, CancellationToken cancellationToken)
    {
        try
        {
            await using var transaction = await BeginAsync(connection, cancellationToken);
            return await FindAsync(connection, [question], cancellationToken);
        }
        catch (PostgresException e) when (Unanswered(e) is { } unanswered)
        {
            return [unanswered];
        }
    }

    /// <summary>Begins the transaction. BEGIN goes to the server with the first commands.</summary>
    public static ValueTask<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);

    /// <summary>Sends commands in one round trip, after the settings that they depend on, and reads their rows.</summary>
    public static async Task<T> SendAsync<T>(
        NpgsqlConnection connection, IEnumerable<NpgsqlBatchCommand> commands, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in Settings.Select(setting => new NpgsqlBatchCommand(setting)).Concat(commands))
            batch.BatchCommands.Add(command);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await read(reader);
    }

    /// <summary>Finding for a question that was not answered; null for an error that is not the question's.</summary>
    public static Finding? Unanswered(PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.LockNotAvailable => new(
            "table-locked",
            "A table that a check must read is locked and was not released within 5 s",
            "Wait until the other session has ended and run the same command again."),
        PostgresErrorCodes.InsufficientPrivilege =>
            new("not-permitted", $"A check could not run: {e.MessageText}", "Run it as the migrating role, or grant that privilege."),
        _ => null,
    };

    private static async Task<IReadOnlyList<Finding>> FindAsync(NpgsqlConnection connection, List<Question> questions, CancellationToken cancellationToken)
    {
        if (questions.Count == 0)
            return [];
        return await SendAsync(
            connection,
            questions.Select(question => question.Command()),
            async reader =>
            {
                var found = new List<Finding>();
                foreach (var question in questions)
                    found.AddRange(await question.JudgeAsync(reader, cancellationToken));
                return found;
            },
            cancellationToken);
    }
}
