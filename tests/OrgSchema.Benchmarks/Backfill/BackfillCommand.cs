using System.CommandLine;

namespace OrgSchema.Benchmarks;

/// <summary><c>backfill</c>: how fast a column is filled in a table in use.</summary>
internal static class BackfillCommand
{
    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = "200,000 rows; written to artifacts/, not to docs/." };
        var rows = new Option<int?>("--rows") { Description = "Rows of dsos. Default: 10000000.", HelpName = "N" };
        var rate = new Option<int?>("--rate") { Description = "Transactions a second, of all clients beside it. Default: 50.", HelpName = "N" };
        var once = new Option<bool>("--once") { Description = "Each way once, instead of there and back." };
        var command = new Command("backfill", "Fills dsos.org_id in batches, beside clients, and compares with one UPDATE and with a loop of psql.") { quick, rows, rate, once };
        command.SetAction(async (parsed, token) =>
        {
            var options = new BackfillBenchmarkOptions(parsed.GetValue(rows) ?? (parsed.GetValue(quick) ? 200_000 : 10_000_000), parsed.GetValue(rate) ?? 50, parsed.GetValue(once));
            var section = await BackfillBenchmark.RunAsync(options, token);
            await section.WriteAsync(parsed.GetValue(quick));
        });
        return command;
    }
}

/// <summary>How much, beside how many clients, and whether there only or there and back.</summary>
internal sealed record BackfillBenchmarkOptions(int Rows, int Rate, bool Once);
