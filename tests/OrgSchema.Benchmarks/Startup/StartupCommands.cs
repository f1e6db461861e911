using System.CommandLine;

namespace OrgSchema.Benchmarks;

/// <summary><c>startup</c>, <c>apply</c> and <c>many</c>: what does not depend on the number of rows.</summary>
internal static class StartupCommands
{
    public static IEnumerable<Command> All =>
    [
        Create("startup", "Times programs that have nothing to do: this one, psql and other tools.", quick: 3, full: 40, StartupBenchmark.RunAsync),
        Create("apply", "Times how this program, psql and other tools apply the same SQL to new databases.", quick: 1, full: 10, ApplyBenchmark.RunAsync),
        Create("many", "Times status and migrate of a project with 1,000 migrations.", quick: 2, full: 10, (rounds, token) => ManyBenchmark.RunAsync(1_000, rounds, token)),
    ];

    private static Command Create(string name, string description, int quick, int full, Func<int, CancellationToken, Task<Section>> run)
    {
        var isQuick = new Option<bool>("--quick") { Description = "Few rounds; written to artifacts/, not to docs/." };
        var rounds = new Option<int?>("--rounds") { Description = $"How often each command runs. Default: {full}.", HelpName = "N" };
        var command = new Command(name, description) { isQuick, rounds };
        command.SetAction(async (parsed, token) =>
        {
            var section = await run(parsed.GetValue(rounds) ?? (parsed.GetValue(isQuick) ? quick : full), token);
            await section.WriteAsync(parsed.GetValue(isQuick));
        });
        return command;
    }
}
