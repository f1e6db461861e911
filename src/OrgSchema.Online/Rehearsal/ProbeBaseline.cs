using Npgsql;

namespace OrgSchema.Online;

/// <summary>A statement of a probe that worked before, and fails now or returns something else.</summary>
/// <param name="Probe">Name of the probe.</param>
/// <param name="Statement">The statement.</param>
/// <param name="What">What became of it.</param>
public sealed record ProbeFailure(string Probe, FileStatement Statement, string What)
{
    /// <summary>Probe, line, statement, and what became of it.</summary>
    public override string ToString() => $"{Probe}, line {Statement.Place.Line}: {Statement.Sql.ReplaceLineEndings(" ")}: {What}";
}

/// <summary>
/// What probes did before the migrations. Two runs tell what of it can be compared: a default of <c>gen_random_uuid()</c> or
/// <c>now()</c> is something else each time.
/// </summary>
/// <remarks>
/// Columns are compared by name and type, and their values as a set: applications read rows by the names of their
/// columns, and without ORDER BY the order means nothing. A statement may return more columns than before, such as
/// <c>SELECT *</c> after ADD COLUMN, and one that failed before may do whatever it likes.
/// </remarks>
public sealed class ProbeBaseline
{
    private readonly IReadOnlyList<Probe> _probes;
    private readonly IReadOnlyList<ProbeOutcome> _first;
    private readonly IReadOnlyList<ProbeOutcome> _second;

    private ProbeBaseline(IReadOnlyList<Probe> probes, IReadOnlyList<ProbeOutcome> first, IReadOnlyList<ProbeOutcome> second) =>
        (_probes, _first, _second) = (probes, first, second);

    /// <summary>Statements that failed already: what they do later says nothing.</summary>
    public IReadOnlyList<ProbeOutcome> Failing => [.. _second.Where(outcome => outcome.Error is not null)];

    /// <summary>Sends the probes and keeps what they did. Nothing of it stays in the database.</summary>
    /// <param name="connection">An open connection without a transaction, as a role that may become every role of the probes.</param>
    /// <param name="probes">The probes.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public static async Task<ProbeBaseline> TakeAsync(NpgsqlConnection connection, IReadOnlyList<Probe> probes, CancellationToken cancellationToken) => new(
        probes,
        await ProbeOutcome.ReadAsync(connection, probes, cancellationToken),
        await ProbeOutcome.ReadAsync(connection, probes, cancellationToken));

    /// <summary>Sends the probes again and compares.</summary>
    /// <param name="connection">As for <see cref="TakeAsync"/>.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <param name="onlyWhetherItFails">Whether what a statement returns may differ: where less was migrated than at the target.</param>
    /// <returns>What does not work as before; empty: everything does.</returns>
    public async Task<IReadOnlyList<ProbeFailure>> CompareAsync(NpgsqlConnection connection, CancellationToken cancellationToken, bool onlyWhetherItFails = false)
    {
        var now = await ProbeOutcome.ReadAsync(connection, _probes, cancellationToken);
        return [.. now.SelectMany((outcome, place) => Compare(_first[place], _second[place], outcome, onlyWhetherItFails).Take(1).Select(what => new ProbeFailure(outcome.Probe, outcome.Statement, what)))];
    }

    private static IEnumerable<string> Compare(ProbeOutcome first, ProbeOutcome second, ProbeOutcome now, bool onlyWhetherItFails)
    {
        if (first.Error is not null || second.Error is not null)
            yield break;
        if (now.Error is not null)
        {
            yield return $"failed with {now.Error}";
            yield break;
        }

        if (onlyWhetherItFails)
            yield break;
        if (first.Rows == second.Rows && now.Rows != first.Rows)
            yield return $"{now.Rows} rows instead of {first.Rows}";
        foreach (var (name, before) in first.Columns)
        {
            if (!now.Columns.TryGetValue(name, out var value))
                yield return $"column {name} is missing";
            else if (second.Columns.GetValueOrDefault(name) == before && value != before)
                yield return $"column {name} differs";
        }
    }
}
