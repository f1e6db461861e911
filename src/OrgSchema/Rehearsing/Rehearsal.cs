using System.Diagnostics;
using Npgsql;
using OrgSchema.LocalPostgres;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>What was asked for.</summary>
/// <param name="Rows">Rows of a table, at most.</param>
/// <param name="Budget">How long a lock may be held that blocks reads or writes of a table of the application; null: as long as it likes.</param>
/// <param name="Probes">A folder with probes of the user's own; null: none.</param>
public sealed record RehearsalRequest(int Rows, TimeSpan? Budget = null, string? Probes = null);

/// <summary>Everything that a rehearsal has seen.</summary>
public sealed record RehearsalResult(
    string Database, RehearsalRequest Request, int TargetMajor, Version CopyVersion, SchemaCopy Copy, IReadOnlyList<FilledTable> Tables, QuietResult Quiet, BusyResult Busy, DateTime Began, TimeSpan Took)
{
    /// <summary>What the sandbox of the copy's server was made with; null if it was in none.</summary>
    public string? Sandbox { get; init; }

    /// <summary>Why the copy's server was in no sandbox; null if it was in one.</summary>
    public string? NoSandboxReason { get; init; }
}

/// <summary>Rehearses on a server of its own, which is gone afterwards, however it ends.</summary>
/// <param name="target">The database, in words.</param>
/// <param name="tenancy">Whose ids must be in the copy.</param>
/// <param name="migrator">The target, the migrations, every knob.</param>
/// <param name="request">What was asked for.</param>
/// <param name="tell">Told what happens now.</param>
public sealed class Rehearsal(string target, Tenancy tenancy, MigratorOptions migrator, RehearsalRequest request, Action<string> tell)
{
    /// <summary>The copy on which rows are compared one by one has no more than this in a table.</summary>
    private const int QuietRows = 100;

    private readonly NpgsqlConnectionStringBuilder _connection = new(migrator.ConnectionString);

    private static readonly Dictionary<string, string> Settings = new()
    {
        // Whatever disturbs a measurement and is no part of it.
        ["autovacuum"] = "off",
        ["max_wal_size"] = "8GB",
        ["shared_buffers"] = "256MB",
    };

    /// <summary>Runs it.</summary>
    /// <exception cref="LocalPostgresException">There is no PostgreSQL here to rehearse on, or no pg_dump.</exception>
    /// <exception cref="OnlineMigrationException">The target cannot be read, or the probes.</exception>
    public async Task<RehearsalResult> RunAsync(CancellationToken cancellationToken)
    {
        var (clock, began) = (Stopwatch.StartNew(), DateTime.UtcNow);
        List<Probe> probes = [.. Probe.EmbeddedIn(typeof(Rehearsal).Assembly), .. request.Probes is { } folder ? Probe.ReadAll(folder) : []];
        var search = new PostgresSearch();
        int major;
        IReadOnlyList<string> exposed;
        await using (var connection = await new Target(_connection, IsLocal: false).OpenAsync(cancellationToken))
        {
            (major, exposed) = (connection.PostgreSqlVersion.Major, await DataApi.SchemasAsync(connection, cancellationToken));
        }

        var binaries = await PostgresBinaries.FindNearestAsync(search, major, cancellationToken);
        var dump = await PgDump.FindAsync(binaries, search, major, cancellationToken);
        tell(Wording.Copying(target, major, binaries.Version));
        var copy = await SchemaCopy.ReadAsync(Source(dump), cancellationToken);

        await using var server = await ThrowAwayServer.StartAsync(binaries, Settings, cancellationToken);
        var quiet = await copy.CreateAsync(server.ConnectionString(), "quiet", cancellationToken);
        var busy = await copy.CloneAsync(server.ConnectionString(), "busy", "quiet", cancellationToken);
        tell(Wording.Filling(request.Rows));
        await copy.FillAsync(quiet, Math.Min(request.Rows, QuietRows), cancellationToken);
        var tables = await copy.FillAsync(busy, request.Rows, cancellationToken);

        var options = Options(probes, exposed);
        tell(Wording.RehearsingQuietly);
        var seenQuietly = await new QuietRehearsal(options, quiet, Nobody.Instance).RunAsync(cancellationToken);
        tell(Wording.RehearsingBusily);
        var seenBusily = await new BusyRehearsal(options, busy, Nobody.Instance).RunAsync(cancellationToken);
        return new RehearsalResult(target, request, major, server.Version, copy, tables, seenQuietly, seenBusily, began, clock.Elapsed)
        {
            Sandbox = server.Sandbox,
            NoSandboxReason = server.NoSandboxReason,
        };
    }

    private SchemaSource Source(PgDump dump) => new()
    {
        ConnectionString = migrator.ConnectionString,
        Schemas = OldApplication.Schemas,
        Dump = (schemas, except, token) => dump.SchemasAsync(_connection, schemas, except, token),
        Pinned = OldApplication.Pinned(tenancy),
        Rows = request.Rows,
    };

    private RehearsalOptions Options(IReadOnlyList<Probe> probes, IReadOnlyList<string> exposed) => new()
    {
        Migrator = migrator,
        Clients = OldApplication.Clients,
        Probes = probes,
        Roles = DataApi.Roles,
        OpenRoles = DataApi.PublicRoles,
        ExposedSchemas = exposed,
    };

    private sealed class Nobody : IProgress<MigrationEvent>
    {
        public static readonly Nobody Instance = new();

        public void Report(MigrationEvent value)
        {
        }
    }
}
