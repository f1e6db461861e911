using System.CommandLine;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary><c>script</c>: the same migrations as SQL files.</summary>
internal static class ScriptCommand
{
    public static Command Create()
    {
        var format = new Option<ScriptFormat>("--format") { Description = "sql (for psql, up and down) or supabase (for supabase db push). Default: sql.", HelpName = "sql|supabase", CustomParser = CommonOptions.Choice<ScriptFormat> };
        var folder = new Option<DirectoryInfo?>("--out") { Description = "The folder to write to. Default: sql, or supabase/migrations.", HelpName = "DIR" };
        var record = new Option<bool>("--record") { Description = "Make the files update the version table, so that a later migrate has nothing to do." };
        var contract = new Option<bool>("--contract") { Description = "With --format supabase: also write the contract migrations, which 'db push' applies with all the others." };
        var command = new Command("script", "Write the migrations as SQL files, for the target's version of PostgreSQL.") { format, folder, record, contract };
        command.SetAction(async (parsed, token) =>
        {
            var job = await Job.OpenAsync(parsed, token);
            await using var migrator = job.Migrator();
            var scripts = new ScriptFolder(parsed.GetValue(folder)?.FullName ?? (parsed.GetValue(format) == ScriptFormat.Sql ? "sql" : Path.Combine("supabase", "migrations")));
            var files = (await migrator.ScriptAsync(parsed.GetValue(format), parsed.GetValue(record), token))
                .Where(file => parsed.GetValue(format) == ScriptFormat.Sql || parsed.GetValue(contract) || file.Migration.Phase != Phase.Contract)
                .ToList();
            scripts.Write(files);
            job.Terminal.Show(
                new ScriptDocument(scripts.Path, [.. files.Select(file => file.Name)]),
                JsonDocuments.Default.ScriptDocument,
                $"{Amount.Of(files.Count, "file")} in {scripts.Path}.");
            return ExitCode.Done;
        });
        return command;
    }
}
