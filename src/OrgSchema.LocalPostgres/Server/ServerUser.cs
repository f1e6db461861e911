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

    /// <summary>Whether this process is root, so that the server has to run as somebody else.</summary>
    [UnsupportedOSPlatformGuard("windows")]
    public static bool IsNeeded { get; } = !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess;

    /// <summary>Runs a program of the server, with its messages in English.</summary>
    /// <param name="program">Full path.</param>
    /// <param name="arguments">No password among them: every user of the machine can read a command line.</param>
    /// <param name="folder">Working folder, which that user can enter: the programs look up where they are when they start.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    public static async Task<BufferedCommandResult> RunAsync(string program, IEnumerable<string> arguments, string folder, CancellationToken cancellationToken)
    {
        var command = IsNeeded ? Unprivileged(Find(), program, arguments) : Cli.Wrap(program).WithArguments(arguments);
        try
        {
            return await command.WithWorkingDirectory(folder).WithValidation(CommandResultValidation.None)
                .WithEnvironmentVariables(variables => variables.Set("LC_ALL", "C").Set("PGDATA", null))
                .ExecuteBufferedAsync(cancellationToken);
        }
        catch (Win32Exception failure)
        {
            throw new LocalPostgresException($"{program} could not be run: {failure.Message}.", failure);
        }
    }

    /// <summary>Gives a file or folder to the server's user. Nothing to do unless this process is root.</summary>
    public static async Task GiveAsync(string path, CancellationToken cancellationToken)
    {
        if (!IsNeeded)
            return;

        var user = Find();
        var result = await Cli.Wrap("chown").WithArguments([$"{user.Id}:{user.Group}", path])
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(cancellationToken);
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
        if (OnPath("setpriv") is { } setpriv)
            return Cli.Wrap(setpriv).WithArguments([$"--reuid={user.Id}", $"--regid={user.Group}", "--init-groups", "--", program, .. arguments]);
        if (OnPath("runuser") is { } runuser)
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

    private static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(["/usr/bin", "/usr/sbin", "/sbin", "/bin"])
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
