using System.CommandLine;

namespace OrgSchema.Benchmarks;

/// <summary><c>fleet</c>: many databases of one server, by one command.</summary>
internal static class FleetCommand
{
    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = "10 databases; written to artifacts/, not to docs/." };
        var databases = new Option<int?>("--databases") { Description = "How many databases. Default: 200.", HelpName = "N" };
        var command = new Command("fleet", "Migrates many databases of one server, some at once, and compares with psql running the same SQL.") { quick, databases };
        command.SetAction(async (parsed, token) =>
        {
            var section = await FleetBenchmark.RunAsync(parsed.GetValue(databases) ?? (parsed.GetValue(quick) ? 10 : 200), token);
            await section.WriteAsync(parsed.GetValue(quick));
        });
        return command;
    }
}
