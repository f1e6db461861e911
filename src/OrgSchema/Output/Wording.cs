using System.Globalization;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Every sentence a person reads, but for errors, which are worded where they arise.</summary>
internal static class Wording
{
    public const string PreflightClear = "Nothing is in the way.";
    public const string Verified = "Structure, data and privileges are as they should be.";
    public const string LocalStopped = "The local PostgreSQL is stopped. Its data is kept.";
    public const string LocalDidNotRun = "The local PostgreSQL is not running.";
    public const string BaselineMade = "The local database is the stand-in of the application, without migrations. Run 'migrate' next.";
    public const string NothingPending = "Nothing is pending.";
    public const string NothingApplied = "Nothing is applied.";
    public const string NothingToVerify = "No migration is applied, and nothing is left of one.";
    public const string NothingChanged = "Nothing was changed.";
    public const string TakeHistoryOver = "Run 'baseline --from-fluentmigrator' first: it takes the history over, and runs nothing.";

    public const string SayCutOff = "Look at what it has done. Then run the same command with --cut-off finished, or with --cut-off again to repeat the step.";

    public static string CutOff(CutOffAnswer answer) => answer switch
    {
        CutOffAnswer.Finished => "Yes: continue behind it",
        CutOffAnswer.Again => "No, or it does no harm twice: repeat it",
        _ => "I do not know: stop, and change nothing",
    };

    public const string SafeToRunAgain = "Run the same command again: it continues where it stopped.";

    public const string OutputNotRead = "note      The command has finished. It waits, because its standard output is full and nobody reads it.";

    public static string OutputLost(string why) => $"note      Standard output could not be written: {why}. The command ran to its end.";

    public const string CorrectConfiguration = "Correct it, and run the same command again. docs/configuration.md describes every key.";

    public const string ValueWithoutOption = "A value has no option before it. Give a database with --database-url, a configuration with --config.";

    public static string Sandbox(RehearsalDocument document) => document.Sandbox is not null
        ? $"{document.Sandbox}: the copy's server had no network, and saw no other process, and no files but the system's, its programs and its own"
        : $"none: {document.NoSandboxReason}. The copy's server could reach the network, and what its user may read";

    public const string Start = """
        OrgSchema adds organizations to a live PostgreSQL application.

        Try it on a local PostgreSQL, which is started for you:
          orgschema migrate       apply the migrations
          orgschema status        show what is applied

        On your own database, named in ORGSCHEMA_DATABASE_URL, in this order:
          orgschema preflight     check whether a run can succeed
          orgschema plan          show what would run
          orgschema rehearse      rehearse it on a throw-away copy
          orgschema migrate       apply the migrations
          orgschema verify        check the result

        orgschema --help lists every command.
        """;

    public static string Unrecognized(string word) => $"Unrecognized command or argument '{word}'.";

    public static string Target(Target target) => $"Database {target}";

    /// <summary>What concerns one of many databases, with its name before every line.</summary>
    public static string About(string? target, string text) => target is null ? text : $"{target}  {text.ReplaceLineEndings($"\n{target}  ")}";

    public static string TargetMistakes(IReadOnlyList<string> mistakes) => mistakes is [var only]
        ? $"The list of databases has a mistake: {only}."
        : $"The list of databases has {mistakes.Count} mistakes:{Mistakes(mistakes)}";

    /// <summary>A line for each of the first fifty: nobody reads more, and the first ones often explain the rest.</summary>
    public static string Mistakes(IReadOnlyList<string> mistakes)
    {
        const int Shown = 50;
        return string.Concat(mistakes.Take(Shown).Select(mistake => $"\n  {mistake}"))
            + (mistakes.Count > Shown ? string.Create(CultureInfo.InvariantCulture, $"\n  and {mistakes.Count - Shown:#,0} more") : "");
    }

    public static string Fleet(int targets, string canary, int parallel) =>
        $"{Amount.Of(targets, "database")}: {canary} first{(targets == 1 ? "" : $", then the others, {Math.Min(parallel, targets - 1)} at once")}.";

    public static string FleetSummary(IReadOnlyList<FleetTargetDocument> targets) => string.Join(", ", targets
        .GroupBy(target => target.Outcome)
        .OrderBy(same => same.Key)
        .Select(same => $"{same.Count()} {Outcome(same.Key)}")) + ".";

    public static string Outcome(FleetOutcome outcome) => outcome switch
    {
        FleetOutcome.RunnerLockTaken => "held by another run",
        FleetOutcome.LockBudgetSpent => "did not get its locks",
        FleetOutcome.NotUsable => "not usable",
        FleetOutcome.NotStarted => "not started",
        _ => outcome.ToString().ToLowerInvariant(),
    };

    public const string FleetSafeToRunAgain = "Run the same command again: finished databases are skipped, the others continue where they stopped.";

    public const string FleetNotBegun = "No database was changed, because all are checked first. "
        + "Remove the obstacles and run the same command again, or skip these databases with --keep-going.";

    public static string Notes(IReadOnlyList<MigrationDocument> migrations) => string.Join(", ", new[]
    {
        Of(migrations.Count(migration => migration.State == MigrationState.Unfinished), "unfinished"),
        Of(migrations.Count(migration => migration.State == MigrationState.OutOfOrder), "out of order"),
        Of(migrations.Count(migration => migration.Changed == true), "changed since applied"),
        Of(migrations.Count(migration => migration.State == MigrationState.Unknown), "unknown to this program"),
    }.OfType<string>());

    private static string? Of(int count, string what) => count == 0 ? null : $"{count} {what}";

    public static string FleetTargetStarted(bool isCanary) => isCanary ? "starts, as the canary" : "starts";

    public static string FleetTargetEnded(FleetTargetDocument target) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Outcome(target.Outcome)} in {Time(TimeSpan.FromSeconds(target.Seconds))}: "
            + $"{(target.Error is { } error ? error.Error : Amount.Of(target.Done.Count, "migration"))}");

    public static string LocalRuns(Version version, string folder) => $"PostgreSQL {version} is running. Its data is in {folder}.";

    public static string Seeded(int rows) => rows == 0
        ? "The demo organization already exists."
        : $"Inserted {rows} rows: the demo user, organization, membership, profile, and three DSOs with access.";

    /// <summary>A line for an event; null if it is not worth one.</summary>
    public static string? Event(MigrationEvent value) => value switch
    {
        MigrationFinished finished => $"{Verb(finished.Direction),-8}  {finished.Migration.Version}  {finished.Migration.Name,-30}{Phase(finished.Migration),-9}{Took(finished)}",
        RunnerWaits waits => $"waiting   for another run: {waits.Holder}",
        LocksAwaited locks => $"waiting   {locks.Step}\n{string.Join("\n", locks.Blockers.Select(blocker => $"          for {blocker}"))}",
        AttemptFailed { Attempt: 1 } attempt => $"busy      {attempt.Step}: the lock was not free; retrying",
        ConnectionLost lost => $"lost      {lost.Reason} Reconnecting.",
        FindingReported warned => $"{Severity(warned.Finding.Severity),-8}  {warned.Finding.Message}\n          {warned.Finding.Remedy}",
        MessageReported note => $"note      {note.Text}",
        _ => null,
    };

    public static string Backfill(BackfillProgressed backfill) => string.Create(
        CultureInfo.InvariantCulture,
        $"backfill  {backfill.Migration.Name}: {backfill.Done:#,0}{(backfill.Total is { } total && total >= backfill.Done ? $" of about {total:#,0}" : "")} rows, {backfill.PerSecond:#,0} a second{(backfill.Left is { Ticks: > 0 } left ? $", {Time(left)} left" : "")}{(backfill.Slow is null ? "" : $"; {backfill.Slow}")}");

    public static string Backfills(BackfillStatus status) => string.Join("\n", new[]
    {
        status.Control switch
        {
            { Paused: true } control => $"Paused by {SetBy(control)}. 'backfill resume' continues it.",
            { Rest: { } rest } control => $"Slowed down by {SetBy(control)}: {Time(rest)} between batches. 'backfill resume' undoes that.",
            _ => "Not paused, not slowed down.",
        },
    }.Concat(status.Checkpoints.Count == 0
        ? ["No backfill is running."]
        : status.Checkpoints.Select(checkpoint => string.Create(
            CultureInfo.InvariantCulture,
            $"{checkpoint.Version}  {checkpoint.Table}{(checkpoint is { Part: 1, UntilKey: null } ? "" : $", part {checkpoint.Part}")}: {checkpoint.Picked:#,0} rows up to key {checkpoint.LastKey}{(checkpoint.UntilKey is null ? "" : $" of {checkpoint.UntilKey}")}, last batch at {checkpoint.UpdatedAt:yyyy-MM-dd HH:mm:ss}Z"))));

    private static string SetBy(BackfillControl control) => string.Create(CultureInfo.InvariantCulture, $"{control.SetBy} at {control.SetAt:yyyy-MM-dd HH:mm:ss}Z");

    public static string Surface(SurfaceLine line) => $"rights    {line.Subject}{(line.Role.Length == 0 ? "" : $", {line.Role}")}: {line.What}";

    public static string NewMigration(string path) => $"{path}\nSay what its Up and Down do, then try both: 'orgschema lint'.";

    public static string Exported(string archive, string file) => $"{archive} is in {file}.";

    public static string Bridge(BridgeUse use) => use.LastUsed is { } last
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"The bridge was last used at {last:yyyy-MM-dd HH:mm}Z, in {Amount.Of(use.Minutes, "minute")} in all, by {string.Join(", ", use.By)}.")
        : string.Create(CultureInfo.InvariantCulture, $"The bridge has not been used since {use.Since:yyyy-MM-dd HH:mm}Z.");

    public static string Summary(RunResult result, Direction direction)
    {
        var (nothing, verb, next) = direction == Direction.Up
            ? (result.Pending.Any(migration => migration.Phase != Online.Phase.Contract) ? "Nothing to apply." : NothingPending, "applied", ": run 'migrate'")
            : ("Nothing to revert.", "reverted", "");
        var ready = result.Pending.TakeWhile(migration => migration.Phase != Online.Phase.Contract).Count();
        var contracts = result.Pending.Count(migration => migration.Phase == Online.Phase.Contract);
        var behind = result.Pending.Count - ready - contracts;
        return string.Join(" ", new[]
        {
            result.Done.Count == 0 ? nothing : $"{Amount.Of(result.Done.Count, "migration")} {verb}.",
            ready > 0 ? $"{result.Pending.Count} pending{next}." : null,
            direction == Direction.Up && ready == 0 && contracts > 0
                ? $"{Amount.Of(contracts, "contract migration")} waiting{(behind > 0 ? $", and {Amount.Of(behind, "migration")} behind" : "")}: "
                    + $"run 'migrate contract' once the old version of the application is retired{(behind > 0 ? ", then 'migrate'" : "")}."
                : null,
        }.OfType<string>());
    }

    public static string Removals(RemovalReport report, bool purge)
    {
        var filled = report.Removals.Where(removal => removal.Rows > 0).ToList();
        var what = string.Join(", ", filled.Select(removal => $"{Amount.Of(removal.Rows, removal.IsColumn ? "value" : "row")} of {removal.What}"));
        string[] lines =
        [
            (filled, purge) switch
            {
                ({ Count: 0 }, false) => "No rows will be removed.",
                ({ Count: 0 }, true) => "Only the rows of the archive and the history will be removed, permanently.",
                (_, false) => $"Will be archived, and restored by the next migrate: {what}.",
                _ => $"Will be deleted permanently, with the archive and the history: {what}.",
            },
            .. report.Removals.SelectMany(removal => removal.Along.Select(along =>
                $"  with rows of {removal.What}: {Amount.Of(along.Rows, "row")} of {along.Table} "
                    + $"{(along.Action == "CASCADE" ? "will be deleted" : "will lose their link")} ({along.Constraint}, ON DELETE {along.Action})")),
            .. report.Removals.Where(removal => removal.Definitions.Count > 0).Select(removal =>
                $"  with {removal.What}, added or changed by others: {string.Join(", ", removal.Definitions)}"),
            .. report.Returning.Select(returning => $"Will be restored from the archive: {Amount.Of(returning.Rows, "row")} of {returning.Table}."),
        ];
        return string.Join("\n", lines);
    }

    public static string ArchivedDefinition(ArchivedDefinition definition) =>
        $"-- {definition.Kind} {definition.Name}".TrimEnd() + (definition.KeptBecause is { } why ? $", not restored: {why}" : "") + $"\n{definition.Sql};";

    public static string Archives(IReadOnlyList<ArchiveContents> archives) => archives.Count == 0
        ? "The archive is empty."
        : string.Join("\n", archives.Select(archive => string.Create(
            CultureInfo.InvariantCulture,
            $"{Amount.Of(archive.Rows, "row")}{(archive.Definitions.Count == 0 ? "" : $" and {Amount.Of(archive.Definitions.Count, "definition")}")}"
                + $" in {archive.Name}{(archive.Since is { } since ? $", since {since:yyyy-MM-dd HH:mm}Z" : "")}")));

    public static string Baseline(IReadOnlyList<FoundStepDocument> steps)
    {
        var (recorded, right, different) = (steps.Count(step => step.Recorded), steps.Count(step => step.Extent == Extent.Present), steps.Count(step => step.Extent == Extent.Different));
        return string.Join(" ", new[]
        {
            steps.Count == 0 ? "Every migration is already recorded."
            : recorded > 0 ? $"{Amount.Of(recorded, "migration")} recorded as applied."
            : right > 0 ? $"{Amount.Of(right, "migration")} would be recorded."
            : "Nothing was recorded: no migration's result exists as it should.",
            different > 0 ? "'migrate' corrects the differences and applies the rest."
            : steps.Any(step => step.Extent == Extent.Absent) ? "'migrate' applies the rest."
            : null,
        }.OfType<string>());
    }

    public static string ChangedSoFar(RunAccount? account)
    {
        if (account is { Adopted.Count: > 0 })
            return $"{Amount.Of(account.Adopted.Count, "migration")} recorded as applied.";
        if (account is null or { Finished: [], IsHalfDone: false })
            return account is { Current: { } current, IsTransactional: false } ? $"This run has changed nothing of {current}." : NothingChanged;
        var done = account.Finished is [.., var last]
            ? $"{(last.Direction == Direction.Up ? "Applied up to" : "Reverted down to and including")} {last.Migration}."
            : "";
        var half = account.IsHalfDone ? $"{account.Current} stopped between two steps; running it again completes it." : "";
        return $"{done} {half}".Trim();
    }

    public static string Linted(LintedDocument finding)
    {
        var place = finding.File is not null ? $"{finding.File}:{finding.Line}: "
            : finding.Version is not null ? $"{finding.Version} {finding.Name} {(finding.Direction == Direction.Up ? "up" : "down")}: " : "";
        var severity = finding.Explanation is not null ? "accepted" : Severity(finding.Severity);
        return $"{place}{severity}: {finding.Message} [{finding.Id}]\n          {finding.Explanation ?? finding.Remedy}";
    }

    public static string LintSummary(int errors, int warnings, int meant) => (errors, warnings) switch
    {
        (0, 0) => $"Nothing found{(meant == 0 ? "" : " but accepted findings")}.",
        _ => $"{Amount.Of(errors, "error")}, {Amount.Of(warnings, "warning")}. 'orgschema explain ID' explains one.",
    };

    public static string Explained(FindingKind kind) => $"""
        {kind.Id}: {(kind.Severity == Online.Severity.Error ? "an error" : $"a {Severity(kind.Severity)}")}

        When      {kind.Condition}
        Effect    {kind.Effect}
        Instead   {kind.Remedy}{Example("Bad", kind.Bad)}{Example("Good", kind.Good)}
        """;

    private static string Example(string title, string? text) => text is null ? "" : $"\n\n{title}:\n\n    {text.ReplaceLineEndings("\n    ")}";

    public static string Time(TimeSpan time) => time.TotalSeconds < 1 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms")
        : time.TotalMinutes < 1 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s")
        : time.TotalHours < 1 ? time.ToString(@"m\:ss", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min");

    public static string Phase(KnownMigration migration) => migration.Phase.ToString().ToLowerInvariant();

    public const string RehearsingQuietly = "Running up, down, up and contract step by step: comparing rows and definitions, sending probes ...";
    public const string RehearsingBusily = "Running up, down, up and contract under simulated clients: measuring locks and latency ...";
    public const string NoPersonalData = "Definitions, roles and settings were copied. Of the rows, only these were copied: ids of configured users, "
        + "the default organization's id and slug, its members' roles, and the run log without names and errors. Every other value is synthetic.";
    public const string GivenBack =
        "Every Down restored definitions and rows to what they were before its Up, and every second Up made what the first had made.";
    public const string Timeline = "Locks that statements took, each from the statement to the end of its transaction. "
        + "Below, the slowest statement of each kind of client per time slice, measured from when it was due.";
    public const string StatementsIntro = "Held: until the end of the transaction. WAL: everything that the server wrote meanwhile, also for clients. "
        + "A blocking lock counts only on tables that the application already has.";

    public static string Copying(string target, int major, Version copy) =>
        $"Copying the schema of {target} to a throw-away PostgreSQL {copy}"
            + (copy.Major == major ? " ..." : $"; the target is PostgreSQL {major}, which this machine does not have ...");

    public static string Filling(int rows) => $"Filling it with synthetic rows, at most {Amount.Of(rows, "row")} per table ...";

    public static string Way(Leg leg) => leg switch
    {
        Leg.UpAgain => "up again",
        Leg.UpAfterContract => "up after contract",
        Leg.DownAfterContract => "down after contract",
        Leg.UpAgainAfterContract => "up again after contract",
        _ => leg.ToString().ToLowerInvariant(),
    };

    public static string WayInFull(Leg leg) => leg switch
    {
        Leg.Up => "Up: pending migrations are applied",
        Leg.Down => "Down: they are reverted",
        Leg.UpAgain => "Up again",
        Leg.UpAfterContract => "Up after contract: migrations that waited behind it are applied",
        Leg.DownAfterContract => "Down after contract: they are reverted",
        Leg.UpAgainAfterContract => "Up again after contract",
        _ => "Contract: the old version no longer works",
    };

    public static string Client(RehearsedClientDocument client) =>
        $"{client.Client,-8}  {Amount.Of(client.Requests, "statement")}: median {Milliseconds(client.MedianMilliseconds)}, "
            + $"slowest {Milliseconds(client.SlowestMilliseconds)} ({Milliseconds(client.SlowestBeforeMilliseconds)} before the first migration)"
            + (client.Errors == 0 ? "" : $", {Amount.Of(client.Errors, "error")}");

    public static string Probed(RehearsalDocument document)
    {
        var steps = document.Probes.Where(step => step.Leg.IsBeforeContract()).ToList();
        var failed = steps.Count(step => step.Failures.Count > 0);
        var contract = document.Probes.Where(step => step.Leg == Leg.Contract).SelectMany(step => step.Failures).Count();
        return (failed == 0
                ? $"The old version of the application works as before after each of {Amount.Of(steps.Count, "step")} up and down."
                : $"The old version of the application does not work as before after {failed} of {Amount.Of(steps.Count, "step")}.")
            + (contract > 0 ? $" After contract {Amount.Of(contract, "statement")} of it no longer {(contract == 1 ? "works" : "work")}, as intended." : "");
    }

    public static string NotFilled(FilledTable table) => $"empty     table {table.Table}: {table.Reason}";

    public static string LeftOut(Omission omission) => $"left out  {omission.What}: {omission.Why}";

    public static string Verdict(RehearsalDocument document)
    {
        var errors = document.Findings.Count(finding => finding.Severity == Online.Severity.Error);
        var longest = document.LongestBlockingLock > 0
            ? $"The longest lock that blocks the application was held for {Milliseconds(document.LongestBlockingLock)}."
            : document.Statements.Count > 0 ? "No lock blocked the application." : "No statement of a migration ran.";
        return errors == 0 ? $"Passed. {longest}" : $"Failed: {Amount.Of(errors, "finding")}. {longest}";
    }

    /// <summary>A time that may be shorter than a millisecond.</summary>
    public static string Milliseconds(double milliseconds) => milliseconds < 10 ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.0} ms") : Time(TimeSpan.FromMilliseconds(milliseconds));

    public static string Bytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{(bytes < 1 << 10 ? $"{bytes} B" : bytes < 1 << 20 ? $"{bytes >> 10} KiB" : $"{bytes / 1048576.0:0.0} MiB")}");

    /// <summary>The first line of SQL that is no comment.</summary>
    public static string FirstLine(string sql)
    {
        var line = sql.Split('\n').Select(part => part.Trim()).FirstOrDefault(part => part.Length > 0 && !part.StartsWith("--", StringComparison.Ordinal)) ?? "";
        return line.Length <= 70 ? line : line[..67] + "...";
    }

    /// <summary>The word before a finding.</summary>
    public static string Severity(Severity severity) => severity.ToString().ToLowerInvariant();

    private static string Verb(Direction direction) => direction == Direction.Up ? "applied" : "reverted";

    private static string Took(MigrationFinished finished) =>
        $"{Time(finished.Duration),8}{(finished.Waited > TimeSpan.Zero ? $", {Time(finished.Waited)} of it waiting for locks" : "")}"
            + (finished.Rows > 0 ? $", {Amount.Of(finished.Rows, "row")}" : "");
}
