using System.CommandLine;
using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary><c>migrate</c>, <c>migrate up</c>, <c>migrate down</c>, <c>migrate contract</c>.</summary>
internal static class MigrateCommand
{
    private static readonly TimeSpan QuietFor = TimeSpan.FromHours(24);

    public static Command Create()
    {
        var migrate = Up("migrate", "Apply pending expand and backfill migrations. Contract migrations are applied by 'migrate contract' only.");
        migrate.Add(Up("up", "Apply pending migrations: the same as migrate."));
        migrate.Add(Down());
        migrate.Add(Contract());
        return migrate;
    }

    private static Command Up(string name, string description)
    {
        var to = CommonOptions.Number<long>("--to", "Apply up to and including this version.", "VERSION");
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would run, like plan. Nothing is changed." };
        var command = new Command(name, description) { to, dryRun };
        return Runs(
            command,
            new MigrateWay(Direction.Up, (job, migrator, token) => migrator.UpAsync(job.Parsed.GetValue(to), token))
            {
                BeforeAsync = (job, migrator, token) => migrator.BeforeUpAsync(job.Parsed.GetValue(to), token),
            },
            instead: async (job, token) =>
            {
                if (!job.Parsed.GetValue(dryRun))
                    return null;
                await using var migrator = job.Migrator();
                var plan = await migrator.DescribeAsync(down: null, token);
                var last = job.Parsed.GetValue(to) ?? long.MaxValue;
                PlanReport.Show(job, plan with { Migrations = [.. plan.Migrations.Where(planned => planned.Migration.Version <= last)] }, PlanFormat.Text);
                return ExitCode.Done;
            });
    }

    private static Command Down()
    {
        var steps = CommonOptions.Number<int>("--steps", "Revert the last N migrations. Default: 1.", "N");
        var to = CommonOptions.Number<long>("--to", "Revert every migration above this version; 0 for all.", "VERSION");
        var all = new Option<bool>("--all") { Description = "Revert all migrations." };
        var purge = new Option<bool>("--purge") { Description = "With --all: also drop the archive, the version table and the run log, permanently." };
        var yes = new Option<bool>("--yes") { Description = "Do not ask for confirmation." };
        var ignoreFunctions = new Option<bool>("--ignore-functions")
        {
            Description = "Continue although functions of the application name something that is dropped: they fail afterward.",
        };
        var command = new Command(
            "down", "Revert the last migration, the last N, those above a version, or all. Removed data is archived, and the next migrate restores it.")
        {
            steps, to, all, purge, yes, ignoreFunctions,
        };
        command.Validators.Add(result =>
        {
            if (new Option[] { steps, to, all }.Count(option => result.GetResult(option) is { Implicit: false }) > 1)
                result.AddError("Give only one of --steps, --to and --all.");
            if (result.GetValue(purge) && !result.GetValue(all))
                result.AddError("--purge needs --all: an archive that migrations still need cannot go.");
        });
        return Runs(command, new MigrateWay(Direction.Down, async (job, migrator, token) =>
        {
            var result = await migrator.DownAsync(TargetOf(job), token);
            if (job.Parsed.GetValue(purge))
                await migrator.PurgeAsync(token);
            return result;
        })
        {
            RemovalsAsync = (job, migrator, token) => migrator.RemovalsAsync(TargetOf(job), token),
            AskAsync = (job, databases) => DownQuestion.AskAsync(
                job, databases, job.Parsed.GetValue(purge), job.Parsed.GetValue(yes), job.Parsed.GetValue(ignoreFunctions)),
        });

        DownTarget TargetOf(Job job) => job.Parsed.GetValue(all) ? DownTarget.All
            : job.Parsed.GetValue(to) is { } version ? DownTarget.Above(version)
            : DownTarget.Last(job.Parsed.GetValue(steps) ?? 1);
    }

    private static Command Contract()
    {
        var quietFor = CommonOptions.Duration(
            "--quiet-for", $"Refuse if the bridge was used within this time; warn if it has existed for less. Default: {CommonOptions.Written(QuietFor)}.");
        var force = new Option<string?>("--force")
        {
            Description = "Contract although the checks before it refuse. The reason is written to the run log.",
            HelpName = "REASON",
        };
        return Runs(
            new Command("contract", "Apply the contract migrations. From then on the old version of the application no longer works.") { quietFor, force },
            new MigrateWay(Direction.Up, (_, migrator, token) => migrator.ContractAsync(token))
            {
                BeforeAsync = (_, migrator, token) => migrator.BeforeContractAsync(token),
                Also = (job, options) => options with
                {
                    ContractGate = (connection, _, token) => ContractGate.RunAsync(connection, job.Parsed.GetValue(quietFor) ?? QuietFor, token),
                    ForceReason = job.Parsed.GetValue(force),
                },
            });
    }

    private static Command Runs(Command command, MigrateWay way, Func<Job, CancellationToken, Task<int?>>? instead = null)
    {
        foreach (var option in CommonOptions.OfRuns)
            command.Add(option);
        CommonOptions.AddFleet(
            command,
            [CommonOptions.Targets, CommonOptions.Canary, CommonOptions.Parallel, CommonOptions.KeepGoing],
            [CommonOptions.RecordSupabase, .. command.Options.Where(option => option.Name == "--dry-run")]);
        command.SetAction(async (parsed, token) =>
        {
            if (TargetList.IsAskedFor(parsed))
                return await FleetRun.RunAsync(parsed, way, token);
            var job = await Job.OpenAsync(parsed, token);
            job.Terminal.Text.WriteLine(Wording.Target(job.Target));
            if (instead is not null && await instead(job, token) is { } code)
                return code;
            return await RunAsync(job, way, token);
        });
        return command;
    }

    private static async Task<int> RunAsync(Job job, MigrateWay way, CancellationToken cancellationToken)
    {
        var memory = TargetMemory.Of(job);
        if (memory is not null && !await memory.ConfirmAsync(job, job.Parsed.GetValue(CommonOptions.AcceptTarget), cancellationToken))
            return ExitCode.Interrupted;
        var ledger = await SupabaseLedger.OfAsync(job, cancellationToken);
        var answer = new DownAnswer(GoesOn: true, IgnoresFunctions: false);
        if (way is { RemovalsAsync: { } removals, AskAsync: { } ask })
        {
            await using var migrator = job.Migrator();
            answer = await ask(job, [(null, await removals(job, migrator, cancellationToken))]);
            if (!answer.GoesOn)
                return ExitCode.Interrupted;
        }

        var code = await OnceAsync(cutOff: null);
        if (memory is not null && code is not (ExitCode.Usage or ExitCode.PreflightRefused or ExitCode.RunnerLockTaken))
            await memory.RememberAsync(job, CancellationToken.None);
        return code;

        async Task<int> OnceAsync(CutOffAnswer? cutOff)
        {
            try
            {
                return await job.Terminal.RunAsync(progress => RunAsync(progress, cutOff));
            }
            catch (CutOffException e) // nothing was changed, and the progress is off the screen: somebody can be asked
            {
                cutOff = await job.Terminal.AskAsync(e.Step);
                return cutOff == CutOffAnswer.Refuse ? ExitCode.Interrupted : await OnceAsync(cutOff);
            }
        }

        async Task<int> RunAsync(IProgress<MigrationEvent> progress, CutOffAnswer? cutOff)
        {
            await using var migrator = job.Migrator(progress, options => Also(options) with { CutOff = cutOff ?? options.CutOff });
            var result = await way.RunAsync(job, migrator, cancellationToken);
            if (ledger is not null)
                await ledger.RecordAsync(migrator, cancellationToken);
            return RunReport.Show(job, result, way.Direction);
        }

        MigratorOptions Also(MigratorOptions options) =>
            (way.Also?.Invoke(job, options) ?? options) with { IgnoreFunctions = answer.IgnoresFunctions };
    }
}
