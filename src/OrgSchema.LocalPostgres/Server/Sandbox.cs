using System.Text;
using CliWrap;

namespace OrgSchema.LocalPostgres;

/// <summary>
/// What locks in a server that runs code of strangers: bubblewrap, where it is installed and may be used. The server has no network,
/// sees no other process, and no file but those of the system, its programs and its own folder, the only one that it can write to.
/// </summary>
/// <remarks>https://github.com/containers/bubblewrap</remarks>
internal sealed class Sandbox
{
    // What programs need to start. Of /etc only what says nothing about this machine's secrets.
    private static readonly string[] SystemPaths =
    [
        "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/etc/alternatives", "/etc/group", "/etc/ld.so.cache", "/etc/ld.so.conf",
        "/etc/ld.so.conf.d", "/etc/localtime", "/etc/nsswitch.conf", "/etc/passwd", "/etc/ssl/openssl.cnf",
    ];

    // The name of a Unix socket has 107 bytes at most, and PostgreSQL's ends in "/.s.PGSQL.5432".
    private const int LongestFolder = 93;

    private readonly string _program;
    private readonly string _folder;
    private readonly string[] _walls;

    private Sandbox(string program, string binaries, string folder)
    {
        _program = program;
        _folder = folder;
        _walls =
        [
            "--unshare-all", "--new-session", "--cap-drop", "ALL",
            "--ro-bind", "/usr", "/usr", .. SystemPaths.SelectMany(path => (string[])["--ro-bind-try", path, path]),
            "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
            "--ro-bind", binaries, binaries, "--bind", folder, folder, "--chdir", folder, "--",
        ];
    }

    /// <summary>Tries bubblewrap out on this machine.</summary>
    /// <param name="binaries">The programs of the server.</param>
    /// <param name="folder">The server's folder.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The sandbox; or null, and why there is none.</returns>
    public static async Task<(Sandbox? Sandbox, string Why)> FindAsync(PostgresBinaries binaries, string folder, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
            return (null, "bubblewrap is for Linux");
        if (ServerUser.OfSystem("bwrap") is not { } program)
            return (null, "bubblewrap is not installed");
        if (Encoding.UTF8.GetByteCount(folder) > LongestFolder)
            return (null, $"{Path.GetDirectoryName(folder)} is too long for the name of a socket: set TMPDIR to a shorter folder");
        var sandbox = new Sandbox(program, Path.GetDirectoryName(binaries.Folder)!, folder);
        var tried = await ServerUser.RunAsync(program, [.. sandbox._walls, binaries.Program("postgres"), "--version"], folder, cancellationToken);
        return tried.IsSuccess ? (sandbox, "") : (null, $"bubblewrap cannot be used here: {tried.StandardError.Trim()}");
    }

    /// <summary>Runs a program inside until it ends, this process ends, or it is told to stop. Whatever it has started ends with it.</summary>
    /// <param name="program">Full path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="log">A file in the folder for all that it prints.</param>
    /// <param name="stop">Completes when the program is to end.</param>
    public async Task RunAsync(string program, IEnumerable<string> arguments, string log, Task stop)
    {
        // Standard input ends with this process, however that ends; bubblewrap kills all that is inside when its first process ends.
        const string WithUs = """exec 3<&0; { cat <&3 >/dev/null; kill -KILL $$; } & log=$1; shift; exec "$@" 3<&- </dev/null >"$log" 2>&1""";
        var input = PipeSource.Create((_, ended) => Task.WhenAny(stop, Task.Delay(Timeout.Infinite, ended)));
        await ServerUser.RunAsync(_program, [.. _walls, "/bin/sh", "-c", WithUs, "sh", log, program, .. arguments], _folder, CancellationToken.None, input);
    }
}
