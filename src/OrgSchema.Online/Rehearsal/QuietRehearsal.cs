using Npgsql;

namespace OrgSchema.Online;

/// <summary>A step of a rehearsal and what does not work as before after it.</summary>
/// <param name="Leg">On which way.</param>
/// <param name="Migration">The migration.</param>
/// <param name="Failures">Statements of probes that worked before.</param>
public sealed record ProbedStep(Leg Leg, KnownMigration Migration, IReadOnlyList<ProbeFailure> Failures);

/// <summary>What a migration should give back and does not.</summary>
/// <param name="Leg">On which way: down must lead to what was before up, up again to what up has made.</param>
/// <param name="Migration">The migration.</param>
/// <param name="Lines">The differences: <c>- expected</c>, <c>+ actual</c>.</param>
public sealed record ReturnedDifference(Leg Leg, KnownMigration Migration, IReadOnlyList<string> Lines);

/// <summary>What was seen on a copy that nobody else uses: schema and rows before and after each step, probes, rights of roles.</summary>
public sealed record QuietResult
{
    /// <summary>Every step, with its probes.</summary>
    public required IReadOnlyList<ProbedStep> Steps { get; init; }

    /// <summary>Statements of probes that failed before the first step: what they do later says nothing.</summary>
    public required IReadOnlyList<ProbeOutcome> FailingBefore { get; init; }

    /// <summary>What is not given back.</summary>
    public required IReadOnlyList<ReturnedDifference> Differences { get; init; }

    /// <summary>What roles can do otherwise than before, at the end.</summary>
    public required IReadOnlyList<SurfaceChange> Surface { get; init; }

    /// <summary>What is wrong.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }
}

/// <summary>Goes every <see cref="Leg"/> on a copy that nobody else uses, and looks around after every step.</summary>
/// <param name="options">What to look at.</param>
/// <param name="copy">The copy, with its rows.</param>
/// <param name="progress">Told what happens.</param>
public sealed class QuietRehearsal(RehearsalOptions options, DatabaseCopy copy, IProgress<MigrationEvent> progress)
{
    private readonly Journey _journey = new(options.Migrator, copy, progress);
    private readonly Dictionary<KnownMigration, Fingerprint> _before = [];
    private readonly Dictionary<KnownMigration, Fingerprint> _after = [];
    private readonly HashSet<string> _told = [];
    private Fingerprint? _now;
    private readonly List<ProbedStep> _steps = [];
    private readonly List<ReturnedDifference> _differences = [];
    private readonly List<Finding> _findings = [];

    /// <summary>Runs it. A migration that fails ends it, and is a finding.</summary>
    public async Task<QuietResult> RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(copy.OwnerConnectionString) { Pooling = false, CommandTimeout = 0 }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        var surface = await SurfaceAsync(connection, cancellationToken);
        var probes = await ProbeBaseline.TakeAsync(connection, options.Probes, cancellationToken);
        await _journey.BeginAsync(cancellationToken);
        // Rows that were made up need not be as the migrations that are applied already would have left them.
        var doubtful = (await VerifyAsync(cancellationToken)).Select(finding => finding.Id).ToHashSet();
        var declared = await DeclaredByMigrationsAsync(cancellationToken);
        try
        {
            foreach (var leg in Enum.GetValues<Leg>())
            {
                foreach (var step in await _journey.StepsAsync(leg, cancellationToken))
                    await StepAsync(connection, probes, leg, step, cancellationToken);
                if (leg is Leg.UpAgain or Leg.Contract or Leg.UpAgainAfterContract)
                    _findings.AddRange((await VerifyAsync(cancellationToken)).Where(finding => !doubtful.Contains(finding.Id)));
            }
        }
        catch (OnlineMigrationException e)
        {
            _findings.Add(new Finding(FindingCatalog.MigrationFailed.Id, e.Message, e.Remedy));
        }

        var changed = await SurfaceAsync(connection, cancellationToken);
        _findings.AddRange(changed.OpenedSince(surface, options.OpenRoles, declared));
        return new QuietResult
        {
            Steps = _steps,
            FailingBefore = probes.Failing,
            Differences = _differences,
            Surface = changed.ChangesSince(surface),
            Findings = _findings.DistinctBy(finding => (finding.Id, finding.Message)).ToList(),
        };
    }

    private async Task StepAsync(NpgsqlConnection connection, ProbeBaseline probes, Leg leg, KnownMigration step, CancellationToken cancellationToken)
    {
        if (leg.IsFirst())
            _before[step] = _now ?? await FingerprintAsync(connection, cancellationToken);
        await _journey.RunAsync(leg, step, cancellationToken);
        _now = await FingerprintAsync(connection, cancellationToken);
        if (leg.IsFirst())
            _after[step] = _now;
        else if ((leg.IsDown() ? _before : _after).TryGetValue(step, out var expected))
            Compare(leg, step, _now.DifferencesFrom(expected));
        _steps.Add(new ProbedStep(leg, step, await probes.CompareAsync(connection, cancellationToken, _journey.GoesBelow)));
    }

    // What one step has left is there after the next ones, too; rows may look otherwise then, with fewer columns.
    private void Compare(Leg leg, KnownMigration step, IReadOnlyList<string> differences)
    {
        string[] fresh = [.. differences.Where(line => !_told.Contains(Key(line)))];
        _told.UnionWith(fresh.Select(Key));
        if (fresh.Length > 0)
            _differences.Add(new ReturnedDifference(leg, step, fresh));

        static string Key(string line) => line.IndexOf(": row (", StringComparison.Ordinal) is > 0 and var at ? $"rows of {line[2..at]}" : line;
    }

    private async Task<IReadOnlyList<Finding>> VerifyAsync(CancellationToken cancellationToken)
    {
        if (options.Migrator.Verify is not { } verify)
            return [];
        await using var migrator = new Migrator(options.Migrator with { ConnectionString = copy.ConnectionString });
        return await migrator.AskAsync(verify, cancellationToken);
    }

    private async Task<IReadOnlyList<DeclaredGrant>> DeclaredByMigrationsAsync(CancellationToken cancellationToken)
    {
        await using var migrator = new Migrator(options.Migrator with { ConnectionString = copy.ConnectionString });
        return [.. (await migrator.PlanAsync(cancellationToken)).SelectMany(planned => planned.Grants)];
    }

    // Where a sequence is says nothing: what a probe has taken from it is not rolled back.
    private async Task<Fingerprint> FingerprintAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await Fingerprint.ReadAsync(connection, new FingerprintScope { ExceptSchemas = [options.Migrator.PrivateSchema] }, cancellationToken))
            .Where(line => !line.Text.StartsWith("last value ", StringComparison.Ordinal));

    private Task<RoleSurface> SurfaceAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        RoleSurface.ReadAsync(connection, options.Roles, options.ExposedSchemas, cancellationToken);
}
