using System.CommandLine;

namespace OrgSchema;

/// <summary><c>rehearse</c>: up, down, up and contract on a throw-away copy.</summary>
internal static class RehearseCommand
{
    public static Command Create()
    {
        var rows = CommonOptions.Count(
            "--rows", "The most rows that a table of the copy gets; below that, as many as the target's statistics say.", "ROWS", otherwise: 100_000);
        var budget = CommonOptions.Duration("--budget", "Fail if a lock that blocks reads or writes of the application is held longer. Default: no limit.");
        var probes = new Option<DirectoryInfo?>("--probes")
        {
            Description = "A folder with your own probes: *.sql files, each starting with '-- role: NAME'.",
            HelpName = "DIR",
        };
        var report = new Option<FileInfo?>("--report") { Description = "Also write an HTML report, for a change ticket.", HelpName = "FILE.html" };
        var command = new Command(
            "rehearse",
            "Rehearse the migrations on a throw-away copy of the target's schema, with synthetic rows and simulated clients: "
                + "up, down, up and contract. The target is only read.")
        {
            rows, budget, probes, report, CommonOptions.LockTimeout,
        };
        command.SetAction(async (parsed, token) =>
        {
            var job = await Job.OpenAsync(parsed, token);
            var request = new RehearsalRequest(parsed.GetValue(rows), parsed.GetValue(budget), parsed.GetValue(probes)?.FullName);
            // A place where it cannot be written is found before, not after.
            var page = parsed.GetValue(report) is { } file ? await Interruptible.RunAsync(() => new ReportFile(file), token) : null;
            var result = await new Rehearsal(job.Target.ToString(), job.Tenancy, job.Options(), request, job.Terminal.Tell).RunAsync(token);
            var document = RehearsalSummary.Of(result);
            page?.Write(RehearsalPage.Of(document, RehearsalPicture.Of(result)));
            RehearsalText.Show(job, document, page?.Path);
            return document.Passed ? ExitCode.Done : ExitCode.Differs;
        });
        return command;
    }

    /// <summary>A file that can be written. What is in it stays until there is something new.</summary>
    private sealed class ReportFile
    {
        public ReportFile(FileInfo file)
        {
            Path = file.FullName;
            Try(() => File.Open(Path, FileMode.Append).Dispose());
        }

        public string Path { get; }

        public void Write(string text) => Try(() => File.WriteAllText(Path, text));

        private void Try(Action open)
        {
            try
            {
                open();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new Online.RequestException($"'{Path}' cannot be written: {e.Message}", "Give --report a place where you may write.");
            }
        }
    }
}
