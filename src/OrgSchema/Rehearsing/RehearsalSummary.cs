using System.Globalization;
using System.Text.RegularExpressions;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Makes a report of what a rehearsal has seen.</summary>
public static partial class RehearsalSummary
{
    /// <summary>Makes it.</summary>
    public static RehearsalDocument Of(RehearsalResult result)
    {
        var zero = Zero(result);
        var statements = Statements(result, zero);
        var probes = result.Quiet.Steps.Select(step => new ProbedStepDocument(step.Leg, step.Migration.Version, step.Migration.Name, [.. step.Failures.Select(failure => failure.ToString())])).ToList();
        var differences = result.Quiet.Differences.Select(difference => new DifferenceDocument(difference.Leg, difference.Migration.Version, difference.Migration.Name, difference.Lines)).ToList();
        var clients = Clients(result);
        List<Finding> findings =
        [
            .. OverBudget(statements, result.Tables.Select(table => table.Table).ToHashSet(), result.Request.Budget),
            .. Broken(probes),
            .. differences.Select(difference => (difference.Leg.IsDown() ? FindingCatalog.DownDiffers : FindingCatalog.UpDiffers).Found($"{Step(difference.Leg, difference.Migration)} does not restore the previous state: {difference.Lines[0]}{(difference.Lines.Count > 1 ? $" (and {difference.Lines.Count - 1} more)" : "")}")),
            .. clients.Where(client => client.Errors > 0).Select(client => FindingCatalog.ClientError.Found($"{Amount.Of(client.Errors, "statement")} of clients failed ({client.Client}): {client.FirstError}")),
            .. result.Quiet.Findings,
            .. result.Busy.Findings.Select(Named),
            .. result.Busy.Failure is { } failure ? [failure] : Array.Empty<Finding>(),
        ];
        return new RehearsalDocument(
            result.Database,
            $"orgschema {Job.Version}",
            result.Began,
            result.Took.TotalSeconds,
            findings.TrueForAll(finding => finding.Severity != Severity.Error),
            result.Request.Budget?.TotalMilliseconds,
            result.TargetMajor.ToString(CultureInfo.InvariantCulture),
            result.CopyVersion.ToString(),
            result.Request.Rows,
            [.. findings.DistinctBy(finding => (finding.Id, finding.Message)).OrderByDescending(finding => finding.Severity)],
            [.. result.Busy.Legs.Select(leg => new RehearsedLegDocument(leg.Leg, (leg.Began - zero).TotalSeconds, (leg.Ended - zero).TotalSeconds))],
            statements,
            clients,
            probes,
            [.. result.Quiet.FailingBefore.Select(outcome => $"{outcome.Probe}, line {outcome.Statement.Place.Line}: {outcome.Error}")],
            differences,
            [.. result.Quiet.Surface.Select(change => new SurfaceChangeDocument(change.Line.Kind.ToString(), change.Line.Subject, change.Line.Role, change.Before?.What, change.After?.What))],
            result.Tables,
            [.. OtherMajor(result), .. result.Copy.Omissions])
        {
            Sandbox = result.Sandbox,
            NoSandboxReason = result.NoSandboxReason,
        };
    }

    private static IEnumerable<Omission> OtherMajor(RehearsalResult result)
    {
        if (result.CopyVersion.Major != result.TargetMajor)
            yield return new Omission($"PostgreSQL {result.TargetMajor}", $"this machine has none: it was rehearsed on {result.CopyVersion.Major}, where locks, plans and verbs may differ");
    }

    // What fails after one step fails after the next ones, too: the first is the one to look at.
    private static IEnumerable<Finding> Broken(IEnumerable<ProbedStepDocument> steps)
    {
        IReadOnlyList<string> before = [];
        foreach (var step in steps.TakeWhile(step => step.Leg.IsBeforeContract()))
        {
            var fresh = step.Failures.Except(before).ToList();
            before = step.Failures;
            if (fresh.Count > 0)
                yield return FindingCatalog.ProbeFailed.Found($"After {Step(step.Leg, step.Migration)} the old version does not work as before: {fresh[0]}{(fresh.Count > 1 ? $" (and {fresh.Count - 1} more)" : "")}");
        }
    }

    private static Finding Named(FindingOfLeg one) => one.Found switch
    {
        { Statement.Migration: { } migration } => one.Found.Finding with { Message = $"{Step(one.Leg, migration.Name)}: {one.Found.Finding.Message}: {Wording.FirstLine(one.Found.Statement!.Sql)}" },
        _ => one.Found.Finding,
    };

    /// <summary>When clients were first watched.</summary>
    public static DateTime Zero(RehearsalResult result) =>
        result.Busy.Requests.Select(request => request.Due).Concat(result.Busy.Legs.Select(leg => leg.Began)).DefaultIfEmpty(result.Began).Min();

    public static string Step(Leg leg, string migration) => leg.IsDown() ? $"Down of {migration}" : migration;

    /// <summary>Whether an application is in the way of a lock: one that blocks neither reads nor writes is in nobody's way, and a table that these migrations make is nobody's yet.</summary>
    public static bool IsBlocking(TracedLock taken, IReadOnlySet<string> tables) => tables.Contains(taken.Table) && (taken.Mode.BlocksReads() || taken.Mode.BlocksWrites());

    private static List<RehearsedStatementDocument> Statements(RehearsalResult result, DateTime zero)
    {
        var tables = result.Tables.Select(table => table.Table).ToHashSet();
        return
        [
            .. result.Busy.Statements
                .Where(statement => statement.Migration is not null)
                .Select(statement => (Traced: statement, Leg: result.Busy.Legs.LastOrDefault(leg => leg.Began <= statement.Began)?.Leg ?? Leg.Up))
                .GroupBy(one => (one.Leg, one.Traced.Migration!.Version, Values().Replace(one.Traced.Sql, "...")))
                .Select(same => Statement(result.Busy, tables, zero, same.Key.Leg, [.. same.Select(one => one.Traced)])),
        ];
    }

    private static RehearsedStatementDocument Statement(BusyResult busy, HashSet<string> tables, DateTime zero, Leg leg, List<TracedStatement> same)
    {
        var slowest = same.Select(busy.SlowestDuring).OfType<ClientRequest>().MaxBy(request => request.Latency);
        return new RehearsedStatementDocument(
            leg,
            same[0].Migration!.Version,
            same[0].Migration!.Name,
            same[0].Sql.Trim(),
            same.Count,
            (same[0].Began - zero).TotalSeconds,
            same.Max(statement => statement.Duration).TotalMilliseconds,
            same.SelectMany(statement => statement.Locks).Where(taken => IsBlocking(taken, tables)).Select(taken => taken.Held.TotalMilliseconds).DefaultIfEmpty().Max(),
            [
                .. same.SelectMany(statement => statement.Locks).GroupBy(taken => (taken.Table, taken.Mode))
                    .Select(taken => new RehearsedLockDocument(taken.Key.Table, taken.Key.Mode.SqlName(), taken.Max(one => one.Held.TotalMilliseconds), taken.Key.Mode.BlocksReads(), taken.Key.Mode.BlocksWrites()))
                    .OrderBy(taken => taken.Table, StringComparer.Ordinal),
            ],
            [.. same.SelectMany(statement => statement.Rewritten).Distinct()],
            [.. same.SelectMany(statement => statement.Scanned).Distinct()],
            same.Sum(statement => statement.Rows),
            same.Sum(statement => statement.WalBytes),
            slowest?.Latency.TotalMilliseconds,
            slowest?.Client);
    }

    private static IEnumerable<Finding> OverBudget(IEnumerable<RehearsedStatementDocument> statements, HashSet<string> tables, TimeSpan? budget) =>
        from statement in statements
        where statement.BlockedMilliseconds > budget?.TotalMilliseconds
        let worst = statement.Locks.Where(taken => tables.Contains(taken.Table) && (taken.BlocksReads || taken.BlocksWrites)).MaxBy(taken => taken.HeldMilliseconds)
        select FindingCatalog.BudgetExceeded.Found(
            $"{Step(statement.Leg, statement.Migration)} holds {worst.Mode} on {worst.Table} for {Wording.Time(TimeSpan.FromMilliseconds(statement.BlockedMilliseconds))}; the budget is {Wording.Time(budget!.Value)}: {Wording.FirstLine(statement.Sql)}");

    // After contract the old application is no longer supported.
    private static List<RehearsedClientDocument> Clients(RehearsalResult result)
    {
        var contract = result.Busy.Legs.FirstOrDefault(leg => !leg.Leg.IsBeforeContract())?.Began ?? DateTime.MaxValue;
        var before = result.Busy.Before;
        return
        [
            .. result.Busy.Requests.GroupBy(request => request.Client).Select(same =>
            {
                var latencies = same.Select(request => request.Latency.TotalMilliseconds).Order().ToList();
                var failed = same.Where(request => request.Error is not null && request.Ended < contract).ToList();
                return new RehearsedClientDocument(
                    same.Key,
                    latencies.Count,
                    latencies[latencies.Count / 2],
                    latencies[^1],
                    before.Where(request => request.Client == same.Key).Select(request => request.Latency.TotalMilliseconds).DefaultIfEmpty().Max(),
                    failed.Count,
                    failed.FirstOrDefault()?.Error);
            }),
        ];
    }

    // Keys and counters are all that batches differ in.
    [GeneratedRegex(@"'[^']*'|\b\d+\b")]
    private static partial Regex Values();
}
