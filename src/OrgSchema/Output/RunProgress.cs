using System.Text.Json;
using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary>Shows a run as it goes: a line per migration, a bar for a backfill on a terminal, JSON lines on standard error with <c>--output json</c>.</summary>
/// <param name="terminal">Where.</param>
/// <param name="target">Which of many databases it is about; null if there is only one.</param>
internal sealed class RunProgress(Terminal terminal, string? target = null) : IProgress<MigrationEvent>
{
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(5);

    private ProgressTask? _bar;
    private DateTime _lastPlain = DateTime.UtcNow; // a backfill of a moment is not worth a line

    /// <summary>How far the run has come.</summary>
    public RunAccount Account { get; } = new();

    /// <summary>The display with bars; null where there is no terminal for it.</summary>
    public ProgressContext? Live { get; set; }

    /// <summary>Runs with a live display where there is a terminal for it.</summary>
    public static Task<int> WhileShownAsync(Terminal terminal, Func<ProgressContext?, Task<int>> run) => terminal.IsJson || !terminal.Text.Profile.Out.IsTerminal
        ? run(null)
        : terminal.Text.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(run);

    public void Report(MigrationEvent value)
    {
        Account.Take(value);
        if (value is MigrationFinished)
        {
            _bar?.StopTask();
            _bar = null;
        }

        if (value is BackfillProgressed backfill && !terminal.IsJson)
            Show(backfill);
        else
            Show(Wording.Event(value), EventDocument.Of(value) with { Target = target });
    }

    /// <summary>Shows one event: as a line for people, if it is worth one, or as a document.</summary>
    public void Show(string? line, EventDocument document)
    {
        if (terminal.IsJson)
            Console.Error.WriteLine(JsonSerializer.Serialize(document, JsonLines.Default.EventDocument));
        else if (line is not null)
            terminal.Text.WriteLine(Wording.About(target, line));
    }

    private void Show(BackfillProgressed backfill)
    {
        if (Live is not null)
        {
            _bar ??= Live.AddTask(Markup.Escape(backfill.Migration.Name), maxValue: Math.Max(1, backfill.Total ?? 0));
            _bar.MaxValue = Math.Max(backfill.Total ?? 0, backfill.Done);
            _bar.Value = backfill.Done;
            _bar.Description = Markup.Escape(Wording.About(target, Wording.Backfill(backfill)));
        }
        else if (DateTime.UtcNow - _lastPlain > PlainInterval)
        {
            _lastPlain = DateTime.UtcNow;
            terminal.Text.WriteLine(Wording.About(target, Wording.Backfill(backfill)));
        }
    }
}
