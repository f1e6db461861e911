using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary>Shows runs on many databases as they go: what one run shows, with the database's name before it, and on a terminal how many are left.</summary>
internal sealed class FleetProgress : IProgress<FleetEvent>
{
    private readonly Terminal _terminal;
    private readonly Dictionary<string, (NamedTarget Target, RunProgress Progress)> _targets;
    private ProgressTask? _all;

    public FleetProgress(Terminal terminal, IReadOnlyList<NamedTarget> targets)
    {
        const int WidestColumn = 32;
        var width = Math.Min(WidestColumn, targets.Max(target => target.Name.Length));
        _terminal = terminal;
        _targets = targets.ToDictionary(target => target.Name, target => (target, new RunProgress(terminal, terminal.IsJson ? target.Name : target.Name.PadRight(width))));
    }

    /// <summary>The result of one database, with what it has told.</summary>
    public FleetTargetDocument DocumentOf(FleetResult<RunResult> result)
    {
        var (target, progress) = _targets[result.Target.Name];
        return FleetTargetDocument.Of(target, result, progress.Account);
    }

    /// <summary>Runs with a live display where there is a terminal for it.</summary>
    public Task<int> WhileShownAsync(Func<Task<int>> run) => RunProgress.WhileShownAsync(_terminal, live =>
    {
        _all = live?.AddTask("databases", maxValue: _targets.Count);
        foreach (var (_, progress) in _targets.Values)
            progress.Live = live;
        return run();
    });

    public void Report(FleetEvent value)
    {
        var (target, progress) = _targets[value.Target.Name];
        switch (value)
        {
            case FleetTargetTold told:
                progress.Report(told.Event);
                break;
            case FleetTargetStarted started:
                progress.Show(Wording.FleetTargetStarted(started.IsCanary), new EventDocument("targetStarted") { Target = target.Name });
                break;
            case FleetTargetEnded ended:
                var document = FleetTargetDocument.Of(target, ended.Result, progress.Account);
                progress.Show(
                    Wording.FleetTargetEnded(document),
                    new EventDocument("targetEnded") { Target = target.Name, Outcome = document.Outcome, Milliseconds = ended.Result.Took.TotalMilliseconds, Text = document.Error?.Error });
                _all?.Increment(1);
                break;
        }
    }
}
