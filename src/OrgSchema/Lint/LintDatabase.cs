using System.Diagnostics;
using System.Globalization;
using Npgsql;
using OrgSchema.LocalPostgres;

namespace OrgSchema;

/// <summary>A database beside the kept one on the local PostgreSQL: the baseline, with rows enough to see what a statement does to them. Dropped in the end.</summary>
internal sealed class LintDatabase : IAsyncDisposable
{
    private const string Prefix = "lint_";

    private readonly string _superuser;

    private LintDatabase(LocalDatabase local)
    {
        _superuser = local.SuperuserConnectionString;
        Connection = new NpgsqlConnectionStringBuilder(local.ConnectionString) { Database = $"{Prefix}{Environment.ProcessId}", Pooling = false };
    }

    /// <summary>How to reach it, as the role that migrates.</summary>
    public NpgsqlConnectionStringBuilder Connection { get; }

    /// <summary>Creates it, and drops those of runs that were killed.</summary>
    /// <exception cref="LocalPostgresException">There is no local PostgreSQL to be had.</exception>
    public static async Task<LintDatabase> CreateAsync(LocalDatabase local, CancellationToken cancellationToken)
    {
        var database = new LintDatabase(local);
        await database.DropAsync(IsLeftOver);
        try
        {
            await Baseline.CreateAsync(local.SuperuserConnectionString, database.Connection.Database!, cancellationToken: cancellationToken);
            await using var connection = await database.OpenAsync(database.Connection.Database, cancellationToken);
            await using var fill = new NpgsqlCommand(Rows, connection) { CommandTimeout = 0 };
            await fill.ExecuteNonQueryAsync(cancellationToken);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Drops it, whoever is connected, and whatever was interrupted.</summary>
    public async ValueTask DisposeAsync() => await DropAsync(name => name == Connection.Database || name == $"{Connection.Database}_partial"); // the second, when it was interrupted half made

    private async Task DropAsync(Func<string, bool> which)
    {
        await using var connection = await OpenAsync(database: null, CancellationToken.None);
        List<string> names = [];
        await using (var list = new NpgsqlCommand("SELECT d.datname::text FROM pg_catalog.pg_database AS d", connection))
        await using (var reader = await list.ExecuteReaderAsync(CancellationToken.None))
        {
            while (await reader.ReadAsync(CancellationToken.None))
                names.Add(reader.GetString(0));
        }

        foreach (var name in names.Where(which))
        {
            await using var drop = new NpgsqlCommand($"DROP DATABASE IF EXISTS {Online.QualifiedName.Identifier(name)} WITH (FORCE)", connection);
            await drop.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private static bool IsLeftOver(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal) || !int.TryParse(name[Prefix.Length..].Split('_')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var processId))
            return false;
        try
        {
            using var process = Process.GetProcessById(processId);
            return processId == Environment.ProcessId;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }

    private Task<NpgsqlConnection> OpenAsync(string? database, CancellationToken cancellationToken)
    {
        var target = new NpgsqlConnectionStringBuilder(_superuser);
        target.Database = database ?? target.Database;
        return new Target(target, IsLocal: true).OpenAsync(cancellationToken);
    }

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
