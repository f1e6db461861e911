using System.CommandLine;

namespace OrgSchema.Benchmarks;

/// <summary><c>scale</c>: what grows with the table.</summary>
internal static class ScaleCommand
{
    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = "1,000 to 100,000 rows, once each; written to artifacts/, not to docs/." };
        var command = new Command("scale", "Times every step, and the longest lock that stops writers, on tables of 10,000 to 10,000,000 rows.") { quick };
        command.SetAction(async (parsed, token) =>
        {
            var section = parsed.GetValue(quick)
                ? await ScaleBenchmark.RunAsync([1_000, 10_000, 100_000], rounds: 1, token)
                : await ScaleBenchmark.RunAsync([10_000, 100_000, 1_000_000, 10_000_000], rounds: 3, token);
            await section.WriteAsync(parsed.GetValue(quick));
        });
        return command;
    }
}
