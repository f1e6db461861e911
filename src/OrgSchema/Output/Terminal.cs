using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OrgSchema.LocalPostgres;
using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary>How results are written.</summary>
internal enum OutputFormat
{
    Text,
    Json,
}

/// <summary>Where results and progress go: the result to standard output, in JSON as one document; what JSON cannot hold to standard error.</summary>
internal sealed class Terminal(OutputFormat format, bool verbose)
{
    public bool IsJson { get; } = format == OutputFormat.Json;

    public bool IsVerbose { get; } = verbose;

    /// <summary>Text for people on standard output; nowhere in JSON.</summary>
    public IAnsiConsole Text { get; } = format == OutputFormat.Json ? AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) }) : Plain(Console.Out);

    /// <summary>Errors and warnings.</summary>
    public IAnsiConsole Error { get; } = Plain(Console.Error);

    /// <summary>Whether somebody is there to be asked.</summary>
    public bool CanAsk => !IsJson && !Console.IsInputRedirected && Text.Profile.Out.IsTerminal;

    /// <summary>Says what happens now, before a result is there.</summary>
    public void Tell(string text)
    {
        if (IsJson)
            Console.Error.WriteLine(JsonSerializer.Serialize(new EventDocument("stage") { Text = text }, JsonLines.Default.EventDocument));
        else
            Text.WriteLine(text);
    }

    /// <summary>Says something beside the result.</summary>
    public void Remark(string text)
    {
        if (IsJson)
            Tell(text);
        else
            Error.WriteLine($"note      {text}");
    }

    /// <summary>Asks, and takes anything but yes for a no.</summary>
    public async Task<bool> AskAsync(string question)
    {
        if (await Text.ConfirmAsync(question, defaultValue: false))
            return true;
        Text.WriteLine(Wording.NothingChanged);
        return false;
    }

    /// <summary>Asks what to do about a step of an earlier run that may have finished.</summary>
    public Task<CutOffAnswer> AskAsync(CutOffStep step) => Text.PromptAsync(
        new SelectionPrompt<CutOffAnswer>()
            .Title(Markup.Escape($"{step} Has it finished?"))
            .AddChoices(CutOffAnswer.Refuse, CutOffAnswer.Finished, CutOffAnswer.Again)
            .UseConverter(Wording.CutOff));

    /// <summary>Writes the result: as a document, or as text.</summary>
    public void Show<T>(T document, JsonTypeInfo<T> type, string text)
    {
        if (IsJson)
            WriteJson(document, type);
        else
            Text.WriteLine(text);
    }

    public static void WriteJson<T>(T document, JsonTypeInfo<T> type) => Console.Out.WriteLine(JsonSerializer.Serialize(document, type));

    /// <summary>Runs migrations with their progress shown; an error is shown with what was changed before it.</summary>
    public async Task<int> RunAsync(Func<IProgress<MigrationEvent>, Task<int>> run)
    {
        var progress = new RunProgress(this);
        try
        {
            return await RunProgress.WhileShownAsync(this, live =>
            {
                progress.Live = live;
                return run(progress);
            });
        }
        catch (Exception e) when (e is not CutOffException || !CanAsk)
        {
            return ErrorReport.Failure(this, e, progress.Account);
        }
    }

    /// <summary>Shows a bar while PostgreSQL is fetched, and nothing when it is there.</summary>
    public async Task<T> WhileStartingAsync<T>(Func<IProgress<DownloadProgress>, Task<T>> start)
    {
        var bar = new DownloadBar(this);
        try
        {
            return await start(bar);
        }
        finally
        {
            bar.End();
        }
    }

    // Spectre cuts and wraps at the width of the terminal; a log has none.
    private static IAnsiConsole Plain(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (!console.Profile.Out.IsTerminal)
            console.Profile.Width = 10_000;
        return console.OnlyPrintable();
    }

    private sealed class DownloadBar(Terminal terminal) : IProgress<DownloadProgress>
    {
        private readonly Lock _lock = new();
        private int _shown = -1;

        private bool IsDrawn => !terminal.IsJson && terminal.Error.Profile.Out.IsTerminal;

        // One line that is written again: a live display cannot be started from inside a callback.
        public void Report(DownloadProgress value)
        {
            lock (_lock)
            {
                var percent = value.Total is > 0 and var total ? (int)(value.Bytes * 100 / total) : 0;
                if (percent == _shown)
                    return;
                _shown = percent;
                if (IsDrawn)
                    terminal.Error.Profile.Out.Writer.Write($"\rfetching PostgreSQL  {new string('█', percent / 4),-25} {percent,3} %  {value.Bytes / 1_000_000} MB ");
                else if (percent % 25 == 0 && terminal.IsJson)
                    terminal.Tell($"fetching PostgreSQL: {percent} %");
                else if (percent % 25 == 0)
                    terminal.Error.WriteLine($"fetching PostgreSQL: {percent} %");
            }
        }

        public void End()
        {
            if (_shown >= 0 && IsDrawn)
                terminal.Error.WriteLine();
        }
    }
}
