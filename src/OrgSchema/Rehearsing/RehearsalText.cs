using System.Globalization;
using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary>The report of a rehearsal on a terminal: worst first.</summary>
internal static class RehearsalText
{
    private const int Shown = 12;

    public static void Show(Job job, RehearsalDocument document, string? page)
    {
        if (job.Terminal.IsJson)
        {
            Terminal.WriteJson(document, JsonDocuments.Default.RehearsalDocument);
            return;
        }

        var text = job.Terminal.Text;
        text.WriteLine();
        text.Write(Statements(document));
        foreach (var client in document.Clients)
            text.WriteLine(Wording.Client(client));
        text.WriteLine(Wording.Probed(document));
        foreach (var table in document.Tables.Where(table => table.Reason is not null))
            text.WriteLine(Wording.NotFilled(table));
        foreach (var omission in document.Omissions)
            text.WriteLine(Wording.LeftOut(omission));
        text.WriteLine($"sandbox   {Wording.Sandbox(document)}");
        foreach (var change in document.Surface.Where(change => change.Role.Length > 0 || change.Before is not null || change.Kind is not nameof(SurfaceKind.RowSecurity)))
            text.WriteLine($"rights    {change.Subject}{(change.Role.Length == 0 ? "" : $", {change.Role}")}: {change.Before ?? "nothing"} -> {change.After ?? "nothing"}");
        foreach (var finding in document.Findings)
            text.WriteLine(FindingReport.Line(finding));
        text.WriteLine(Wording.Verdict(document));
        if (page is not null)
            text.WriteLine($"The report is in {page}.");
    }

    private static Table Statements(RehearsalDocument document)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("way", "migration", "statement", "strongest lock", "held", "rows", "WAL", "slowest client");
        foreach (var statement in document.Statements.OrderByDescending(statement => statement.BlockedMilliseconds).ThenByDescending(statement => statement.Milliseconds).Take(Shown))
        {
            var strongest = statement.Locks.OrderByDescending(taken => taken.BlocksReads).ThenByDescending(taken => taken.BlocksWrites).ThenByDescending(taken => taken.HeldMilliseconds).FirstOrDefault();
            table.AddRow(
                Wording.Way(statement.Leg),
                Markup.Escape(statement.Migration),
                Markup.Escape(Wording.FirstLine(statement.Sql) + (statement.Times > 1 ? string.Create(CultureInfo.InvariantCulture, $" ({statement.Times} times)") : "")),
                strongest is null ? "none" : Markup.Escape($"{strongest.Mode} on {strongest.Table}"),
                strongest is null ? "" : Wording.Milliseconds(strongest.HeldMilliseconds),
                statement.Rows.ToString("#,0", CultureInfo.InvariantCulture),
                Wording.Bytes(statement.WalBytes),
                statement.SlowestClientMilliseconds is { } slowest ? $"{Wording.Milliseconds(slowest)} ({statement.SlowestClient})" : "");
        }

        return table;
    }
}
