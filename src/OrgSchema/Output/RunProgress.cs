using System.Text.Json;
using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary>Shows a run as it goes: a line per migration, a bar for a backfill on a terminal, JSON lines on standard error with <c>--output json</c>.</summary>
internal sealed class RunProgress(Terminal terminal) : IProgress<MigrationEvent>
{
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(5);

    private ProgressContext? _live;
    private ProgressTask? _bar;
    private DateTime _lastPlain;

    /// <summary>Migrations that are done, in order.</summary>
    public List<MigrationFinished> Finished { get; } = [];

    /// <summary>The migration under way.</summary>
    public KnownMigration? Current { get; private set; }

    /// <summary>Whether a part of it has committed.</summary>
    public bool IsHalfDone { get; private set; }

    /// <summary>Runs with a live display where there is a terminal for it.</summary>
    public Task<int> WhileShownAsync(Func<Task<int>> run)
    {
        if (terminal.IsJson || !terminal.Text.Profile.Out.IsTerminal)
            return run();
        return terminal.Text.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                _live = context;
                return await run();
            });
    }

    public void Report(MigrationEvent value)
    {
        switch (value)
        {
            case MigrationStarted started:
                (Current, IsHalfDone) = (started.Migration, false);
                break;
            case StepEnded or BackfillProgressed { Batch: > 0 }:
                IsHalfDone = true;
                break;
            case MigrationFinished finished:
                Finished.Add(finished);
                (Current, IsHalfDone) = (null, false);
                _bar?.StopTask();
                _bar = null;
                break;
        }

        if (terminal.IsJson)
            Console.Error.WriteLine(JsonSerializer.Serialize(EventDocument.Of(value), JsonLines.Default.EventDocument));
        else if (value is BackfillProgressed backfill)
            Show(backfill);
        else if (Wording.Event(value) is { } line)
            terminal.Text.WriteLine(line);
    }

    private void Show(BackfillProgressed backfill)
    {
        if (_live is not null)
        {
            _bar ??= _live.AddTask(Markup.Escape(backfill.Migration.Name), maxValue: Math.Max(1, backfill.Total ?? 0));
            _bar.MaxValue = Math.Max(backfill.Total ?? 0, backfill.Done);
            _bar.Value = backfill.Done;
            _bar.Description = Markup.Escape(Wording.Backfill(backfill));
        }
        else if (DateTime.UtcNow - _lastPlain > PlainInterval)
        {
            _lastPlain = DateTime.UtcNow;
            terminal.Text.WriteLine(Wording.Backfill(backfill));
        }
    }
}
