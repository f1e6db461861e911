using System.Text;
using CliWrap;
using CliWrap.Buffered;

namespace OrgSchema.LocalPostgres;

/// <summary>
/// What locks in a server that runs code of strangers: bubblewrap, else a container of podman or docker. The server has no network, sees no
/// other process, and no file but those of the system, its programs and its own folder, the only one that it can write to.
/// </summary>
/// <remarks>https://github.com/containers/bubblewrap, https://docs.podman.io/en/latest/markdown/podman-run.1.html</remarks>
internal sealed class Sandbox
{
    // What programs need to start. Of /etc only what says nothing about this machine's secrets.
    private static readonly string[] SystemPaths =
    [
        "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/etc/alternatives", "/etc/group", "/etc/ld.so.cache",
        "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/nsswitch.conf", "/etc/passwd", "/etc/ssl/openssl.cnf",
    ];

    // The name of a Unix socket has 107 bytes at most, and PostgreSQL's ends in "/.s.PGSQL.5432".
    private const int LongestFolder = 93;

    // A container of an image without files has the files that are mounted, and no others. Nothing is downloaded.
    private const string EmptyImage = "orgschema-empty";

    private readonly string _program;
    private readonly string _folder;
    private readonly string[] _walls;

    private Sandbox(string name, string program, string folder, string[] walls) => (Name, _program, _folder, _walls) = (name, program, folder, walls);

    /// <summary>What it is made with.</summary>
    public string Name { get; }

    private bool IsContainer => Name != "bubblewrap";

    /// <summary>Tries out what is installed on this machine.</summary>
    /// <param name="binaries">The programs of the server.</param>
    /// <param name="folder">The server's folder.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The sandbox; or null, and why there is none.</returns>
    public static async Task<(Sandbox? Sandbox, string Why)> FindAsync(PostgresBinaries binaries, string folder, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
            return (null, "bubblewrap is for Linux");
        if (Encoding.UTF8.GetByteCount(folder) > LongestFolder)
            return (null, $"{Path.GetDirectoryName(folder)} is too long for the name of a socket: set TMPDIR to a shorter folder");

        var why = new List<string>();
        string[] readable = [.. SystemPaths.Where(Path.Exists), Path.GetDirectoryName(binaries.Folder)!];
        foreach (var sandbox in Installed(readable, folder))
        {
            if (sandbox.IsContainer)
                await sandbox.MakeImageAsync(cancellationToken);
            var tried = await sandbox.RunAsync([binaries.Program("postgres"), "--version"], PipeSource.Null, cancellationToken);
            if (tried.IsSuccess)
                return (sandbox, "");
            why.Add($"{sandbox.Name} cannot be used here: {tried.StandardError.Trim()}");
        }

        return (null, why.Count > 0 ? string.Join("; ", why) : "neither bubblewrap nor podman nor docker is installed");
    }

    /// <summary>Runs a program inside until it ends, this process ends, or it is told to stop. Whatever it has started ends with it.</summary>
    /// <param name="program">Full path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="log">A file in the folder for all that it prints.</param>
    /// <param name="stop">Completes when the program is to end.</param>
    public async Task RunAsync(string program, IEnumerable<string> arguments, string log, Task stop)
    {
        // Standard input ends with this process, however that ends. A container ends with its first process, which is this shell.
        // In bubblewrap the first process is another one, and waits for the rest: so the shell kills them. It reaches none outside.
        const string WithUs = """
            exec 3<&0; log=$1; shift
            "$@" 3<&- </dev/null >"$log" 2>&1 & server=$!
            { cat <&3; kill -KILL $server; } >/dev/null 2>&1 &
            wait $server
            """;
        var end = IsContainer ? "" : "kill -s KILL -- -1";
        var input = PipeSource.Create((_, ended) => Task.WhenAny(stop, Task.Delay(Timeout.Infinite, ended)));
        await RunAsync(["/bin/sh", "-c", $"{WithUs}\n{end}", "sh", log, program, .. arguments], input, CancellationToken.None);
    }

    private static IEnumerable<Sandbox> Installed(string[] readable, string folder)
    {
        if (ServerUser.OfSystem("bwrap") is { } bubblewrap)
        {
            yield return new Sandbox("bubblewrap", bubblewrap, folder,
            [
                "--unshare-all", "--new-session", "--cap-drop", "ALL", .. readable.SelectMany(path => (string[])["--ro-bind", path, path]),
                "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--bind", folder, folder, "--chdir", folder, "--",
            ]);
        }

        foreach (var engine in (string[])["podman", "docker"])
        {
            if (ServerUser.OfSystem(engine) is { } program)
                yield return new Sandbox(engine, program, folder, Container(engine, readable, folder));
        }
    }

    private static string[] Container(string engine, string[] readable, string folder) =>
    [
        "run", "--rm", "--interactive", "--pull", "never", "--network", "none", "--read-only", "--cap-drop", "ALL",
        "--security-opt", "no-new-privileges", "--security-opt", "label=disable", "--shm-size", "1g", // the default is too small for parallel queries
        "--user", ServerUser.Ids, .. engine == "podman" && !ServerUser.IsNeeded ? (string[])["--userns", "keep-id"] : [],
        .. readable.SelectMany(path => (string[])["--volume", $"{path}:{path}:ro"]), "--volume", $"{folder}:{folder}", "--workdir", folder, EmptyImage,
    ];

    private async Task MakeImageAsync(CancellationToken cancellationToken)
    {
        var emptyArchive = PipeSource.FromBytes(new byte[1024]);
        if (!(await EngineAsync(["image", "inspect", EmptyImage], PipeSource.Null, cancellationToken)).IsSuccess)
            await EngineAsync(["import", "-", EmptyImage], emptyArchive, cancellationToken);
    }

    private Task<BufferedCommandResult> RunAsync(string[] command, PipeSource input, CancellationToken cancellationToken) => IsContainer
        ? EngineAsync([.. _walls, .. command], input, cancellationToken)
        : ServerUser.RunAsync(_program, [.. _walls, .. command], _folder, cancellationToken, input);

    // Not as the server's user: who may talk to the engine may do everything.
    private async Task<BufferedCommandResult> EngineAsync(string[] arguments, PipeSource input, CancellationToken cancellationToken) =>
        await Cli.Wrap(_program).WithArguments(arguments).WithStandardInputPipe(input).WithEnvironmentVariables(ChildEnvironment.Of())
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(cancellationToken);
}
