using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using NUnit.Framework;

namespace OrgSchema.Testing;

/// <summary>
/// The program as a process, with a home and an environment of its own: <c>orgschema.dll</c> beside the tests, or the
/// binary that <c>ORGSCHEMA_BINARY</c> names. Whatever it is told, it may not repeat the password of its database.
/// </summary>
public sealed class ProgramUnderTest : IDisposable
{
    private readonly ScratchFolder _home = new();
    private readonly List<string> _secrets = [];

    /// <summary>With a target, or with none: then it has a local PostgreSQL of its own.</summary>
    public ProgramUnderTest(TestDatabase? database = null)
    {
        Directory.CreateDirectory(Folder);
        if (database is not null)
            Target(database.Url);
    }

    /// <summary>The folder it runs in. Empty at first.</summary>
    public string Folder => _home["work"];

    /// <summary>Variables on top of the environment.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Sets the target, and keeps its password a secret.</summary>
    public void Target(string url)
    {
        Environment["ORGSCHEMA_DATABASE_URL"] = url;
        KeepSecret(url);
    }

    /// <summary>Fails the test from now on when the password of this URL is in any output.</summary>
    public void KeepSecret(string url)
    {
        if (Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.UserInfo.Split(':', 2) is [_, { Length: > 0 } password])
            _secrets.AddRange([password, Uri.UnescapeDataString(password)]);
    }

    /// <summary>Runs it to its end.</summary>
    public Task<ProgramResult> RunAsync(params string[] arguments) => Start(arguments).Result;

    /// <summary>Runs it to its end, which must be this exit code.</summary>
    public async Task<ProgramResult> RunAsync(int exitCode, params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.That(result.ExitCode, Is.EqualTo(exitCode), $"orgschema {string.Join(' ', arguments)}\n{result}");
        return result;
    }

    /// <summary>Runs it on a terminal, where somebody types. The arguments have no spaces.</summary>
    public Task<ProgramResult> RunOnTerminalAsync(string typed, params string[] arguments) =>
        Start(["script", "--quiet", "--return", "--command", string.Join(' ', [.. Program, .. arguments]), "/dev/null"], typed).Result;

    /// <summary>Runs it to its end in a shell, with redirections such as <c>| head -1</c>. The exit code is the program's.</summary>
    public Task<ProgramResult> RunInShellAsync(string redirected, params string[] arguments) => StartInShell(redirected, before: "", arguments).Result;

    /// <summary>Starts it in a shell, after another command with the same redirections.</summary>
    public RunningProgram StartInShell(string redirected, string before, params string[] arguments) =>
        Start(["bash", "-c", $$"""set -o pipefail; { {{before}} "$@"; } {{redirected}}""", "bash", .. Program, .. arguments], typed: "");

    /// <summary>Starts it.</summary>
    public RunningProgram Start(params string[] arguments) => Start([.. Program, .. arguments], typed: "");

    private static string[] Program => System.Environment.GetEnvironmentVariable("ORGSCHEMA_BINARY") is { Length: > 0 } binary
        ? [binary]
        : ["dotnet", Path.Combine(AppContext.BaseDirectory, "orgschema.dll")];

    private RunningProgram Start(string[] command, string typed)
    {
        var start = new ProcessStartInfo(command[0], command[1..]);
        start.WorkingDirectory = Folder;
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ORGSCHEMA_", StringComparison.Ordinal) || name == "DATABASE_URL").ToList())
            start.Environment.Remove(name);
        (start.Environment["HOME"], start.Environment["XDG_CACHE_HOME"]) = (_home.Path, _home["cache"]);
        start.Environment["TMPDIR"] = ScratchFolder.Parent; // its throw-away servers are in memory, too
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        return new RunningProgram(Process.Start(start)!, typed, _secrets);
    }

    /// <summary>Deletes its home.</summary>
    public void Dispose() => _home.Dispose();
}

/// <summary>A program that has not ended yet.</summary>
public sealed class RunningProgram
{
    // Only a program that hangs runs that long.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly Channel<string> _errors = Channel.CreateUnbounded<string>();

    internal RunningProgram(Process process, string typed, IReadOnlyList<string> secrets)
    {
        _process = process;
        process.StandardInput.Write(typed);
        process.StandardInput.Close();
        Result = ResultAsync(secrets);
    }

    /// <summary>How it ends.</summary>
    public Task<ProgramResult> Result { get; }

    /// <summary>Ends at the next line on standard error that has this text; fails when the program ends before, or does not say it.</summary>
    public async Task UntilErrorAsync(string text)
    {
        using var bound = new CancellationTokenSource(Awaiting.Bound);
        try
        {
            await foreach (var line in _errors.Reader.ReadAllAsync(bound.Token))
            {
                if (line.Contains(text, StringComparison.Ordinal))
                    return;
            }
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        Assert.Fail($"The program did not say '{text}'.\n{await Result}");
    }

    /// <summary>Sends what Ctrl-C sends.</summary>
    public Task InterruptAsync() => SignalAsync("INT");

    /// <summary>Sends a signal, by its short name; nothing if it has ended.</summary>
    public async Task SignalAsync(string signal)
    {
        if (Result.IsCompleted)
            return;
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    private async Task<ProgramResult> ResultAsync(IReadOnlyList<string> secrets)
    {
        var watchdog = new Timer(_ => _process.Kill(entireProcessTree: true), null, Longest, Timeout.InfiniteTimeSpan);
        var output = _process.StandardOutput.ReadToEndAsync();
        var errors = new StringBuilder();
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            errors.Append(line).Append('\n');
            _errors.Writer.TryWrite(line);
        }

        _errors.Writer.Complete();
        await _process.WaitForExitAsync();
        var result = new ProgramResult(_process.ExitCode, await output, errors.ToString());
        await watchdog.DisposeAsync();
        _process.Dispose();
        foreach (var secret in secrets)
            Assert.That(result.ToString(), Does.Not.Contain(secret), "A password was shown.");
        return result;
    }
}

/// <summary>What a program has returned and written.</summary>
public sealed record ProgramResult(int ExitCode, string Output, string Error)
{
    /// <summary>Standard output, which must be one JSON document and nothing else.</summary>
    public JsonElement Json
    {
        get
        {
            try
            {
                using var document = JsonDocument.Parse(Output);
                return document.RootElement.Clone();
            }
            catch (JsonException e)
            {
                throw new AssertionException($"Standard output is not one JSON document: {e.Message}\n{this}");
            }
        }
    }

    /// <summary>All of it, for the message of a test that failed.</summary>
    public override string ToString() => $"exit code {ExitCode}\n--- standard output\n{Output}--- standard error\n{Error}";
}
