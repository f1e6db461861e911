using Npgsql;
using OrgSchema.LocalPostgres;

namespace OrgSchema;

/// <summary>
/// The baseline on a throw-away server, with rows enough to see what a statement does to them. A file of SQL may come from anywhere: the
/// role that runs it can reach no other database, no file and no program.
/// </summary>
internal sealed class LintDatabase : IAsyncDisposable
{
    private const string Name = "lint";

    private readonly ThrowAwayServer _server;

    private LintDatabase(ThrowAwayServer server) => _server = server;

    /// <summary>How to reach it, as the role that migrates.</summary>
    public NpgsqlConnectionStringBuilder Connection => new(_server.ConnectionString(Name)) { Username = Baseline.MigratingRole, Pooling = false };

    /// <summary>Version of the server.</summary>
    public Version Version => _server.Version;

    /// <summary>Creates it. Nothing of it is left when that fails or is canceled.</summary>
    /// <exception cref="LocalPostgresException">There is no PostgreSQL to be had.</exception>
    public static async Task<LintDatabase> CreateAsync(IProgress<DownloadProgress> progress, CancellationToken cancellationToken)
    {
        var binaries = await PostgresBinaries.FindAsync(new PostgresSearch { Progress = progress }, cancellationToken: cancellationToken);
        var database = new LintDatabase(await ThrowAwayServer.StartAsync(binaries, new Dictionary<string, string>(), cancellationToken));
        try
        {
            await Baseline.CreateAsync(database._server.ConnectionString(), Name, cancellationToken: cancellationToken);
            await database.RunAsync(Rows, cancellationToken);
            await database.RunAsync(Fence, cancellationToken);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task RunAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = await new Target(new(_server.ConnectionString(Name)), IsLocal: true).OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // Before PostgreSQL 16, who may create roles may grant every role, also those that run programs and read files of the server.
    private static readonly string Fence = $"""
        -- lint: what the role cannot reach
        DO $fence$
        BEGIN
            IF pg_catalog.current_setting('server_version_num')::integer < 160000 THEN
                ALTER ROLE {Baseline.MigratingRole} NOCREATEROLE;
            END IF;
            ALTER ROLE {Baseline.MigratingRole} NOCREATEDB NOREPLICATION;
        END
        $fence$
        """;

    private const string Rows = """
        -- lint: rows
        SET search_path = public, extensions;
        INSERT INTO auth.users (id, aud, role, email, created_at)
        SELECT gen_random_uuid(), 'authenticated', 'authenticated', 'user-' || n || '@example.com', now() FROM generate_series(1, 2000) AS n;
        INSERT INTO dsos (name) SELECT 'DSO ' || n FROM generate_series(1, 2000) AS n;
        INSERT INTO doctors (dso_id, name, start_date) SELECT id, 'Dr. ' || name, current_date FROM dsos;
        INSERT INTO activities (doctor_id, client_id, activity_type, description) SELECT id, dso_id, 'phone', 'A call' FROM doctors;
        INSERT INTO period_progress (doctor_id, period_number, start_date, end_date) SELECT id, 12, current_date, current_date FROM doctors;
        INSERT INTO user_dso_access (user_id, dso_id) SELECT 'somebody', id FROM dsos;
        INSERT INTO team_invites (email, dso_id, invited_by) SELECT 'somebody@example.com', id, 'somebody' FROM dsos;
        INSERT INTO data_tables (client_id, name) SELECT id, 'A table' FROM dsos;
        INSERT INTO data_rows (client_id, table_id) SELECT client_id, id FROM data_tables;
        ANALYZE
        """;
}
