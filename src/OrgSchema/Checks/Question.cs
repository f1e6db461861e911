using System.Data;
using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Asks the database one thing, without changing it.</summary>
internal delegate IAsyncEnumerable<Finding> Question(CheckedDatabase database, CancellationToken cancellationToken);

/// <summary>Asks all questions; one that cannot be answered is a finding too, and does not silence the others.</summary>
internal static class Questions
{
    public static async Task<IReadOnlyList<Finding>> AskAsync(CheckedDatabase database, IEnumerable<Question> questions, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        foreach (var question in questions)
        {
            try
            {
                await using var transaction = await database.Connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
                await PinAsync(database.Connection, cancellationToken);
                await foreach (var finding in question(database, cancellationToken))
                    findings.Add(finding);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                findings.Add(new("table-locked", "A table that a check must read is locked and was not released within 5 s", "Wait until the other session has ended and run the same command again."));
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                findings.Add(new("not-permitted", $"A check could not be made: {e.MessageText}", "Run it as the role that migrates, or grant it the right."));
            }
        }

        return findings;
    }

    // Definitions come out of the catalog with every name qualified that is not in the search path.
    private static async Task PinAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            -- orgschema checks: read only
            SET TRANSACTION READ ONLY;
            SET LOCAL search_path = pg_catalog;
            SET LOCAL lock_timeout = '5s';
            SET LOCAL row_security = on;
            """,
            connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
