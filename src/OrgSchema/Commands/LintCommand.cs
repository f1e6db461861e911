using System.CommandLine;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary><c>lint</c>: what is wrong with migrations, or with files of SQL?</summary>
internal static class LintCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "SQL files, run in this order. Default: the program's own migrations.", Arity = ArgumentArity.ZeroOrMore };
        var single = new Option<bool>("--single-transaction") { Description = "Run each file in one transaction, as some tools do." };
        var command = new Command("lint", "Check migrations or SQL files: run them on a throw-away PostgreSQL, and report what would hurt a live application.") { files, single };
        command.SetAction(async (parsed, token) =>
        {
            var terminal = Job.TerminalOf(parsed);
            var tenancy = TenancyConfiguration.Load(parsed.GetValue(CommonOptions.Config));
            List<SqlFile> read = [];
            foreach (var path in parsed.GetValue(files) ?? [])
                read.Add(await ReadAsync(path, token));
            await using var database = await terminal.WhileStartingAsync(progress => LintDatabase.CreateAsync(progress, token));
            var found = read.Count == 0
                ? await MigrationLint.RunAsync(new Job(parsed, terminal, new Target(database.Connection, IsLocal: true), tenancy), token)
                : await new SqlLint(database.Connection.ConnectionString).RunAsync(read, parsed.GetValue(single), token);
            return LintReport.Show(terminal, found, database.Version);
        });
        return command;
    }

    private static async Task<SqlFile> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return new SqlFile(path, await Interruptible.RunAsync(() => File.ReadAllText(path), cancellationToken));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RequestException($"{path} cannot be read: {e.Message}", "Name files of SQL, or none for this program's own migrations.");
        }
    }
}
