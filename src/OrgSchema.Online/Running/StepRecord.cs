using Npgsql;

namespace OrgSchema.Online;

/// <summary>How a step of an author gets into the step ledger.</summary>
internal sealed class StepRecord(StepLedger ledger, CompiledMigration compiled, Step step)
{
    /// <summary>Runs the author's command, and records it in the same transaction. What the server refuses in one is recorded before and after.</summary>
    /// <returns>Rows that the command has changed.</returns>
    public async Task<int> RunAsync(SqlStatement statement, ISender sender, CancellationToken cancellationToken)
    {
        var leavesNothing = statement.IsAlone || !EndsTransactions(statement);
        if (!statement.IsAlone && leavesNothing)
        {
            try
            {
                return await sender.RunAsync(statement, ledger.Finished(compiled, step), cancellationToken);
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.ActiveSqlTransaction or PostgresErrorCodes.InvalidTransactionTermination)
            {
                // Nothing of it was done. One that commits on its way may leave something the next time, even when it fails.
                leavesNothing = e.SqlState == PostgresErrorCodes.ActiveSqlTransaction;
            }
        }

        var rows = 0;
        await AroundAsync(async () => rows = await sender.RunAsync(statement, record: null, cancellationToken), leavesNothing, cancellationToken);
        return rows;
    }

    /// <summary>Records a step before it begins and when it has finished.</summary>
    /// <param name="run">The step.</param>
    /// <param name="leavesNothing">Whether it has changed nothing if the server refuses it.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task AroundAsync(Func<Task> run, bool leavesNothing, CancellationToken cancellationToken)
    {
        var id = await ledger.BeginAsync(compiled, step, cancellationToken);
        try
        {
            await run();
        }
        catch (PostgresException) when (leavesNothing)
        {
            await ledger.ForgetAsync(id, CancellationToken.None);
            throw;
        }
        catch (PostgresException e) when (LockPolicy.IsWantOfLock(e))
        {
            // Another attempt would do again what has committed.
            throw new MigrationFailedException(
                $"{compiled.Migration}",
                $"{compiled.Migration} failed: {e.MessageText} ({e.SqlState}), in a step that commits by itself.",
                "Look at what it has done, and run the same command again: it asks whether the step has finished.",
                step.Statements[^1].Sql,
                e);
        }

        await ledger.FinishAsync(id, CancellationToken.None);
    }

    private static bool EndsTransactions(SqlStatement statement)
    {
        try
        {
            return new SqlFile("", statement.Sql).Statements().Any(part => part.Begins || part.Ends);
        }
        catch (RequestException)
        {
            return false; // it cannot be split here; the server will say what it is
        }
    }
}
