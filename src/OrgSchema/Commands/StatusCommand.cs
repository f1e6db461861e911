using System.CommandLine;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary><c>status</c>: where every migration stands.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var exitCode = new Option<bool>("--exit-code") { Description = "Exit with 3 if a migration is pending (except contract migrations), unfinished, out of order or unknown." };
        var command = new Command("status", "Show which migrations are applied, pending, unfinished or unknown, who uses the bridge, and what the archive holds.") { exitCode };
        CommonOptions.AddFleet(command, [CommonOptions.Targets, CommonOptions.Parallel]);
        command.SetAction(async (parsed, token) =>
        {
            if (TargetList.IsAskedFor(parsed))
                return await FleetStatus.ShowAsync(parsed, migration => parsed.GetValue(exitCode) && Differs(migration), token);
            var job = await Job.OpenAsync(parsed, token);
            await using var migrator = job.Migrator();
            var (status, archives, (assignments, bridge, unrecorded)) = await migrator.StatusAsync(
                async (connection, applied, cancel) => (
                    await Assignments.ReadAsync(connection, applied, cancel),
                    await BridgeUse.ReadAsync(connection, cancel),
                    await Unrecorded.FindAsync(connection, job.Tenancy, applied, cancel)),
                token);
            StatusReport.Show(job, status, assignments, bridge, archives, unrecorded);
            return parsed.GetValue(exitCode) && status.Migrations.Any(Differs) ? ExitCode.Differs : ExitCode.Done;
        });
        return command;
    }

    private static bool Differs(MigrationStatus migration) =>
        migration.State != MigrationState.Applied && !(migration is { State: MigrationState.Pending, Known.Phase: Phase.Contract });
}
