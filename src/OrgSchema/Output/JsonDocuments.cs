using System.Text.Json.Serialization;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>The documents of <c>--output json</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ArchivesDocument))]
[JsonSerializable(typeof(BackfillStatus))]
[JsonSerializable(typeof(DatabaseDocument))]
[JsonSerializable(typeof(ServerDocument))]
[JsonSerializable(typeof(ErrorDocument))]
[JsonSerializable(typeof(Dictionary<string, List<TargetIdentity>>))]
[JsonSerializable(typeof(ExportDocument))]
[JsonSerializable(typeof(FindingKind))]
[JsonSerializable(typeof(FindingsDocument))]
[JsonSerializable(typeof(FleetDocument))]
[JsonSerializable(typeof(FleetStatusDocument))]
[JsonSerializable(typeof(FoundDocument))]
[JsonSerializable(typeof(LintDocument))]
[JsonSerializable(typeof(LogDocument))]
[JsonSerializable(typeof(NewDocument))]
[JsonSerializable(typeof(PlanDocument))]
[JsonSerializable(typeof(RehearsalDocument))]
[JsonSerializable(typeof(RunDocument))]
[JsonSerializable(typeof(ScriptDocument))]
[JsonSerializable(typeof(SeedDocument))]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(StoppedDocument))]
internal sealed partial class JsonDocuments : JsonSerializerContext;

/// <summary>Progress with <c>--output json</c>: one event, one line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EventDocument))]
internal sealed partial class JsonLines : JsonSerializerContext;

internal sealed record DatabaseDocument(string Url, string Version);

internal sealed record ServerDocument(string Version, string Folder);

internal sealed record StoppedDocument(bool Stopped);

internal sealed record ArchivesDocument(string Database, IReadOnlyList<ArchiveContents> Archives);

internal sealed record LogDocument(string Database, IReadOnlyList<RunLogEntry> Runs);

internal sealed record SeedDocument(int RowsPlanted);

internal sealed record NewDocument(string File);

internal sealed record ScriptDocument(string Folder, IReadOnlyList<string> Files);

internal sealed record LintDocument(string Server, int Errors, int Warnings, IReadOnlyList<LintedDocument> Findings);

internal sealed record LintedDocument(string Id, Severity Severity, string Message, string Remedy)
{
    public string? File { get; init; }
    public int? Line { get; init; }
    public long? Version { get; init; }
    public string? Name { get; init; }
    public Direction? Direction { get; init; }
    public string? Sql { get; init; }
    public string? Explanation { get; init; }
}

internal sealed record FindingsDocument(string Database, IReadOnlyList<Finding> Findings, IReadOnlyList<SurfaceLine>? Surface = null);

internal sealed record FoundStepDocument(long Version, string Name, Extent Extent, bool Recorded, IReadOnlyList<Finding> Differences);

internal sealed record FoundDocument(string Database, IReadOnlyList<FoundStepDocument> Migrations);

internal sealed record MigrationDocument(long Version, string Name, Phase? Phase, MigrationState? State = null, DateTime? AppliedOn = null, bool? Changed = null, bool? Adopted = null)
{
    public static MigrationDocument Of(KnownMigration migration) => new(migration.Version, migration.Name, migration.Phase);

    public static MigrationDocument Of(MigrationStatus migration) => new(
        migration.Version, migration.Name, migration.Known?.Phase, migration.State, migration.AppliedOn, migration.Changed ? true : null, migration.Adopted ? true : null);
}

internal sealed record AssignmentDocument(string Organization, long Dsos);

internal sealed record ExportDocument(string Archive, string File);

internal sealed record StatusDocument(
    string Database,
    IReadOnlyList<MigrationDocument> Migrations,
    IReadOnlyList<AssignmentDocument>? Organizations,
    BridgeUse? Bridge,
    IReadOnlyList<ArchiveContents> Archives,
    IReadOnlyList<Finding>? Findings);

internal sealed record RunDocument(
    string Database,
    Direction Direction,
    IReadOnlyList<MigrationDocument> Done,
    IReadOnlyList<MigrationDocument> Pending,
    IReadOnlyList<AssignmentDocument>? Organizations,
    IReadOnlyList<Finding> Findings);

internal sealed record ErrorDocument(string Error, string Changed, string? Next, int ExitCode, IReadOnlyList<Finding>? Findings = null, IReadOnlyList<string>? Blockers = null);

/// <summary>One line of progress.</summary>
internal sealed record EventDocument(string Event)
{
    public long? Version { get; init; }
    public string? Name { get; init; }
    public Direction? Direction { get; init; }
    public double? Milliseconds { get; init; }
    public double? WaitedMilliseconds { get; init; }
    public long? Rows { get; init; }
    public long? Total { get; init; }
    public int? Batch { get; init; }
    public double? RowsPerSecond { get; init; }
    public double? SecondsLeft { get; init; }
    public string? Step { get; init; }
    public IReadOnlyList<string>? Blockers { get; init; }
    public string? Text { get; init; }
    public Finding? Finding { get; init; }
    public string? Target { get; init; }
    public FleetOutcome? Outcome { get; init; }

    public static EventDocument Of(MigrationEvent value) => value switch
    {
        MigrationStarted started => new("started") { Version = started.Migration.Version, Name = started.Migration.Name, Direction = started.Direction },
        MigrationFinished finished => new("finished")
        {
            Version = finished.Migration.Version,
            Name = finished.Migration.Name,
            Direction = finished.Direction,
            Milliseconds = finished.Duration.TotalMilliseconds,
            WaitedMilliseconds = finished.Waited.TotalMilliseconds,
            Rows = finished.Rows,
        },
        BackfillProgressed backfill => new("backfill")
        {
            Version = backfill.Migration.Version,
            Name = backfill.Migration.Name,
            Rows = backfill.Done,
            Total = backfill.Total,
            Batch = backfill.Batch,
            RowsPerSecond = backfill.PerSecond,
            SecondsLeft = backfill.Left?.TotalSeconds,
            Text = backfill.Slow,
        },
        StepEnded step => new("step") { Version = step.Migration.Version, Name = step.Migration.Name, Step = step.Step, Milliseconds = step.Duration.TotalMilliseconds },
        LocksAwaited locks => new("locksAwaited") { Step = locks.Step, Blockers = [.. locks.Blockers.Select(blocker => blocker.ToString())] },
        AttemptFailed attempt => new("attemptFailed") { Step = attempt.Step, Milliseconds = attempt.Pause.TotalMilliseconds },
        RunnerWaits waits => new("runnerWaits") { Text = waits.Holder.ToString() },
        ConnectionLost lost => new("connectionLost") { Text = lost.Reason, Milliseconds = lost.Pause.TotalMilliseconds },
        MigrationsAdopted adopted => new("adopted") { Text = string.Join(", ", adopted.Migrations) },
        FindingReported warned => new("warned") { Finding = warned.Finding },
        MessageReported note => new("note") { Text = note.Text },
        _ => new(value.GetType().Name),
    };
}
