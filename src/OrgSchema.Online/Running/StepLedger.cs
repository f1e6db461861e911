using System.Security.Cryptography;
using System.Text;

namespace OrgSchema.Online;

/// <summary>The finished steps of migrations without a transaction: the next run goes on behind them.</summary>
/// <remarks>
/// It holds what authors have written, because nothing else in the database tells that it has run. Our own verbs ask the catalog. A step that fits
/// into a transaction is recorded in it. Any other one is recorded before it begins, and again when it has finished: if a run finds it begun, the
/// catalog may tell how it ended, or somebody has to. The rows of a version go when the version is recorded.
/// </remarks>
internal sealed class StepLedger
{
    private readonly Session _session;
    private readonly string _schema;
    private readonly List<LedgerEntry> _entries;

    private StepLedger(Session session, string schema, List<LedgerEntry> entries) => (_session, _schema, _entries) = (session, schema, entries);

    public static QualifiedName In(string schema) => new(schema, "step_ledger");

    /// <summary>Reads what runs that were cut off have left.</summary>
    public static async Task<StepLedger> ReadAsync(Session session, string schema, CancellationToken cancellationToken) =>
        new(session, schema, await session.QueryAsync(LedgerEntry.All(schema), LedgerEntry.Read, cancellationToken));

    /// <summary>The command that forgets the steps of a migration.</summary>
    public static string Forget(string schema, KnownMigration migration) => $"DELETE FROM {In(schema)} WHERE version = {migration.Version}";

    /// <summary>Whether runs before have left something of a migration.</summary>
    public bool Knows(KnownMigration migration) => Of(migration).Any();

    /// <summary>Whether a run before has begun with a step, and not finished it.</summary>
    public bool HasBegun(CompiledMigration compiled, Step step) => BegunAs(compiled, step) is not null;

    /// <summary>The place of a step with which a run before has begun; null if none has.</summary>
    public long? BegunAs(CompiledMigration compiled, Step step) => Of(compiled.Migration)
        .Where(entry => entry.Direction == compiled.Context.Direction && !entry.IsFinished && entry.Said == Said(step))
        .Select(entry => (long?)entry.Id).FirstOrDefault();

    /// <summary>Settles what runs before have left of a migration, before anything of it runs.</summary>
    /// <param name="compiled">The migration.</param>
    /// <param name="answer">What to do about a step of which nothing tells whether it has finished.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="RequestException">It cannot go on; nothing was changed.</exception>
    /// <exception cref="CutOffException">Nothing tells where it stands; nothing was changed.</exception>
    public async Task SettleAsync(CompiledMigration compiled, CutOffAnswer answer, CancellationToken cancellationToken)
    {
        var (migration, direction) = (compiled.Migration, compiled.Context.Direction);
        foreach (var other in Of(migration).Where(entry => entry.Direction != direction).ToList())
        {
            // What half a Down has taken back, an Up that does not converge would not make again. But half an Up is still half done if its Down fails.
            if (OnlineMigration.Is(migration))
                await ForgetAsync(other, cancellationToken);
            else if (direction == Direction.Up)
            {
                throw new RequestException(
                    $"A Down of {migration} was cut off behind '{other.Text}': its Up cannot begin in the middle.",
                    $"Revert {migration.Version} first, then apply it.");
            }
        }

        foreach (var begun in Of(migration).Where(entry => entry.Direction == direction && !entry.IsFinished).ToList())
        {
            if (compiled.Steps.OfType<RewrittenStep>().Any(step => Said(step) == begun.Said))
                continue; // each of its parts asks whether it is still to be done
            if (await HasFinishedAsync(begun, compiled, answer, cancellationToken))
                await FinishAsync(begun, cancellationToken);
            else
                await ForgetAsync(begun, cancellationToken);
        }

        _ = Due(compiled);
    }

    /// <summary>The steps that are still to be done.</summary>
    /// <exception cref="RequestException">The steps are not those that have begun to run.</exception>
    public IReadOnlyList<Step> Due(CompiledMigration compiled)
    {
        var finished = new Queue<LedgerEntry>(Of(compiled.Migration).Where(entry => entry.Direction == compiled.Context.Direction && entry.IsFinished));
        var due = new List<Step>();
        string? skipped = null;
        foreach (var step in compiled.Steps)
        {
            // A migration that asks what exists has no step for what it has made: the ledger may know more steps, in the same order.
            if (step.RunsOnce && finished.Any(entry => entry.Said == Said(step)))
            {
                if (skipped is not null)
                {
                    throw new RequestException(
                        $"{compiled.Migration} was cut off behind '{Text(step)}', and has another step before it now: '{skipped}'.",
                        "Let the migration be as it was, and run the same command again. What is new belongs into a migration of its own.");
                }

                while (finished.Dequeue().Said != Said(step))
                {
                }
            }
            else
            {
                due.Add(step);
                if (step.RunsOnce)
                    skipped ??= Text(step);
            }
        }

        return due;
    }

    /// <summary>The command that records a step as finished, in its own transaction.</summary>
    public string Finished(CompiledMigration compiled, Step step) => Insert(compiled, step, isFinished: true);

    /// <summary>Records that a step has begun which cannot be recorded in its own transaction.</summary>
    public Task<long> BeginAsync(CompiledMigration compiled, Step step, CancellationToken cancellationToken) =>
        _session.ScalarAsync<long>($"{Insert(compiled, step, isFinished: false)} RETURNING id", cancellationToken);

    /// <summary>Records that a step which had begun has finished.</summary>
    public Task FinishAsync(long id, CancellationToken cancellationToken) =>
        _session.ExecuteAsync($"UPDATE {In(_schema)} SET finished = true WHERE id = {id}", cancellationToken);

    /// <summary>Records that a step which had begun has left nothing.</summary>
    public Task ForgetAsync(long id, CancellationToken cancellationToken) =>
        _session.ExecuteAsync($"DELETE FROM {In(_schema)} WHERE id = {id}", cancellationToken);

    private IEnumerable<LedgerEntry> Of(KnownMigration migration) => _entries.Where(entry => entry.Version == migration.Version);

    private async Task<bool> HasFinishedAsync(LedgerEntry begun, CompiledMigration compiled, CutOffAnswer answer, CancellationToken cancellationToken)
    {
        var step = compiled.Steps.FirstOrDefault(step => step.RunsOnce && Said(step) == begun.Said);
        if (step?.Statements[^1].IsFinished is { } proof)
        {
            var hasFinished = false;
            await _session.AsAuthorAsync(async () => hasFinished = await _session.ScalarAsync<bool>(proof, cancellationToken)); // names as the author has them
            return hasFinished;
        }

        return answer == CutOffAnswer.Refuse
            ? throw new CutOffException(new CutOffStep(compiled.Migration, compiled.Context.Direction, begun.Text, begun.BegunAt))
            : answer == CutOffAnswer.Finished;
    }

    private async Task FinishAsync(LedgerEntry entry, CancellationToken cancellationToken)
    {
        await FinishAsync(entry.Id, cancellationToken);
        _entries[_entries.IndexOf(entry)] = entry with { IsFinished = true };
    }

    private async Task ForgetAsync(LedgerEntry entry, CancellationToken cancellationToken)
    {
        await ForgetAsync(entry.Id, cancellationToken);
        _entries.Remove(entry);
    }

    private string Insert(CompiledMigration compiled, Step step, bool isFinished) => $"""
        INSERT INTO {In(_schema)} (version, direction, said, text, finished)
        VALUES ({compiled.Migration.Version}, {Literal.Of(compiled.Context.Way)}, {Literal.Of(Said(step))}, {Literal.Of(Text(step))}, {(isFinished ? "true" : "false")})
        """;

    private static string Said(Step step) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(step.Said)));

    private static string Text(Step step) => SqlStatement.FirstLine(step.Name);
}
