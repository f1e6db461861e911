using System.ComponentModel;
using System.Runtime.Versioning;
using CliWrap;
using CliWrap.Buffered;

namespace OrgSchema.LocalPostgres;

/// <summary>
/// The user that the server's programs run as. PostgreSQL refuses to run as root
/// (https://www.postgresql.org/docs/current/postgres-user.html): for root it is <c>postgres</c>, else <c>nobody</c>.
/// </summary>
internal sealed record ServerUser(string Name, string Id, string Group)
{
    private static readonly string[] Candidates = ["postgres", "nobody"];

    // Not the PATH: what root runs must be the system's. The last is NixOS's.
    private static readonly string[] SystemFolders = ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/run/current-system/sw/bin"];

    /// <summary>Whether this process is root, so that the server has to run as somebody else.</summary>
    [UnsupportedOSPlatformGuard("windows")]
    public static bool IsNeeded { get; } = !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess;

    /// <summary>Numbers of that user and its group, or of this process's where it is not needed: <c>1000:1000</c>. Linux only.</summary>
    public static string Ids
    {
        get
        {
            if (IsNeeded)
                return $"{Find().Id}:{Find().Group}";
            var status = File.ReadAllLines("/proc/self/status");
            string Of(string name) => status.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split('\t')[1];
            return $"{Of("Uid:")}:{Of("Gid:")}";
        }
    }

    /// <summary>Runs a program as that user, in an environment without anything of ours.</summary>
    /// <param name="program">Full path.</param>
    /// <param name="arguments">No password among them: every user of the machine can read a command line.</param>
    /// <param name="folder">Working folder, which that user can enter: the programs look up where they are when they start.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    /// <param name="input">What it can read. Default: nothing.</param>
    public static async Task<BufferedCommandResult> RunAsync(
        string program, IEnumerable<string> arguments, string folder, CancellationToken cancellationToken, PipeSource? input = null)
    {
        var command = IsNeeded ? Unprivileged(Find(), program, arguments) : Cli.Wrap(program).WithArguments(arguments);
        try
        {
            return await command.WithWorkingDirectory(folder).WithValidation(CommandResultValidation.None)
                .WithEnvironmentVariables(ChildEnvironment.Of())
                .WithStandardInputPipe(input ?? PipeSource.Null)
                .ExecuteBufferedAsync(cancellationToken);
        }
        catch (Win32Exception failure)
        {
            throw new LocalPostgresException($"{program} could not be run: {failure.Message}.", failure);
        }
    }

    /// <summary>Asks a program something, as that user.</summary>
    /// <param name="program">The program.</param>
    /// <param name="question">The argument, such as <c>--version</c>.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    /// <returns>What it says; null if it does not run here: built for another machine, say, or not executable.</returns>
    public static async Task<string?> AskAsync(string program, string question, CancellationToken cancellationToken)
    {
        try
        {
            var full = Path.GetFullPath(program);
            var result = await RunAsync(full, [question], Path.GetPathRoot(full)!, cancellationToken);
            return result.IsSuccess ? result.StandardOutput.Trim() : null;
        }
        catch (LocalPostgresException failure) when (failure.InnerException is Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Writes a file that nobody else may read, with the rights of the server's user: root would follow any link.</summary>
    /// <param name="path">The file, in a folder of that user.</param>
    /// <param name="mode">Whether there must be none, it is replaced, or added to.</param>
    /// <param name="text">What is written.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="IOException">It could not be written.</exception>
    public static async Task WriteAsync(string path, FileMode mode, string text, CancellationToken cancellationToken)
    {
        var fresh = $"{path}.{Guid.NewGuid():N}";
        if (IsNeeded)
        {
            var write = mode switch
            {
                FileMode.CreateNew => "cat > \"$0\"",
                FileMode.Append => "cat >> \"$0\"",
                _ => "cat > \"$1\" && mv -f \"$1\" \"$0\"", // what is there may be a pipe that nobody reads
            };
            var result = await RunAsync(
                "/bin/sh",
                ["-c", $"umask 077; {(mode == FileMode.Append ? "" : "set -C; ")}{write}", path, fresh],
                Path.GetDirectoryName(path)!,
                cancellationToken,
                PipeSource.FromString(text));
            if (!result.IsSuccess)
                throw new IOException(result.StandardError.Trim());
            return;
        }

        var options = new FileStreamOptions { Mode = mode == FileMode.Create ? FileMode.CreateNew : mode, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var writer = new StreamWriter(mode == FileMode.Create ? fresh : path, options))
            await writer.WriteAsync(text.AsMemory(), cancellationToken);
        if (mode == FileMode.Create)
            File.Move(fresh, path, overwrite: true);
    }

    /// <summary>Deletes a file or a folder with all that is in it, with that user's rights.</summary>
    /// <exception cref="IOException">Something is left.</exception>
    public static async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        if (IsNeeded)
            await RunAsync("/bin/rm", ["-rf", "--", path], "/", cancellationToken);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: !IsNeeded); // root's own folder around that user's files
        else
            File.Delete(path);
    }

    /// <summary>Gives a folder to the server's user. Nothing to do unless this process is root.</summary>
    /// <param name="path">The folder, made by this process in one of its own.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task GiveAsync(string path, CancellationToken cancellationToken)
    {
        if (!IsNeeded)
            return;

        var user = Find();
        var chown = OfSystem("chown") ?? throw new LocalPostgresException("There is no chown. Run this as an ordinary user.");
        var result = await Cli.Wrap(chown).WithArguments(["--no-dereference", $"{user.Id}:{user.Group}", path])
            .WithEnvironmentVariables(ChildEnvironment.Of()).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(cancellationToken);
        if (!result.IsSuccess)
            throw new LocalPostgresException($"{path} could not be given to the user {user.Name}, who runs the server for root: {result.StandardError.Trim()}");
    }

    /// <summary>What root has to know when a program failed; empty for everybody else.</summary>
    public static string Note(string binaries, string folder) => IsNeeded
        ? $"{Environment.NewLine}For root the server runs as the user {Find().Name}, who must be able to read {binaries} and to reach {folder}."
        : "";

    private static Command Unprivileged(ServerUser user, string program, IEnumerable<string> arguments)
    {
        // setpriv becomes the program; runuser stays its parent, and a kill does not get through to the child.
        if (OfSystem("setpriv") is { } setpriv)
            return Cli.Wrap(setpriv).WithArguments([$"--reuid={user.Id}", $"--regid={user.Group}", "--init-groups", "--", program, .. arguments]);
        if (OfSystem("runuser") is { } runuser)
            return Cli.Wrap(runuser).WithArguments(["-u", user.Name, "--", program, .. arguments]);
        throw new LocalPostgresException("PostgreSQL refuses to run as root, and there is neither setpriv nor runuser to run it as somebody else. Install util-linux, or run this as an ordinary user.");
    }

    private static ServerUser Find()
    {
        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length > 3).ToList();
        var found = Candidates.Select(name => users.Find(fields => fields[0] == name)).FirstOrDefault(fields => fields is not null);
        return found is null
            ? throw new LocalPostgresException($"PostgreSQL refuses to run as root, and there is no user {string.Join(" or ", Candidates)} to run it as. Create one (useradd --system postgres), or run this as an ordinary user.")
            : new ServerUser(found[0], found[2], found[3]);
    }

    /// <summary>A program of the system, where root may trust it; null if there is none.</summary>
    public static string? OfSystem(string program) => SystemFolders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
