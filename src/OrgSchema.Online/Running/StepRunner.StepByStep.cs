using Npgsql;

namespace OrgSchema.Online;

/// <content>Migrations whose steps commit one by one.</content>
internal sealed partial class StepRunner
{
    /// <summary>Runs a migration step by step, each with its own attempts, behind those that an earlier run has finished.</summary>
    /// <param name="compiled">The migration.</param>
    /// <param name="ledger">What is finished.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task RunStepByStepAsync(CompiledMigration compiled, StepLedger ledger, CancellationToken cancellationToken)
    {
        var builds = string.Join('\n', compiled.Statements.Select(statement => statement.Sql).Where(PatientSql.MayLeaveInvalid));
        IReadOnlyList<InvalidIndex> before = builds.Length == 0 ? [] : await InvalidIndex.ReadAsync(session, cancellationToken);
        foreach (var steps in Together(ledger.Due(compiled), compiled.JoinsSteps))
        {
            _committedRows = Rows;
            if (compiled.JoinsSteps && IsJoinable(steps[0]))
                await RunTogetherAsync(compiled with { Steps = steps }, ledger, cancellationToken);
            else
                await RunAsync(steps[0], compiled, ledger, cancellationToken);
        }

        if (builds.Length > 0)
            await RefuseInvalidAsync(before, builds, cancellationToken);
    }

    /// <summary>Steps of one transaction, as far as the steps in between let them be.</summary>
    private static IEnumerable<IReadOnlyList<Step>> Together(IReadOnlyList<Step> due, bool joins)
    {
        for (var at = 0; at < due.Count;)
        {
            Step[] steps = [due[at], .. joins && IsJoinable(due[at]) ? due.Skip(at + 1).TakeWhile(IsJoinable) : []];
            yield return steps;
            at += steps.Length;
        }
    }

    private static bool IsJoinable(Step step) =>
        step is StatementStep or CodeStep && step.Statements.All(statement => !statement.IsAlone && statement.Waits == WaitsFor.Briefly);

    private async Task RunTogetherAsync(CompiledMigration compiled, StepLedger ledger, CancellationToken cancellationToken)
    {
        string[] records = [.. compiled.Steps.Where(step => step.RunsOnce).Select(step => ledger.Finished(compiled, step))];
        var name = SqlStatement.FirstLine(compiled.Steps[0].Name);
        var began = options.Clock.GetTimestamp();
        await policy.RunAsync($"{migration.Name}: {name}", token => RunInTransactionAsync(compiled, first: null, records, token), cancellationToken);
        Steps++;
        progress.Report(new StepEnded(migration, name, options.Clock.GetElapsedTime(began)));
    }

    private async Task RunAsync(Step step, CompiledMigration compiled, StepLedger ledger, CancellationToken cancellationToken)
    {
        var record = step.RunsOnce ? new StepRecord(ledger, compiled, step) : null;
        switch (step)
        {
            case RewrittenStep rewritten:
                await RunAsync(rewritten, compiled, ledger, cancellationToken);
                break;
            case BatchedStep batched:
                await RunAsync(batched.Work, compiled.Context, options, cancellationToken);
                break;
            case CodeStep code: // what it has done has committed: no attempts
                await record!.AroundAsync(() => session.AsAuthorAsync(() => RunAsync(code, cancellationToken)), leavesNothing: false, cancellationToken);
                break;
            default:
                await policy.RunAsync($"{migration.Name}: {SqlStatement.FirstLine(step.Name)}", token => OnceAsync(step, record, token), cancellationToken);
                break;
        }
    }

    private async Task RunAsync(RewrittenStep step, CompiledMigration compiled, StepLedger ledger, CancellationToken cancellationToken)
    {
        var id = ledger.BegunAs(compiled, step);
        if (id is null && step.MayBegin is { } mayBegin && !await session.ScalarAsync<bool>(mayBegin, cancellationToken))
        {
            await RunAsync(new StatementStep(step.Name, [step.Original]), compiled, ledger, cancellationToken); // as it is written, it fails at once
            return;
        }

        id ??= await ledger.BeginAsync(compiled, step, cancellationToken);
        try
        {
            foreach (var part in step.Parts)
                await RunPartAsync(part, compiled, cancellationToken);
        }
        catch (Exception e) when (e is MigrationFailedException || e is PostgresException refusal && IsRefusal(refusal))
        {
            var failed = Current;
            foreach (var statement in step.Cleanup)
                await RunPartAsync(new StatementStep(statement.Sql, [statement]), compiled, cancellationToken);
            await ledger.ForgetAsync(id.Value, CancellationToken.None);
            Current = failed;
            if (e is PostgresException inOurs && step.InItsWords(inOurs) is { } inItsWords)
                throw inItsWords;
            throw;
        }

        await ledger.FinishAsync(id.Value, CancellationToken.None);
    }

    // What an author has written is in it: it means what it means with the author's settings, which other sessions do not have.
    private Task RunPartAsync(Step part, CompiledMigration compiled, CancellationToken cancellationToken) => part is BatchedStep { Work: var work }
        ? session.AsAuthorAsync(() => RunAsync(
            work, compiled.Context, options with { Backfill = options.Backfill with { Workers = 1 } }, cancellationToken))
        : policy.RunAsync($"{migration.Name}: {SqlStatement.FirstLine(part.Name)}", token => OnceAsync(part, record: null, token), cancellationToken);

    // A name that is taken makes IF NOT EXISTS pass over an index that was never finished.
    private async Task RefuseInvalidAsync(IReadOnlyList<InvalidIndex> before, string builds, CancellationToken cancellationToken)
    {
        Current = null;
        foreach (var index in await InvalidIndex.ReadAsync(session, cancellationToken))
        {
            if (!before.Contains(index) || index.IsNamedIn(builds))
            {
                throw new MigrationFailedException(
                    migration.ToString(),
                    $"{migration} failed: the index {index.FullName} is INVALID.",
                    $"DROP INDEX CONCURRENTLY {index.FullName}; -- then run the same command again",
                    sql: null);
            }
        }
    }
}
