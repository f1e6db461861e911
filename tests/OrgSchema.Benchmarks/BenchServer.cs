using CliWrap;
using CliWrap.Buffered;
using Npgsql;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Benchmarks;

/// <summary>A throw-away PostgreSQL, with one live database that every run gets as a copy of the same template.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private const string Database = "live";

    private readonly ScratchServer _scratch;

    private BenchServer(ScratchServer scratch) => _scratch = scratch;

    /// <summary>What is not PostgreSQL's default, beside fsync, full_page_writes and synchronous_commit, which are off.</summary>
    /// <remarks>Supabase preloads plpgsql, among others; else the first call of a PL/pgSQL trigger loads it, once a connection, in 5 ms.</remarks>
    public static Dictionary<string, string> Settings { get; } = new()
    {
        ["shared_buffers"] = "1GB",
        ["max_wal_size"] = "8GB",
        ["max_connections"] = "120",
        ["shared_preload_libraries"] = "plpgsql",
    };

    public string Version => $"PostgreSQL {_scratch.Server.Binaries.Version}";

    /// <summary>The database as <c>orgschema</c> wants it.</summary>
    public string Url => PostgresUrl.From(ConnectionString(Baseline.MigratingRole));

    /// <summary>The same for another database of the server.</summary>
    public string UrlOf(string database) => PostgresUrl.From(new NpgsqlConnectionStringBuilder(ConnectionString(Baseline.MigratingRole)) { Database = database }.ConnectionString);

    /// <summary>The psql of this server, where it is; else the one on the path. On Debian that one is a program in Perl which looks for the first.</summary>
    public string Psql => Path.Combine(_scratch.Server.Binaries.Folder, "psql") is var own && File.Exists(own) ? own : "psql";

    /// <summary>Runs psql.</summary>
    /// <exception cref="InvalidOperationException">It did not end well.</exception>
    public async Task PsqlAsync(string url, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var ended = await Cli.Wrap(Psql)
            .WithArguments(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", .. arguments, url])
            .WithEnvironmentVariables(variables => variables.Set("PGOPTIONS", "-c statement_timeout=0"))
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(cancellationToken);
        if (ended.ExitCode != 0)
            throw new InvalidOperationException($"psql ended with {ended.ExitCode}: {ended.StandardError}");
    }

    public static async Task<BenchServer> StartAsync() => new(await ScratchServer.StartAsync(Settings));

    /// <summary>Connection string of the live database; of the superuser without a role.</summary>
    public string ConnectionString(string? role = null, string application = "bench") =>
        new NpgsqlConnectionStringBuilder(_scratch.Server.ConnectionString(Database))
        {
            Username = role ?? PostgresServer.Superuser,
            ApplicationName = application,
            CommandTimeout = 0,
            Pooling = false,
        }.ConnectionString;

    /// <summary>A connection to the live database; the superuser's without a role.</summary>
    public async Task<NpgsqlConnection> OpenAsync(string? role = null, string application = "bench")
    {
        var connection = new NpgsqlConnection(ConnectionString(role, application));
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Makes the template: the baseline, with more rows.</summary>
    public async Task FillAsync(int rows, int users, CancellationToken cancellationToken)
    {
        await Baseline.CreateAsync(_scratch.Server.ConnectionString(), Template(rows), GrantRegime.Automatic, cancellationToken);
        var target = new NpgsqlConnectionStringBuilder(ConnectionString()) { Database = Template(rows) };
        await using var connection = new NpgsqlConnection(target.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await connection.ExecuteAsync($"""
            INSERT INTO public.dsos (name, archived) SELECT 'DSO ' || n, n % 10 = 0 FROM generate_series(1, {rows}) AS n;
            INSERT INTO auth.users (id, aud, role, email, email_confirmed_at, raw_user_meta_data, created_at, updated_at)
            SELECT gen_random_uuid(), 'authenticated', 'authenticated', 'user' || n || '@example.com', now(), jsonb_build_object('name', 'User ' || n), now(), now()
            FROM generate_series(1, {users}) AS n
            """);
        await connection.ExecuteAsync("VACUUM ANALYZE");
    }

    /// <summary>Replaces the live database with a new copy of the template.</summary>
    public Task RenewAsync(int rows, CancellationToken cancellationToken) => CopyAsync(Template(rows), Database, cancellationToken);

    /// <summary>Replaces the live database with a new copy of one that was kept.</summary>
    public Task RenewAsync(string template, CancellationToken cancellationToken) => CopyAsync(template, Database, cancellationToken);

    /// <summary>Replaces a database with a new copy of the template.</summary>
    public Task CopyAsync(int rows, string database, CancellationToken cancellationToken) => CopyAsync(Template(rows), database, cancellationToken);

    /// <summary>Makes a template of the live database, which is gone then.</summary>
    public Task KeepAsync(string template, CancellationToken cancellationToken) => ElsewhereAsync($"ALTER DATABASE {Database} RENAME TO {template}", cancellationToken);

    /// <summary>Writes what is dirty, so that no measurement does it.</summary>
    public Task CheckpointAsync() => ElsewhereAsync("CHECKPOINT", CancellationToken.None);

    /// <summary>Drops a template and its copy: large ones fill a disk.</summary>
    public async Task ForgetAsync(int rows, CancellationToken cancellationToken)
    {
        await DropAsync(Database, cancellationToken);
        await DropAsync(Template(rows), cancellationToken);
    }

    /// <summary>Drops a database.</summary>
    public Task DropAsync(string database, CancellationToken cancellationToken) => ElsewhereAsync($"DROP DATABASE IF EXISTS {database} WITH (FORCE)", cancellationToken);

    private async Task CopyAsync(string template, string database, CancellationToken cancellationToken)
    {
        await DropAsync(database, cancellationToken);
        await Baseline.CloneAsync(_scratch.Server.ConnectionString(), template, database, cancellationToken);
    }

    /// <summary>A connection to another database of the server.</summary>
    public async Task<NpgsqlConnection> ElsewhereAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString()) { Database = "postgres" }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private async Task ElsewhereAsync(string sql, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await using var server = await ElsewhereAsync();
        await server.ExecuteAsync(sql);
    }

    /// <summary>Leaves nothing over from what was before: dead rows, statistics, dirty pages. Then says which rows there are.</summary>
    public async Task<Keys> SettleAsync()
    {
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync("VACUUM ANALYZE");
        return await KeysAsync();
    }

    /// <summary>Writes what is dirty, so that no measurement does it, and says which rows there are.</summary>
    public async Task<Keys> KeysAsync()
    {
        await CheckpointAsync();
        await using var connection = await OpenAsync();
        return new Keys(
            await connection.ColumnAsync<Guid>("SELECT id FROM public.dsos ORDER BY id LIMIT 20000"), // random ids: all over the table
            await connection.ColumnAsync<Guid>("SELECT id FROM auth.users ORDER BY id"));
    }

    public ValueTask DisposeAsync() => _scratch.DisposeAsync();

    private static string Template(int rows) => $"template_{rows}";
}
