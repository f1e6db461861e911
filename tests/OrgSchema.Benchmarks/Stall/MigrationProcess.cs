using System.Text.Json;
using CliWrap;

namespace OrgSchema.Benchmarks;

/// <summary>The program as people run it, in a process of its own.</summary>
internal static class MigrationProcess
{
    /// <summary>Runs it to its end.</summary>
    /// <returns>Each migration with its time, from the program's own progress lines as they arrive.</returns>
    /// <exception cref="InvalidOperationException">It did not end well.</exception>
    public static async Task<IReadOnlyList<Band>> RunAsync(BenchServer server, string[] arguments, CancellationToken cancellationToken)
    {
        var bands = new List<Band>();
        var other = new List<string>();
        var began = Clock.Now;
        // It stands for a program on another machine: what its start costs should not be taken from the clients.
        string[] program = ["dotnet", Path.Combine(AppContext.BaseDirectory, "orgschema.dll"), .. arguments, "--output", "json"];
        string[] command = OperatingSystem.IsWindows() ? program : ["nice", "-n", "19", .. program];
        var result = await Cli.Wrap(command[0])
            .WithArguments(command[1..])
            .WithEnvironmentVariables(variables => variables.Set("ORGSCHEMA_DATABASE_URL", server.Url))
            .WithWorkingDirectory(AppContext.BaseDirectory)
            .WithStandardErrorPipe(PipeTarget.ToDelegate(Read))
            .WithStandardOutputPipe(PipeTarget.ToDelegate(other.Add))
            .WithValidation(CommandResultValidation.None)
            .ExecuteAsync(cancellationToken);
        return result.ExitCode == 0
            ? bands
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
}
