using System.CommandLine;

namespace OrgSchema.Benchmarks;

/// <summary><c>stall</c>: what clients notice while the database is migrated.</summary>
internal static class StallCommand
{
    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = "100,000 rows and short runs; written to artifacts/, not to docs/." };
        var rows = new Option<int?>("--rows") { Description = "Rows of dsos. Default: 2000000.", HelpName = "N" };
        var rate = new Option<int?>("--rate") { Description = "Transactions a second, of all clients. Default: 200.", HelpName = "N" };
        var only = new Option<string?>("--only") { Description = "Only runs whose name contains TEXT; printed, not written.", HelpName = "TEXT" };
        var note = new Option<string?>("--note") { Description = "Something about the machine that belongs to the results.", HelpName = "TEXT" };
        var command = new Command("stall", "Migrates a database in use, and measures what its clients notice.") { quick, rows, rate, only, note };
        command.SetAction(async (parsed, token) =>
        {
            var options = parsed.GetValue(quick) ? StallOptions.Quick : new StallOptions();
            options = options with
            {
                Rows = parsed.GetValue(rows) ?? options.Rows,
                Rate = parsed.GetValue(rate) ?? options.Rate,
                Only = parsed.GetValue(only),
                Note = parsed.GetValue(note),
            };
            var result = await StallBenchmark.RunAsync(options, token);
            var report = StallReport.Of(result);
            Console.WriteLine(report);
            if (options.Only is not null)
                return;
            Directory.CreateDirectory(options.Folder);
            await File.WriteAllTextAsync(Path.Combine(options.Folder, "benchmarks-stall.md"), report, token);
            await File.WriteAllTextAsync(Path.Combine(options.Folder, "stall.svg"), StallPicture.Of(result), token);
        });
        return command;
    }
}
