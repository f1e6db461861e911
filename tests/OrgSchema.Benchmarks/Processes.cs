using System.Diagnostics;
using CliWrap;
using CliWrap.Buffered;

namespace OrgSchema.Benchmarks;

/// <summary>Programs that are run to their end, and timed.</summary>
internal static class Processes
{
    /// <summary>The variable that tells <c>orgschema</c> its target.</summary>
    public static Dictionary<string, string?> Target(string url) => new() { ["ORGSCHEMA_DATABASE_URL"] = url };

    /// <summary>Runs one.</summary>
    /// <returns>From its start to its end.</returns>
    /// <exception cref="InvalidOperationException">It did not end well.</exception>
    public static async Task<TimeSpan> RunAsync(IReadOnlyList<string> command, IReadOnlyDictionary<string, string?> environment, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var ended = await Cli.Wrap(command[0])
            .WithArguments(command.Skip(1))
            .WithEnvironmentVariables(environment)
            .WithWorkingDirectory(Path.GetTempPath()) // where no orgschema.json is
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(cancellationToken);
        var took = Stopwatch.GetElapsedTime(started);
        return ended.ExitCode == 0 ? took : throw new InvalidOperationException($"{Path.GetFileName(command[0])} ended with {ended.ExitCode}: {Why(ended)}");
    }

    // The first line: what follows is a stack trace. Not the command: there is a password in it.
    private static string Why(BufferedCommandResult ended) =>
        (ended.StandardError.Trim().Length > 0 ? ended.StandardError : ended.StandardOutput).Trim().Split('\n')[0].Trim();
}
