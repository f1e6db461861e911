using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Npgsql;

namespace OrgSchema.LocalPostgres;

/// <summary>The database of the local server that runs.</summary>
public sealed class LocalDatabase
{
    private readonly PostgresBinaries _binaries;
    private readonly NpgsqlConnectionStringBuilder _migrating;

    internal LocalDatabase(PostgresBinaries binaries, string superuserConnectionString)
    {
        _binaries = binaries;
        SuperuserConnectionString = superuserConnectionString;
        _migrating = new NpgsqlConnectionStringBuilder(superuserConnectionString)
        {
            Username = Baseline.MigratingRole,
            Database = LocalServer.DatabaseName,
        };
    }

    /// <summary>Connection string as the role that migrates, <c>postgres</c>, which is not a superuser.</summary>
    public string ConnectionString => _migrating.ConnectionString;

    /// <summary>The same as a URL: <c>postgres://postgres:...@127.0.0.1:54321/app</c>.</summary>
    public string Url => PostgresUrl.From(ConnectionString);

    /// <summary>Connection string of the superuser, in the database <c>postgres</c>: for building databases, not for migrating.</summary>
    public string SuperuserConnectionString { get; }

    /// <summary>Version of the programs it was started with.</summary>
    public Version Version => _binaries.Version;

    /// <summary>Runs psql on the database, on the terminal of this process.</summary>
    /// <param name="arguments">Handed to psql as they are. Empty: an interactive session.</param>
    /// <param name="cancellationToken">Ends psql. Ctrl-C is not to be wired to it: psql uses that to cancel a query.</param>
    /// <returns>The exit code of psql.</returns>
    /// <exception cref="LocalPostgresException">There is no psql on this machine.</exception>
    public async Task<int> PsqlAsync(IEnumerable<string> arguments, CancellationToken cancellationToken = default)
    {
        // CliWrap would put pipes where psql wants the terminal.
        var start = new ProcessStartInfo(Psql(), arguments) { UseShellExecute = false };
        Dictionary<string, string?> more = new()
        {
            ["PGHOST"] = _migrating.Host,
            ["PGPORT"] = _migrating.Port.ToString(CultureInfo.InvariantCulture),
            ["PGUSER"] = _migrating.Username,
            ["PGDATABASE"] = _migrating.Database,
            ["PGPASSWORD"] = _migrating.Password, // not an argument: every user can read a command line
        };
        var terminals = ChildEnvironment.OfTerminals.ToDictionary(name => name, Environment.GetEnvironmentVariable);
        foreach (var (name, value) in ChildEnvironment.Of(terminals.Concat(more)))
            start.Environment[name] = value;

        // Ctrl-C goes to both processes, and is meant for psql.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        using var psql = Process.Start(start)!;
        try
        {
            await psql.WaitForExitAsync(cancellationToken);
            return psql.ExitCode;
        }
        catch (OperationCanceledException)
        {
            psql.Kill();
            throw;
        }
    }

    private string Psql()
    {
        var name = OperatingSystem.IsWindows() ? "psql.exe" : "psql";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Prepend(_binaries.Folder)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new LocalPostgresException($"There is no psql in {_binaries.Folder} or on the PATH. Install it (Debian, Ubuntu: apt-get install postgresql-client), or give another client the URL that `orgschema db url` prints.");
    }
}
