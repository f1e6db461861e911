using System.CommandLine;
using OrgSchema.LocalPostgres;
using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary><c>db</c>: the local PostgreSQL that is used when no target is given.</summary>
internal static class DbCommand
{
    public static Command Create() => new("db", "Manage the local PostgreSQL, which is the target when none is given.")
    {
        Action("start", "Start the local PostgreSQL.", async (terminal, token) =>
        {
            var database = await terminal.WhileStartingAsync(progress => Target.Local(progress).EnsureStartedAsync(token));
            terminal.Show(Document(database), JsonDocuments.Default.ServerDocument, Wording.LocalRuns(database.Version, Target.Local().Folder));
        }),
        Action("stop", "Stop the local PostgreSQL. Its data is kept.", async (terminal, token) =>
        {
            var stopped = await Target.Local().StopAsync(token);
            terminal.Show(new StoppedDocument(stopped), JsonDocuments.Default.StoppedDocument, stopped ? Wording.LocalStopped : Wording.LocalDidNotRun);
        }),
        Action("url", "Print the URL of the local database, with the password.", async (terminal, token) =>
        {
            var database = await terminal.WhileStartingAsync(progress => Target.Local(progress).EnsureStartedAsync(token));
            terminal.Show(new DatabaseDocument(database.Url, database.Version.ToString()), JsonDocuments.Default.DatabaseDocument, database.Url);
        }),
        Reset(),
        Psql(),
    };

    private static Command Reset()
    {
        var baseline = new Option<bool>("--baseline") { Description = "Recreate only the stand-in of the application: no migrations, no demo data." };
        var command = new Command("reset", "Recreate the local database: the stand-in of the application, all migrations but contract, demo data. Everything in it is lost.") { baseline };
        command.SetAction(async (parsed, token) =>
        {
            var terminal = Job.TerminalOf(parsed);
            var tenancy = TenancyConfiguration.Load(parsed.GetValue(CommonOptions.Config));
            var database = await terminal.WhileStartingAsync(progress => Target.Local(progress).ResetAsync(token));
            if (parsed.GetValue(baseline))
            {
                terminal.Show(Document(database), JsonDocuments.Default.ServerDocument, Wording.BaselineMade);
                return ExitCode.Done;
            }

            var job = new Job(parsed, terminal, new Target(new(database.ConnectionString), IsLocal: true), tenancy);
            terminal.Text.WriteLine(Wording.Target(job.Target));
            return await terminal.RunAsync(async progress =>
            {
                await using var migrator = job.Migrator(progress);
                var result = await migrator.UpAsync(null, token);
                await Seed.PlantAsync(job.Target, token);
                // How the database stands now, with the seed in it.
                return RunReport.Show(job, result with { Findings = await migrator.AskAsync(job.VerifyAndReadAsync, token) }, Direction.Up);
            });
        });
        return command;
    }

    private static Command Psql()
    {
        var arguments = new Argument<string[]>("arguments") { Description = "Arguments of psql; put -- before them.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("psql", "Open psql on the local database.") { arguments };
        command.SetAction(async (parsed, token) =>
        {
            var database = await Job.TerminalOf(parsed).WhileStartingAsync(progress => Target.Local(progress).EnsureStartedAsync(token));
            return await database.PsqlAsync(parsed.GetValue(arguments) ?? [], CancellationToken.None); // Ctrl-C is psql's
        });
        return command;
    }

    // Only 'db url' shows the password.
    private static ServerDocument Document(LocalDatabase database) => new(database.Version.ToString(), Target.Local().Folder);

    private static Command Action(string name, string description, Func<Terminal, CancellationToken, Task> action)
    {
        var command = new Command(name, description);
        command.SetAction(async (parsed, token) =>
        {
            await action(Job.TerminalOf(parsed), token);
            return ExitCode.Done;
        });
        return command;
    }
}
