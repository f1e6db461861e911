using System.Data;
using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Asks the database one thing, without changing it.</summary>
internal delegate IAsyncEnumerable<Finding> Question(CheckedDatabase database);

/// <summary>
/// Asks all questions, in one transaction and few round trips: each goes on until it needs an answer, then all queries go
/// to the server together. One that cannot be answered is a finding too, and does not silence the others.
/// </summary>
internal static class Questions
{
    // Definitions come out of the catalog with every name qualified that is not in the search path.
    private const string Pin = """
        -- orgschema checks: read only
        SELECT pg_catalog.set_config('transaction_read_only', 'on', true), pg_catalog.set_config('search_path', 'pg_catalog', true),
               pg_catalog.set_config('lock_timeout', '5s', true), pg_catalog.set_config('row_security', 'on', true)
        """;

    public static async Task<IReadOnlyList<Finding>> AskAsync(CheckedDatabase database, IReadOnlyList<Question> questions, CancellationToken cancellationToken)
    {
        List<Finding>[] found = [.. questions.Select(_ => new List<Finding>())];
        try
        {
            await AskAsync(database, questions, found, cancellationToken);
        }
        catch (PostgresException e) when (Unanswered(e) is { } unanswered)
        {
            // Which of them it was is not known when they were asked together.
            if (questions.Count == 1)
                found[0].Add(unanswered);
            else
                found = [.. await EachAsync(database, questions, cancellationToken)];
        }

        return [.. found.SelectMany(findings => findings)];
    }

    private static async Task AskAsync(CheckedDatabase database, IReadOnlyList<Question> questions, List<Finding>[] found, CancellationToken cancellationToken)
    {
        await using var transaction = await database.Connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var turns = new Turns();
        var all = turns.Start(() => Task.WhenAll(questions.Zip(found, (question, findings) => AskAsync(database, question, findings)).ToList()));
        string? pin = Pin;
        while (!all.IsCompleted)
        {
            if (database.IsAsked)
            {
                await database.AnswerAsync(pin, cancellationToken);
                pin = null;
            }
            else
            {
                await turns.WaitAsync(); // one of them waits for something of its own
            }

            turns.GiveAll();
        }

        await all;
    }

    private static async Task AskAsync(CheckedDatabase database, Question question, List<Finding> findings)
    {
        await foreach (var finding in question(database))
            findings.Add(finding);
    }

    private static async Task<List<List<Finding>>> EachAsync(CheckedDatabase database, IReadOnlyList<Question> questions, CancellationToken cancellationToken)
    {
        var found = new List<List<Finding>>();
        foreach (var question in questions)
            found.Add([.. await AskAsync(database, [question], cancellationToken)]);
        return found;
    }

    private static Finding? Unanswered(PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.LockNotAvailable =>
            new("table-locked", "A table that a check must read is locked and was not released within 5 s", "Wait until the other session has ended and run the same command again."),
        PostgresErrorCodes.InsufficientPrivilege =>
            new("not-permitted", $"A check could not run: {e.MessageText}", "Run it as the migrating role, or grant that privilege."),
        _ => null,
    };
}
