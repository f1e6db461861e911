using System.CommandLine;
using Npgsql;
using OrgSchema.LocalPostgres;
using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary>An error for people: what happened, to which object, what was changed so far, what to type next.</summary>
internal static class ErrorReport
{
    public static int Usage(Terminal terminal, ParseResult parsed) => Show(
        terminal,
        new ErrorDocument(string.Join("\n", Mistakes(parsed)), Wording.NothingChanged, $"See '{CommandLine.Path(parsed)} --help'.", ExitCode.Usage));

    public static int Failure(Terminal terminal, Exception exception, RunAccount? account = null)
    {
        var code = Show(terminal, Of(exception, account));
        if (terminal.IsVerbose)
            Console.Error.WriteLine(exception);
        return code;
    }

    /// <summary>An error and what was changed before it, in words.</summary>
    public static ErrorDocument Of(Exception exception, RunAccount? account)
    {
        var changed = Wording.ChangedSoFar(account);
        return exception switch
        {
            PreflightException e => new ErrorDocument(e.Message, changed, e.Remedy, ExitCode.PreflightRefused, Findings: e.Findings),
            FluentMigratorHistoryException e => new ErrorDocument(e.Message, changed, Wording.TakeHistoryOver, ExitCode.PreflightRefused),
            CutOffException e => new ErrorDocument(e.Message, changed, Wording.SayCutOff, ExitCode.PreflightRefused),
            LockBudgetException e => new ErrorDocument(e.Message, changed, e.Remedy, ExitCode.LockBudgetSpent, Blockers: [.. e.Blockers.Select(blocker => blocker.ToString())]),
            RunnerLockTakenException e => new ErrorDocument(e.Message, changed, e.Remedy, ExitCode.RunnerLockTaken),
            TargetException or RequestException => new ErrorDocument(exception.Message, changed, ((OnlineMigrationException)exception).Remedy, ExitCode.Usage),
            OnlineMigrationException e => new ErrorDocument(e.Message, changed, e.Remedy, ExitCode.Failed),
            ConfigurationException e => new ErrorDocument(e.Message, changed, Wording.CorrectConfiguration, ExitCode.Usage),
            LocalPostgresException e => new ErrorDocument(e.Message, changed, null, ExitCode.Failed),
            OperationCanceledException => new ErrorDocument("Interrupted.", changed, Wording.SafeToRunAgain, ExitCode.Interrupted),
            PostgresException e => new ErrorDocument($"The server refused a question: {e.MessageText} ({e.SqlState}).", changed, "Run 'preflight' for what may be missing.", ExitCode.Failed),
            NpgsqlException e => new ErrorDocument($"The connection was lost: {e.Message.TrimEnd('.')}.", changed, Wording.SafeToRunAgain, ExitCode.Failed),
            IOException e => new ErrorDocument(
                $"Not everything could be written: {e.Message.TrimEnd('.')}.",
                changed,
                "Make room, or write it elsewhere, and run the same command again.",
                ExitCode.Failed),
            _ => new ErrorDocument($"{exception.GetType().Name}: {exception.Message}", changed, "This is an error of the program. Run with --verbose for where, and report it.", ExitCode.Failed),
        };
    }

    private static int Show(Terminal terminal, ErrorDocument error)
    {
        if (terminal.IsJson)
        {
            Terminal.WriteJson(error, JsonDocuments.Default.ErrorDocument);
            return error.ExitCode;
        }

        ShowText(terminal, error);
        return error.ExitCode;
    }

    /// <summary>The error as text, of one target if there are many.</summary>
    public static void ShowText(Terminal terminal, ErrorDocument error, string? target = null)
    {
        terminal.Error.WriteLine($"error: {(target is null ? "" : $"{target}: ")}{error.Error}");
        foreach (var finding in error.Findings ?? [])
            terminal.Error.WriteLine(FindingReport.Line(finding));
        terminal.Error.WriteLine($"       {error.Changed}");
        if (error.Next is not null)
            terminal.Error.WriteLine($"next:  {error.Next}");
    }

    private static IEnumerable<string> Mistakes(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens.Count == 0)
            return parsed.Errors.Select(error => error.Message).Distinct();
        // The value of a misspelled option may be a password, alone or in a URL: the option says enough.
        var options = parsed.UnmatchedTokens.Where(token => token.StartsWith('-')).Select(token => token.Split('=')[0]).ToList();
        return options.Count > 0
            ? options.Select(Wording.Unrecognized)
            : parsed.UnmatchedTokens.Select(token => token.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.') ? Wording.Unrecognized(token) : Wording.ValueWithoutOption);
    }
}
