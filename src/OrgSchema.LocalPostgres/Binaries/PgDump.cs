using System.Globalization;
using System.Text.RegularExpressions;
using CliWrap;
using CliWrap.Buffered;
using Npgsql;

namespace OrgSchema.LocalPostgres;

/// <summary>pg_dump, which writes the schema of any server of its own version or an older one.</summary>
/// <param name="Program">Its full path.</param>
/// <param name="Version">What it says its version is.</param>
public sealed partial record PgDump(string Program, Version Version)
{
    private static readonly string Name = OperatingSystem.IsWindows() ? "pg_dump.exe" : "pg_dump";

    /// <summary>Finds the oldest that will do, beside the server's programs first.</summary>
    /// <param name="binaries">The programs of the server that the dump is for.</param>
    /// <param name="search">Where else to look.</param>
    /// <param name="major">Major version of the server that is dumped.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="LocalPostgresException">There is none of that version or newer.</exception>
    public static async Task<PgDump> FindAsync(PostgresBinaries binaries, PostgresSearch search, int major, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(binaries);
        ArgumentNullException.ThrowIfNull(search);
        var found = new List<PgDump>();
        foreach (var program in search.Folders.Prepend(binaries.Folder).Select(folder => Path.Combine(folder, Name)).Where(File.Exists).Distinct())
        {
            if (await InspectAsync(program, cancellationToken) is { } dump)
                found.Add(dump);
        }

        return found.Where(dump => dump.Version.Major >= major).MinBy(dump => dump.Version.Major)
            ?? throw new LocalPostgresException(
                $"The schema of PostgreSQL {major} is copied with pg_dump {major} or newer, and there is {(found.Count == 0 ? "no pg_dump" : $"only {string.Join(", ", found.Select(dump => $"{dump.Version} ({dump.Program})"))}")} on this machine. "
                + $"Install it (Debian, Ubuntu: apt-get install postgresql-client-{major}, from apt.postgresql.org where the system's own is older; macOS: brew install libpq) and put it on the PATH.");
    }

    /// <summary>Writes the definitions in some schemas. Reads only, and waits for nobody longer than five seconds.</summary>
    /// <param name="target">The database.</param>
    /// <param name="schemas">Names of the schemas.</param>
    /// <param name="exceptTables">Tables to leave out, quoted and qualified.</param>
    /// <param name="cancellationToken">Ends pg_dump.</param>
    /// <exception cref="LocalPostgresException">pg_dump failed: its own words.</exception>
    public async Task<string> SchemasAsync(NpgsqlConnectionStringBuilder target, IEnumerable<string> schemas, IEnumerable<string> exceptTables, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        var result = await Cli.Wrap(Program)
            .WithArguments([
                "--schema-only", "--no-password", "--no-publications", "--no-subscriptions", "--no-security-labels", "--no-tablespaces", "--lock-wait-timeout=5000",
                .. schemas.Select(schema => $"--schema=\"{schema.Replace("\"", "\"\"", StringComparison.Ordinal)}\""),
                .. exceptTables.Select(table => $"--exclude-table={table}")])
            .WithEnvironmentVariables(ChildEnvironment.Of(Environment(target)))
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return result.IsSuccess
            ? result.StandardOutput
            : throw new LocalPostgresException($"pg_dump {Version} could not read the schema: {result.StandardError.Trim()}");
    }

    // Not as arguments: every user of the machine can read a command line.
    private Dictionary<string, string?> Environment(NpgsqlConnectionStringBuilder target)
    {
        var hosts = (target.Host ?? "localhost").Split(',').Select(host => PortAfterHost().Match(host.Trim())).ToList();
        return new()
        {
            ["PGHOST"] = string.Join(',', hosts.Select(host => host.Groups["host"].Value.Trim('[', ']'))),
            ["PGPORT"] = string.Join(',', hosts.Select(host => host.Groups["port"] is { Success: true } port ? port.Value : target.Port.ToString(CultureInfo.InvariantCulture))),
            ["PGUSER"] = target.Username,
            ["PGPASSWORD"] = target.Password,
            ["PGDATABASE"] = target.Database,
            ["PGSSLMODE"] = target.SslMode switch
            {
                SslMode.VerifyCA => "verify-ca",
                SslMode.VerifyFull => "verify-full",
                var mode => mode.ToString().ToLowerInvariant(),
            },
            ["PGSSLROOTCERT"] = target.RootCertificate ?? PostgresSearch.Variable("PGSSLROOTCERT") ?? (TrustsSystem(target) ? "system" : null),
            ["PGSSLNEGOTIATION"] = target.SslNegotiation.ToString().ToLowerInvariant(),
            ["PGCHANNELBINDING"] = target.ChannelBinding.ToString().ToLowerInvariant(),
            ["PGREQUIREAUTH"] = target.RequireAuth?.ToLowerInvariant(),
            ["PGGSSENCMODE"] = target.GssEncryptionMode.ToString().ToLowerInvariant(),
            ["PGSSLCERT"] = target.SslCertificate,
            ["PGSSLKEY"] = target.SslKey,
            ["PGPASSFILE"] = target.Passfile,
            ["PGTARGETSESSIONATTRS"] = target.TargetSessionAttributes,
            ["PGCONNECT_TIMEOUT"] = target.Timeout.ToString(CultureInfo.InvariantCulture),
            ["PGAPPNAME"] = "orgschema rehearse",
            ["PGOPTIONS"] = target.Options,
        };
    }

    // Npgsql takes the system's certificates where there are no others; libpq can since 16.
    private bool TrustsSystem(NpgsqlConnectionStringBuilder target) => target.SslMode == SslMode.VerifyFull && Version.Major >= 16
        && !File.Exists(Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".postgresql", "root.crt"));

    // "db.example.com", "db.example.com:5433", "::1", "[::1]:5433"
    [GeneratedRegex(@"^(?<host>[^:\]]*|[^\]]*:[^\]]*:[^\]]*|\[.*\])(:(?<port>\d+))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex PortAfterHost();

    private static async Task<PgDump?> InspectAsync(string program, CancellationToken cancellationToken)
    {
        if (await ServerUser.AskAsync(program, "--version", cancellationToken) is not { } said || VersionLine().Match(said) is not { Success: true } match)
            return null;
        var minor = match.Groups["minor"] is { Success: true } group ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;
        return new PgDump(program, new Version(int.Parse(match.Groups["major"].ValueSpan, CultureInfo.InvariantCulture), minor));
    }

    // "pg_dump (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)"
    [GeneratedRegex(@"^pg_dump \([^)]*\) (?<major>\d+)(\.(?<minor>\d+))?")]
    private static partial Regex VersionLine();
}
