using System.Globalization;
using System.Net;
using System.Text;

namespace OrgSchema;

/// <summary>The report of a rehearsal as one page that needs nothing else: for a change ticket, a phone, a printer.</summary>
public static class RehearsalPage
{
    private const int LongestShown = 8;
    private const string Weak = "weak";

    /// <summary>Writes it.</summary>
    /// <param name="document">The report.</param>
    /// <param name="picture">The timeline, as SVG.</param>
    public static string Of(RehearsalDocument document, string picture)
    {
        var title = $"Rehearsal on {document.Database}";
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <title>{Text(title)}</title>
            <style>
            {Style()}
            </style>
            </head>
            <body>
            <header>
            <p class="verdict {(document.Passed ? "passed" : "failed")}">{(document.Passed ? "passed" : "failed")}</p>
            <h1>{Text(title)}</h1>
            <p>{Text(Wording.Verdict(document))}</p>
            {Facts(document)}
            </header>
            <main>
            {Section("Findings", Findings(document))}
            {Section("Timeline", $"<p>{Text(Wording.Timeline)}</p>\n<div class=\"wide\">{picture}</div>\n{Clients(document)}")}
            {Section("Statements", $"<p>{Text(Wording.StatementsIntro)}</p>\n{Longest(document)}{Statements(document)}")}
            {Section("The old application", Probes(document))}
            {Section("Rollback", Differences(document))}
            {Section("Rights of roles", Surface(document))}
            {Section("The copy", Copy(document))}
            </main>
            <footer>{Text(string.Create(CultureInfo.InvariantCulture, $"{document.Program}, {document.Began:yyyy-MM-dd HH:mm}Z, {document.Seconds:0} s"))}</footer>
            </body>
            </html>

            """;
    }

    private static string Facts(RehearsalDocument document)
    {
        var slowest = document.Clients.Select(client => client.SlowestMilliseconds).DefaultIfEmpty().Max();
        (string Name, string Value)[] facts =
        [
            ("Longest blocking lock", Wording.Milliseconds(document.LongestBlockingLock)),
            ("Budget", document.BudgetMilliseconds is { } budget ? Wording.Milliseconds(budget) : "none"),
            ("Slowest client", Wording.Milliseconds(slowest)),
            ("Slowest before", Wording.Milliseconds(document.Clients.Select(client => client.SlowestBeforeMilliseconds).DefaultIfEmpty().Max())),
            ("Client statements", Number(document.Clients.Sum(client => client.Requests))),
            ("Rows in the copy", Number(document.Tables.Sum(table => table.Rows))),
            ("Target", $"PostgreSQL {document.TargetVersion}"),
            ("Copy", $"PostgreSQL {document.CopyVersion}"),
            ("Sandbox", document.Sandbox ?? $"none: {document.NoSandboxReason}"),
        ];
        return $"<dl class=\"facts\">{string.Concat(facts.Select(fact => $"<div><dt>{fact.Name}</dt><dd>{Text(fact.Value)}</dd></div>"))}</dl>";
    }

    private static string Findings(RehearsalDocument document) => document.Findings.Count == 0
        ? "<p>None.</p>"
        : $"<ul class=\"findings\">{string.Concat(document.Findings.Select(finding => $"""
            <li class="{Wording.Severity(finding.Severity)}"><strong>{Text(finding.Message)}</strong> <code>{Text(finding.Id)}</code>
            <br/>{Text(finding.Remedy)}</li>
            """))}</ul>";

    private static string Clients(RehearsalDocument document) => Table(
        ["client", "statements", "median", "slowest", "slowest before", "errors"],
        document.Clients.Select(client => (string[])
        [
            Text(client.Client), Number(client.Requests), Wording.Milliseconds(client.MedianMilliseconds), Wording.Milliseconds(client.SlowestMilliseconds), Wording.Milliseconds(client.SlowestBeforeMilliseconds),
            client.Errors == 0 ? "0" : $"{Number(client.Errors)}: {Text(client.FirstError ?? "")}",
        ]));

    private static string Statements(RehearsalDocument document) => string.Concat(document.Statements.GroupBy(statement => statement.Leg).OrderBy(leg => leg.Key).Select(leg =>
        $"<details open=\"open\">\n<summary>{Text(Wording.WayInFull(leg.Key))}</summary>\n" + Table(
            ["migration", "statement", "locks", "took", "rows", "WAL", "slowest client"],
            leg.Select(statement => (string[])
            [
                $"{Text(statement.Migration)}<br/><small>{statement.Version}</small>",
                $"<pre>{Text(statement.Sql)}</pre>{(statement.Times > 1 ? $"<small>{Number(statement.Times)} times; the longest counts</small>" : "")}{Marks(statement)}",
                Locks(document, statement),
                Wording.Milliseconds(statement.Milliseconds),
                Number(statement.Rows),
                Wording.Bytes(statement.WalBytes),
                statement.SlowestClientMilliseconds is { } slowest ? $"{Wording.Milliseconds(slowest)}<br/><small>{Text(statement.SlowestClient ?? "")}</small>" : "",
            ]),
            "statements") + "</details>\n"));

    private static string Longest(RehearsalDocument document)
    {
        var longest = document.Statements.Where(statement => statement.BlockedMilliseconds > 0).OrderByDescending(statement => statement.BlockedMilliseconds).Take(LongestShown).ToList();
        return longest.Count == 0 ? "" : "<h3>The longest locks that block the application</h3>\n" + Table(
            ["held", "lock", "way", "migration", "statement"],
            longest.Select(statement => (string[])
            [
                Wording.Milliseconds(statement.BlockedMilliseconds), Locks(document, statement, onlyBlocking: true), Wording.Way(statement.Leg), Text(statement.Migration), $"<code>{Text(Wording.FirstLine(statement.Sql))}</code>",
            ]),
            "longest");
    }

    private static string Locks(RehearsalDocument document, RehearsedStatementDocument statement, bool onlyBlocking = false)
    {
        var ours = document.Tables.Select(table => table.Table).ToHashSet();
        var taken = statement.Locks.Where(one => !onlyBlocking || Strength(one, ours) != Weak).OrderByDescending(one => one.BlocksReads).ThenByDescending(one => one.BlocksWrites).ToList();
        return taken.Count == 0 ? "<small>none</small>" : $"<ul class=\"locks\">{string.Concat(taken.Select(one =>
            $"<li class=\"{Strength(one, ours)}\">{Text(one.Mode)} on {Text(one.Table)}, {Wording.Milliseconds(one.HeldMilliseconds)}</li>"))}</ul>";
    }

    private static string Strength(RehearsedLockDocument taken, HashSet<string> ours) =>
        !ours.Contains(taken.Table) ? Weak : taken.BlocksReads ? "blocks-reads" : taken.BlocksWrites ? "blocks-writes" : Weak;

    private static string Marks(RehearsedStatementDocument statement) => string.Concat(
        statement.Rewritten.Select(table => $" <span class=\"mark\">rewrites {Text(table)}</span>")
            .Concat(statement.Scanned.Except(statement.Rewritten).Select(table => $" <span class=\"mark\">scans {Text(table)}</span>")));

    private static string Probes(RehearsalDocument document)
    {
        var failing = document.Probes.Where(step => step.Failures.Count > 0).ToList();
        var text = new StringBuilder($"<p>{Text(Wording.Probed(document))}</p>");
        if (failing.Count > 0)
            text.Append(Table(["way", "after", "what"], failing.Select(step => (string[])[Wording.Way(step.Leg), Text(step.Migration), string.Join("<br/>", step.Failures.Select(Text))])));
        if (document.ProbesFailingBefore.Count > 0)
            text.Append(CultureInfo.InvariantCulture, $"<p>These failed before the first migration, so they say nothing:</p><ul>{string.Concat(document.ProbesFailingBefore.Select(line => $"<li>{Text(line)}</li>"))}</ul>");
        return text.ToString();
    }

    private static string Differences(RehearsalDocument document) => document.Differences.Count == 0
        ? $"<p>{Text(Wording.GivenBack)}</p>"
        : Table(["way", "migration", "difference"], document.Differences.Select(difference => (string[])[Wording.Way(difference.Leg), Text(difference.Migration), $"<pre>{Text(string.Join('\n', difference.Lines))}</pre>"]));

    private static string Surface(RehearsalDocument document) => document.Surface.Count == 0
        ? "<p>No role can do anything that it could not do before, and none has lost anything.</p>"
        : Table(["object", "role", "before", "after"], document.Surface.Select(change => (string[])[$"{Text(change.Subject)}<br/><small>{Text(change.Kind)}</small>", Text(change.Role), Text(change.Before ?? "nothing"), Text(change.After ?? "nothing")]));

    private static string Copy(RehearsalDocument document) =>
        $"<p>{Text(Wording.NoPersonalData)}</p>"
        + Table(["table", "rows", "left empty because"], document.Tables.Select(table => (string[])[Text(table.Table), Number(table.Rows), Text(table.Reason ?? "")]))
        + (document.Omissions.Count == 0 ? "" : "<h3>Not as in the target</h3>" + Table(["what", "why"], document.Omissions.Select(omission => (string[])[Text(omission.What), Text(omission.Why)])));

    private static string Section(string title, string content) => $"<section>\n<h2>{Text(title)}</h2>\n{content}\n</section>";

    // Each cell is named, for phones, where a row becomes a card.
    private static string Table(string[] columns, IEnumerable<string[]> rows, string kind = "") => $"""
        <table class="{kind}">
        <thead><tr>{string.Concat(columns.Select(column => $"<th>{Text(column)}</th>"))}</tr></thead>
        <tbody>
        {string.Join('\n', rows.Select(row => $"<tr>{string.Concat(row.Select((cell, place) => $"<td data-label=\"{Text(columns[place])}\"><div>{cell}</div></td>"))}</tr>"))}
        </tbody>
        </table>

        """;

    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(Printable.Of(text));

    private static string Style()
    {
        using var reader = new StreamReader(typeof(RehearsalPage).Assembly.GetManifestResourceStream("rehearsal.css")!);
        return reader.ReadToEnd().Trim();
    }
}
