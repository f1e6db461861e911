using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using CliWrap.Buffered;
using Npgsql;

namespace OrgSchema.LocalPostgres;

/// <summary>How a server is asked to stop.</summary>
public enum StopMode
{
    /// <summary>Clients are disconnected, everything is written.</summary>
    Fast,

    /// <summary>At once; the next start recovers, as after a crash.</summary>
    Immediate,
}

/// <summary>
/// One PostgreSQL server in one folder, which holds its data and its log. It listens on 127.0.0.1 only, or in a sandbox on
/// a Unix socket in its folder only, and lets nobody in without the password. Works for an ordinary user and for root.
/// </summary>
/// <remarks>Not for concurrent use on one folder: the per-user local server takes a lock for that.</remarks>
/// <param name="binaries">The programs to run it with; their major version must be the data's.</param>
/// <param name="folder">Where the data and the log are. Created when missing.</param>
/// <param name="password">Password of the superuser, as given to <see cref="InitAsync"/>. See <see cref="NewPassword"/>.</param>
/// <param name="superuser">Name of the superuser. Default: <see cref="Superuser"/>.</param>
public sealed class PostgresServer(PostgresBinaries binaries, string folder, string password, string superuser = PostgresServer.Superuser)
{
    /// <summary>
    /// The bootstrap superuser. Named as on Supabase, where <c>postgres</c> is an ordinary role that migrates.
    /// </summary>
    public const string Superuser = "supabase_admin";

    private const string SettingsFile = "orgschema.conf";
    private const int PortsToTry = 5;
    private const int SocketPort = 5432; // part of the socket's name
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly TaskCompletionSource _leaveSandbox = new();
    private Task? _inSandbox;

    /// <summary>The programs it runs with.</summary>
    public PostgresBinaries Binaries { get; } = binaries;

    /// <summary>Where the data is: exists when, and only when, the server has been initialized to the end.</summary>
    public string DataFolder { get; } = Path.Combine(folder, "data");

    /// <summary>What the server printed since it was last started.</summary>
    public string LogFile { get; } = Path.Combine(folder, "server.log");

    /// <summary>Whether there is data, made to the end.</summary>
    public bool IsInitialized => Directory.Exists(DataFolder);

    /// <summary>Port of the running server; 0 when it is not running.</summary>
    public int Port => Postmaster()?.Port ?? 0;

    /// <summary>Whether the server of this folder runs and lets clients in.</summary>
    public bool IsRunning => Postmaster() is { IsReady: true };

    /// <summary>A random password: 32 hexadecimal digits, so that it needs no quoting anywhere.</summary>
    public static string NewPassword() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>Connection string of a database, as superuser.</summary>
    public string ConnectionString(string database = "postgres") => new NpgsqlConnectionStringBuilder
    {
        Host = _inSandbox is null ? "127.0.0.1" : folder,
        Port = _inSandbox is null ? Port : SocketPort,
        Username = superuser,
        Password = password,
        Database = database,
    }.ConnectionString;

    /// <summary>Makes the data folder: UTF-8, locale C, passwords by SCRAM. Does nothing when it is there.</summary>
    /// <param name="durability">Whether the new files are forced to disk.</param>
    /// <param name="cancellationToken">Ends it; the next call begins anew.</param>
    /// <exception cref="LocalPostgresException">The folder is not writable, the disk is full, initdb failed.</exception>
    public async Task InitAsync(Durability durability = Durability.Kept, CancellationToken cancellationToken = default)
    {
        if (IsInitialized)
            return;

        // initdb works under another name; the rename at the end is the only sign that it was finished. The name is new
        // each time, because the initdb of a killed process may still be writing to the last one.
        var partial = Path.Combine(folder, $"partial-{Guid.NewGuid():N}");
        var passwordFile = partial + ".password";
        try
        {
            await CreateFolderAsync(cancellationToken);
            await DeleteLeftoversAsync(cancellationToken);
            await ServerUser.WriteAsync(passwordFile, FileMode.CreateNew, password, cancellationToken);
            string[] durable = durability == Durability.ThrowAway ? ["--no-sync"] : [];
            var result = await RunAsync("initdb", [
                $"--pgdata={partial}", $"--username={superuser}", $"--pwfile={passwordFile}", "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale=C", "--no-instructions", .. durable], cancellationToken);
            if (!result.IsSuccess)
                throw new LocalPostgresException($"PostgreSQL {Binaries.Version} could not create its data in {folder}. initdb says: {LastLines(result.StandardError)}{ServerUser.Note(Binaries.Folder, folder)}");

            await ServerUser.WriteAsync(
                Path.Combine(partial, "postgresql.conf"), FileMode.Append, $"\ninclude_if_exists = '{SettingsFile}'\n", cancellationToken);
            Directory.Move(partial, DataFolder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(failure);
        }
        finally
        {
            await DeleteLeftoversAsync(CancellationToken.None);
        }
    }

    /// <summary>Starts the server and waits until it lets clients in. Does nothing when it runs.</summary>
    /// <exception cref="LocalPostgresException">It did not start; the message has the last lines of its log.</exception>
    public async Task StartAsync(ServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ServerOptions();
        PostmasterFile.EnsureIsFile(DataFolder);
        await WaitWhileBusyAsync(options.Timeout, cancellationToken);
        if (IsRunning)
            return;

        try
        {
            RemoveStalePostmasterFile();
            for (var attempt = 1; ; attempt++)
            {
                var port = attempt == 1 && IsFree(options.Port) ? options.Port : FreePort();
                await WriteSettingsAsync(options, port, socketFolder: "", cancellationToken);
                File.Delete(LogFile);
                var result = await ControlAsync("start", $"--log={LogFile}", options.Timeout, cancellationToken);
                if (result.IsSuccess)
                    return;

                // Between our look at the port and the server's, somebody else may have taken it.
                var log = SmallFile.TryRead(LogFile) ?? "";
                if (attempt < PortsToTry && log.Contains("could not create any TCP/IP sockets", StringComparison.Ordinal))
                    continue;
                throw new LocalPostgresException($"PostgreSQL {Binaries.Version} did not start in {folder}. Its log ({LogFile}) ends: {LastLines(log + result.StandardError)}{ServerUser.Note(Binaries.Folder, folder)}");
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(failure);
        }
    }

    /// <summary>Starts the server in a sandbox, and waits until it lets clients in. Once in the life of this object.</summary>
    /// <param name="sandbox">The sandbox.</param>
    /// <param name="options">How the server is run; the port means nothing there.</param>
    /// <param name="cancellationToken">Ends the wait; <see cref="StopAsync"/> ends the server.</param>
    /// <exception cref="LocalPostgresException">It did not start; the message has the last lines of its log.</exception>
    internal async Task StartAsync(Sandbox sandbox, ServerOptions options, CancellationToken cancellationToken)
    {
        await WriteSettingsAsync(options, SocketPort, socketFolder: folder, cancellationToken);
        _inSandbox = sandbox.RunAsync(Binaries.Program("postgres"), ["-D", DataFolder], LogFile, _leaveSandbox.Task);
        var started = TimeProvider.System.GetTimestamp();
        // Its process id is one of the sandbox: only the file tells how far it is.
        while (PostmasterFile.Read(DataFolder) is not { IsReady: true })
        {
            if (_inSandbox.IsCompleted || TimeProvider.System.GetElapsedTime(started) > options.Timeout)
            {
                var log = LastLines(SmallFile.TryRead(LogFile) ?? "");
                throw new LocalPostgresException($"PostgreSQL {Binaries.Version} did not start in a sandbox in {folder}. Its log ({LogFile}) ends: {log}");
            }

            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    /// <summary>Stops the server and waits until it is gone. Does nothing when it does not run.</summary>
    /// <exception cref="LocalPostgresException">It did not stop in time.</exception>
    public async Task StopAsync(StopMode mode = StopMode.Fast, CancellationToken cancellationToken = default)
    {
        if (_inSandbox is { } running)
        {
            _leaveSandbox.TrySetResult();
            await running;
            return;
        }

        // pg_ctl signals whatever process the file names: never before we know that it is the server.
        if (Postmaster() is not { } postmaster)
            return;

        var result = await ControlAsync("stop", mode == StopMode.Fast ? "--mode=fast" : "--mode=immediate", new ServerOptions().Timeout, cancellationToken);
        if (!result.IsSuccess && Postmaster() is not null)
            throw new LocalPostgresException($"PostgreSQL in {folder} did not stop: {LastLines(result.StandardError)} Its process is {postmaster.ProcessId}.");
    }

    /// <summary>The file of a server that is alive.</summary>
    private PostmasterFile? Postmaster() => PostmasterFile.Read(DataFolder) is { } file && file.IsAlive() ? file : null;

    /// <summary>A server that another, killed process was just starting or stopping: see how that ends.</summary>
    private async Task WaitWhileBusyAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (Postmaster() is { IsReady: false } busy)
        {
            if (TimeProvider.System.GetElapsedTime(started) > timeout)
                throw new LocalPostgresException($"PostgreSQL in {folder} (process {busy.ProcessId}) has been starting or stopping for {timeout.TotalSeconds:0} seconds. Look at {LogFile}, or end that process and try again.");
            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    /// <summary>
    /// A crash leaves the file; PostgreSQL removes it itself when its process is dead, but refuses to start when the number
    /// has gone to another process of the same user.
    /// </summary>
    private void RemoveStalePostmasterFile()
    {
        if (PostmasterFile.Read(DataFolder) is { } stale && !stale.IsAlive())
            File.Delete(stale.Path);
    }

    // With a folder for a socket there is no other way in.
    private async Task WriteSettingsAsync(ServerOptions options, int port, string socketFolder, CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = socketFolder.Length > 0 ? "" : "127.0.0.1",
            ["port"] = port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = socketFolder,
            ["synchronous_commit"] = "off",
        };
        if (options.Durability == Durability.ThrowAway)
        {
            settings["fsync"] = "off";
            settings["full_page_writes"] = "off";
        }

        foreach (var (name, value) in options.Settings)
            settings[name] = value;

        var lines = settings.Select(setting => $"{setting.Key} = '{setting.Value.Replace("'", "''", StringComparison.Ordinal)}'\n");
        await ServerUser.WriteAsync(Path.Combine(DataFolder, SettingsFile), FileMode.Create, string.Concat(lines), cancellationToken);
    }

    private Task<BufferedCommandResult> ControlAsync(string action, string argument, TimeSpan timeout, CancellationToken cancellationToken) =>
        RunAsync("pg_ctl", [action, $"--pgdata={DataFolder}", "--wait", $"--timeout={timeout.TotalSeconds:0}", "--silent", argument], cancellationToken);

    private Task<BufferedCommandResult> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        ServerUser.RunAsync(Binaries.Program(program), arguments, folder, cancellationToken);

    private async Task CreateFolderAsync(CancellationToken cancellationToken)
    {
        if (Directory.Exists(folder))
            return;

        PublicFolder.Create(Path.GetDirectoryName(Path.GetFullPath(folder))!);
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await ServerUser.GiveAsync(folder, cancellationToken);
    }

    private async Task DeleteLeftoversAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
            return;

        foreach (var leftover in Directory.EnumerateFileSystemEntries(folder, "partial-*"))
        {
            try
            {
                await ServerUser.DeleteAsync(leftover, cancellationToken);
            }
            catch (IOException)
            {
                // The initdb of a killed process is still writing there: the next call deletes it.
            }
        }
    }

    private LocalPostgresException NotWritable(Exception failure) =>
        new($"PostgreSQL's folder {folder} cannot be used: {failure.Message.TrimEnd('.')}. Make it writable, or choose another.{ServerUser.Note(Binaries.Folder, folder)}", failure);

    private static bool IsFree(int port)
    {
        if (port == 0)
            return false;

        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string LastLines(string text) =>
        string.Join(Environment.NewLine, text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(8).Prepend(""));
}
