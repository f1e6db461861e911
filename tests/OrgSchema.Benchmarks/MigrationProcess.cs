using System.Globalization;
using System.Text.Json;
using CliWrap;

namespace OrgSchema.Benchmarks;

/// <summary>What a run of the program has shown.</summary>
/// <param name="Migrations">Each migration with its time, from the program's own progress lines as they arrive.</param>
/// <param name="Took">From its start to its end.</param>
/// <param name="Memory">How much memory it had, while it ran; empty where the system does not say.</param>
internal sealed record ProgramRun(IReadOnlyList<Band> Migrations, TimeSpan Took, IReadOnlyList<(TimeSpan Moment, long Bytes)> Memory)
{
    public long? PeakMemory => Memory.Count == 0 ? null : Memory.Max(sample => sample.Bytes);
}

/// <summary>The program as people run it, in a process of its own: the one that was built, or the binary that <c>ORGSCHEMA_BINARY</c> names.</summary>
internal static class MigrationProcess
{
    private static readonly TimeSpan BetweenSamples = TimeSpan.FromMilliseconds(50);

    private static string? Binary => Environment.GetEnvironmentVariable("ORGSCHEMA_BINARY") is { Length: > 0 } binary ? binary : null;

    /// <summary>How it is started.</summary>
    public static string[] Program => Binary is { } binary ? [Path.GetFullPath(binary)] : ["dotnet", Path.Combine(AppContext.BaseDirectory, "orgschema.dll")];

    /// <summary>Which program it is.</summary>
    public static string Description => Binary is { } binary ? $"the published binary {Path.GetFileName(binary)}" : "built for .NET, started by dotnet";

    /// <summary>Its version, with the commit that it was built from.</summary>
    public static string Version { get; } = VersionOf();

    private static string VersionOf()
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(Program[0], [.. Program[1..], "--version"]) { RedirectStandardOutput = true })!;
        var version = process.StandardOutput.ReadToEnd().Trim();
        return version.IndexOf('+', StringComparison.Ordinal) is > 0 and var plus ? version[..Math.Min(version.Length, plus + 9)] : version;
    }

    /// <summary>Runs it to its end.</summary>
    /// <param name="url">Its target.</param>
    /// <param name="arguments">Its command line, but for the form of its output.</param>
    /// <param name="remote">Whether it stands for a program on another machine: what its start costs is not to be taken from clients.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidOperationException">It did not end well.</exception>
    public static async Task<ProgramRun> RunAsync(string url, string[] arguments, bool remote, CancellationToken cancellationToken)
    {
        var bands = new List<Band>();
        var other = new List<string>();
        var began = Clock.Now;
        string[] program = [.. Program, .. arguments, "--output", "json"];
        string[] command = remote && !OperatingSystem.IsWindows() ? ["nice", "-n", "19", .. program] : program;
        var started = Clock.Now;
        var run = Cli.Wrap(command[0])
            .WithArguments(command[1..])
            .WithEnvironmentVariables(variables => variables.Set("ORGSCHEMA_DATABASE_URL", url))
            .WithWorkingDirectory(AppContext.BaseDirectory)
            .WithStandardErrorPipe(PipeTarget.ToDelegate(Read))
            .WithStandardOutputPipe(PipeTarget.ToDelegate(other.Add))
            .WithValidation(CommandResultValidation.None)
            .ExecuteAsync(cancellationToken);
        var memory = await SampleAsync(run.ProcessId, run.Task);
        var result = await run;
        return result.ExitCode == 0
            ? new ProgramRun(bands, Clock.Now - started, memory)
            : throw new InvalidOperationException($"orgschema {string.Join(' ', arguments)} ended with {result.ExitCode}:{Environment.NewLine}{string.Join(Environment.NewLine, other)}");

        void Read(string line)
        {
            if (!line.StartsWith('{'))
            {
                other.Add(line);
                return;
            }

            using var document = JsonDocument.Parse(line);
            switch (document.RootElement.GetProperty("event").GetString())
            {
                case "started":
                    began = Clock.Now;
                    break;
                case "finished":
                    bands.Add(new Band($"{document.RootElement.GetProperty("version").GetInt64() % 10_000:0000} {document.RootElement.GetProperty("name").GetString()}", began, Clock.Now));
                    break;
                default:
                    other.Add(line);
                    break;
            }
        }
    }

    // nice replaces itself by the program: the process is the same. VmHWM is the peak so far, so nothing between two looks is lost.
    private static async Task<List<(TimeSpan, long)>> SampleAsync(int process, Task ended)
    {
        var samples = new List<(TimeSpan, long)>();
        while (!ended.IsCompleted)
        {
            await Task.WhenAny(ended, Task.Delay(BetweenSamples));
            try
            {
                if (File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)) is { } line)
                    samples.Add((Clock.Now, long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10));
            }
            catch (IOException)
            {
                break; // it has ended, or there is no such file on this system
            }
        }

        return samples;
    }
}
