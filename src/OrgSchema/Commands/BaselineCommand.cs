using System.CommandLine;
using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary><c>baseline</c>: takes over a database where the migrations' SQL was applied another way.</summary>
internal static class BaselineCommand
{
    public static Command Create()
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Only report. Nothing is recorded." };
        var from = new Option<string?>("--from-fluentmigrator")
        {
            Description = "Take over the history of FluentMigrator's own runner from this table, with dates and descriptions. Default: public.\"VersionInfo\".",
            HelpName = "TABLE",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var keep = new Option<bool>("--keep")
        {
            Description = "With --from-fluentmigrator: keep that table up to date from now on, so that FluentMigrator's runner can take over again.",
        };
        var command = new Command(
            "baseline",
            "Adopt a database where the SQL was applied in another way: record the migrations whose result exists and is right, "
                + "and report where the others differ.")
        {
            dryRun, from, keep, CommonOptions.AcceptTarget, CommonOptions.RecordSupabase, CommonOptions.Wait,
        };
        command.Validators.Add(result =>
        {
            var isFrom = result.GetResult(from) is { Implicit: false };
            if (result.GetValue(keep) && !isFrom)
                result.AddError("--keep needs --from-fluentmigrator.");
            if (result.GetValue(dryRun) && isFrom)
                result.AddError("--dry-run does not go with --from-fluentmigrator: it takes over what is recorded, and runs nothing.");
        });
        command.SetAction(async (parsed, token) =>
        {
            var job = await Job.OpenAsync(parsed, token);
            job.Terminal.Text.WriteLine(Wording.Target(job.Target));
            var memory = parsed.GetValue(dryRun) ? null : TargetMemory.Of(job);
            if (memory is not null && !await memory.ConfirmAsync(job, parsed.GetValue(CommonOptions.AcceptTarget), token))
                return ExitCode.Interrupted;
            var ledger = parsed.GetValue(dryRun) ? null : await SupabaseLedger.OfAsync(job, token);
            var code = await job.Terminal.RunAsync(async progress =>
            {
                await using var migrator = job.Migrator(progress);
                if (parsed.GetResult(from) is { Implicit: false })
                {
                    var adopted = await migrator.AdoptFluentMigratorAsync(parsed.GetValue(keep), TableOf(parsed.GetValue(from)), token);
                    if (ledger is not null)
                        await ledger.RecordAsync(migrator, token);
                    BaselineReport.Show(
                        job, [.. adopted.Select(migration => new FoundStepDocument(migration.Version, migration.Name, Extent.Present, Recorded: true, []))]);
                    return ExitCode.Done;
                }

                var names = (await migrator.StatusAsync(token)).Migrations.ToDictionary(migration => migration.Version, migration => migration.Name);
                IReadOnlyList<FoundStep> found = [];
                var recorded = await migrator.AdoptAsync(
                    async (connection, applied, cancel) =>
                    {
                        found = await FoundSteps.FindAsync(connection, job.Tenancy, applied, cancel);
                        return parsed.GetValue(dryRun) ? new([], []) : new(Of(found, Extent.Present), Of(found, Extent.Different));
                    },
                    token);
                if (ledger is not null)
                    await ledger.RecordAsync(migrator, token);
                BaselineReport.Show(job, [.. found.Select(step => new FoundStepDocument(step.Version, names[step.Version], step.Extent, recorded.Any(migration => migration.Version == step.Version), step.Differences))]);
                return ExitCode.Done;
            });
            if (memory is not null && code == ExitCode.Done)
                await memory.RememberAsync(job, CancellationToken.None);
            return code;
        });
        return command;
    }

    private static QualifiedName? TableOf(string? name)
    {
        try
        {
            return name is null ? null : QualifiedName.Parse(name);
        }
        catch (ArgumentException e)
        {
            throw new RequestException(e.Message, "Write it as schema.table.", e);
        }
    }

    private static long[] Of(IReadOnlyList<FoundStep> found, Extent extent) => [.. found.Where(step => step.Extent == extent).Select(step => step.Version)];
}
