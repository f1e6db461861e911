using System.Globalization;
using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary>Where every migration stands.</summary>
internal static class StatusReport
{
    public static void Show(
        Job job,
        DatabaseStatus status,
        IReadOnlyList<AssignmentDocument>? assignments,
        BridgeUse? bridge,
        IReadOnlyList<ArchiveContents> archives,
        IReadOnlyList<Finding> findings)
    {
        if (job.Terminal.IsJson)
        {
            Terminal.WriteJson(
                new StatusDocument(
                    job.Target.ToString(),
                    [.. status.Migrations.Select(MigrationDocument.Of)],
                    assignments,
                    bridge,
                    archives,
                    findings.Count == 0 ? null : findings),
                JsonDocuments.Default.StatusDocument);
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("version", "name", "phase", "state", "applied (UTC)");
        foreach (var migration in status.Migrations)
        {
            table.AddRow(
                migration.Version.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(migration.Name),
                migration.Known is null ? "" : Wording.Phase(migration.Known),
                State(status, migration, status.Migrations.Any(other => IsWaitingContract(other) && other.Version < migration.Version)),
                migration.AppliedOn?.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "");
        }

        job.Terminal.Text.WriteLine(Wording.Target(job.Target));
        job.Terminal.Text.Write(table);
        if (Assignments.Line(assignments) is { } line)
            job.Terminal.Text.WriteLine(line);
        if (bridge is not null)
            job.Terminal.Text.WriteLine(Wording.Bridge(bridge));
        if (archives.Count > 0)
            job.Terminal.Text.WriteLine(Wording.Archives(archives));
        foreach (var finding in findings)
            job.Terminal.Text.WriteLine(FindingReport.Line(finding));
    }

    private static bool IsWaitingContract(MigrationStatus migration) => migration.State == MigrationState.Pending && IsContract(migration);

    private static bool IsContract(MigrationStatus migration) => migration.Known?.Phase == Phase.Contract;

    private static string State(DatabaseStatus status, MigrationStatus migration, bool isBehindContract) => migration.State switch
    {
        MigrationState.Applied when migration.Changed => "[yellow]applied, changed since[/]",
        MigrationState.Applied when migration.Adopted => "[green]applied, found there[/]",
        MigrationState.Applied => "[green]applied[/]",
        MigrationState.Pending when IsWaitingContract(migration) => "waiting for 'migrate contract'",
        MigrationState.Pending when isBehindContract => "pending behind the contract migration",
        MigrationState.Pending => "pending",
        MigrationState.OutOfOrder => "[yellow]pending, out of order[/]",
        MigrationState.Unfinished when status.Unfinished[migration.Version] == Direction.Down => "[yellow]unfinished: stopped in 'migrate down'[/]",
        MigrationState.Unfinished when IsContract(migration) => "[yellow]unfinished: 'migrate contract' continues it[/]",
        MigrationState.Unfinished => "[yellow]unfinished: 'migrate' continues it[/]",
        _ => "[yellow]applied, unknown to this program[/]",
    };
}
