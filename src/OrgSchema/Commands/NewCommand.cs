using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary><c>new NAME</c>: a migration to fill in.</summary>
internal static partial class NewCommand
{
    private const string Folder = "src/OrgSchema/Migrations";

    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The name of its class, such as AddLogoToOrganizations." };
        name.Validators.Add(result =>
        {
            if (!ClassName().IsMatch(result.GetValueOrDefault<string>() ?? ""))
                result.AddError($"'{result.GetValueOrDefault<string>()}' is not a class name: write it like AddLogoToOrganizations.");
        });
        var phase = new Option<Phase>("--phase") { Description = "expand, backfill or contract. Default: expand.", HelpName = "PHASE", CustomParser = CommonOptions.Choice<Phase> };
        var command = new Command("new", "Write the file of a new migration, with the next timestamp.") { name, phase };
        command.SetAction(parsed =>
        {
            var folder = FindFolder() ?? throw new RequestException($"There is no folder {Folder} here.", "Run this in the root of the repository.");
            if (Directory.EnumerateFiles(folder, $"*_{parsed.GetValue(name)}.cs").FirstOrDefault() is { } same)
                throw new RequestException($"There is a migration of this name: {same}.", "Give it another name.");
            var version = NextVersion();
            var path = Path.Combine(folder, $"{version}_{parsed.GetValue(name)}.cs");
            try
            {
                using var writer = new StreamWriter(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write });
                writer.Write(Template(version, parsed.GetValue(name)!, parsed.GetValue(phase)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new RequestException($"'{path}' cannot be written: {e.Message}", "Run this where you may write.");
            }

            Job.TerminalOf(parsed).Show(new NewDocument(path), JsonDocuments.Default.NewDocument, Wording.NewMigration(path));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Now, but later than every migration there is: two in one second, or a clock that is behind.</summary>
    private static long NextVersion()
    {
        var now = long.Parse(DateTime.UtcNow.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return Math.Max(now, KnownMigration.In(MigrationList.All)[^1].Version + 1);
    }

    private static string? FindFolder()
    {
        for (var folder = new DirectoryInfo(Directory.GetCurrentDirectory()); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, Folder)))
                return Path.Combine(folder.FullName, Folder);
        }

        return null;
    }

    private static string Template(long version, string name, Phase phase) => $$"""
        using OrgSchema.Online;

        namespace OrgSchema;

        /// <summary>What it is for, in one sentence.</summary>
        [{{phase}}({{version}})]
        public sealed class {{name}} : OnlineMigration
        {
            // Verbs that build, validate or work in batches need a second argument above: FluentMigrator.TransactionBehavior.None.
            // docs/migrations.md lists all verbs.
            public override void Up() => throw new System.NotSupportedException("Say what Up does.");

            public override void Down() => throw new System.NotSupportedException("Say how to take it back.");
        }

        """;

    [GeneratedRegex("^[A-Z][A-Za-z0-9]{2,79}$")]
    private static partial Regex ClassName();
}
