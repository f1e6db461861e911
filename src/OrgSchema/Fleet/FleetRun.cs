using System.CommandLine;
using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary>
/// One command on many databases: all are looked at before the first is changed, then the canary, then the others. Each run
/// is what it is for one database, with its lock, its log and its verification.
/// </summary>
internal sealed class FleetRun
{
    private readonly ParseResult _parsed;
    private readonly MigrateWay _way;
    private readonly Job _job;
    private readonly IReadOnlyList<NamedTarget> _targets;
    private readonly FleetOptions _options;
    private readonly FleetProgress _progress;

    private FleetRun(ParseResult parsed, MigrateWay way, Tenancy tenancy, IReadOnlyList<NamedTarget> targets)
    {
        _parsed = parsed;
        _way = way;
        _targets = targets;
        _job = new Job(parsed, Job.TerminalOf(parsed), _targets[0].Target, tenancy);
        TargetList.Remark(_job.Terminal, parsed, _targets);
        _options = OptionsOf(parsed);
        _progress = new FleetProgress(_job.Terminal, _targets);
    }

    /// <summary>How many at once, and the rest, from the command line.</summary>
    public static FleetOptions OptionsOf(ParseResult parsed) => new()
    {
        Canary = parsed.GetValue(CommonOptions.Canary),
        Parallel = parsed.GetValue(CommonOptions.Parallel),
        KeepGoing = parsed.GetValue(CommonOptions.KeepGoing),
    };

    /// <summary>Runs it to its end.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="RequestException">The list of databases has mistakes, or nobody is there to be asked. Nothing was changed.</exception>
    public static async Task<int> RunAsync(ParseResult parsed, MigrateWay way, CancellationToken cancellationToken)
    {
        var tenancy = TenancyConfiguration.Load(parsed.GetValue(CommonOptions.Config));
        return await new FleetRun(parsed, way, tenancy, await TargetList.ReadAsync(parsed, cancellationToken)).RunAsync(cancellationToken);
    }

    private async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var terminal = _job.Terminal;
        var canary = _options.CanaryOf([.. _targets.Select(target => target.InFleet)]);
        terminal.Text.WriteLine(Wording.Fleet(_targets.Count, canary.Name, _options.Parallel));
        await using var looking = FleetOf(new(GoesOn: true, IgnoresFunctions: true));
        var memory = TargetMemory.Of(_job);
        var looks = await looking.AskAsync([.. _targets.Select(target => target.InFleet)], (target, migrator, token) => LookAsync(target, migrator, memory, token), cancellationToken);
        var bad = looks.Where(look => look.Value is null).ToList();
        if (bad.Count > 0 && (!_options.KeepGoing || cancellationToken.IsCancellationRequested || bad.Any(look => look.Target == canary)))
            return FleetReport.Show(_job.Terminal, _way.Direction, [.. looks.Select(NotRun)], cancellationToken.IsCancellationRequested, Wording.FleetNotBegun);
        var good = looks.Where(look => look.Value is not null).ToList();
        var answer = await ConfirmAsync(good, memory);
        if (!answer.GoesOn)
            return ExitCode.Interrupted;
        await using var fleet = FleetOf(answer);

        return await _progress.WhileShownAsync(async () =>
        {
            var ran = await fleet.RunAsync([.. good.Select(look => look.Target)], (migrator, token) => _way.RunAsync(_job, migrator, token), cancellationToken);
            var results = ran.ToDictionary(result => result.Target, _progress.DocumentOf);
            var documents = looks.Select(look => results.GetValueOrDefault(look.Target) ?? NotRun(look)).ToList();
            memory?.Remember(terminal, looks
                .Where(look => look.Value is not null && results[look.Target] is { Outcome: not (FleetOutcome.NotStarted or FleetOutcome.NotUsable or FleetOutcome.Refused or FleetOutcome.RunnerLockTaken) })
                .Select(look => ((string?)look.Target.Name, look.Value!.Identity!)));
            return FleetReport.Show(terminal, _way.Direction, documents, cancellationToken.IsCancellationRequested, Wording.FleetSafeToRunAgain);
        });
    }

    private Online.Fleet FleetOf(DownAnswer answer) =>
        _job.Fleet(_options, _progress, options => (_way.Also?.Invoke(_job, options) ?? options) with { IgnoreFunctions = answer.IgnoresFunctions });

    private FleetTargetDocument NotRun(FleetResult<Look> look) => _progress.DocumentOf(new FleetResult<RunResult>(look.Target, null, look.Error, look.Took));

    // A worried person wants to know of every database in the way before the first one is changed.
    private async Task<Look> LookAsync(FleetTarget target, Migrator migrator, TargetMemory? memory, CancellationToken cancellationToken)
    {
        var findings = _way.BeforeAsync is { } before ? await before(_job, migrator, cancellationToken) : [];
        if (findings.Any(finding => finding.Severity == Severity.Error))
            throw new PreflightException(findings);
        var removals = _way.RemovalsAsync is { } read ? await read(_job, migrator, cancellationToken) : RemovalReport.None;
        if (removals.Obstacles.Any(obstacle => obstacle.Severity == Severity.Error))
            throw new PreflightException(removals.Obstacles);
        return new Look(
            memory is null ? null : await TargetMemory.IdentityAsync(_targets.First(named => named.InFleet == target).Target, cancellationToken),
            removals);
    }

    private async Task<DownAnswer> ConfirmAsync(List<FleetResult<Look>> looks, TargetMemory? memory)
    {
        var surprises = memory is null || _parsed.GetValue(CommonOptions.AcceptTarget) ? [] : looks
            .Select(look => memory.Surprise(look.Value!.Identity!, look.Target.Name))
            .OfType<string>()
            .ToList();
        if (surprises.Count > 0 && !await TargetMemory.AskAsync(_job.Terminal, string.Join("\n", surprises)))
            return new(GoesOn: false, IgnoresFunctions: false);
        return _way.AskAsync is not { } ask ? new(GoesOn: true, IgnoresFunctions: false) : await ask(_job, [.. looks.Select(look => ((string?)look.Target.Name, look.Value!.Removals))]);
    }

    private sealed record Look(TargetIdentity? Identity, RemovalReport Removals);
}
