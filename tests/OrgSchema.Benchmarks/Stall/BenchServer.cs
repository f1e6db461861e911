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
    public async Task RenewAsync(int rows, CancellationToken cancellationToken)
    {
        await using (var server = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString()) { Database = "postgres" }.ConnectionString))
        {
            await server.OpenAsync(cancellationToken);
            await server.ExecuteAsync($"DROP DATABASE IF EXISTS {Database} WITH (FORCE)");
        }

        await Baseline.CloneAsync(_scratch.Server.ConnectionString(), Template(rows), Database, cancellationToken);
    }

    /// <summary>Leaves nothing over from what was before: dead rows, statistics, dirty pages. Then says which rows there are.</summary>
    public async Task<Keys> SettleAsync()
    {
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync("VACUUM ANALYZE");
        await connection.ExecuteAsync("CHECKPOINT");
        return new Keys(
            await connection.ColumnAsync<Guid>("SELECT id FROM public.dsos ORDER BY id LIMIT 20000"), // random ids: all over the table
            await connection.ColumnAsync<Guid>("SELECT id FROM auth.users ORDER BY id"));
    }

    public ValueTask DisposeAsync() => _scratch.DisposeAsync();

    private static string Template(int rows) => $"template_{rows}";
}
