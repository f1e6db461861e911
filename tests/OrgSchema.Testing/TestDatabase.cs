using Npgsql;
using OrgSchema.LocalPostgres;

namespace OrgSchema.Testing;

/// <summary>One test's own database. Dropped at the end, whoever is still connected.</summary>
public abstract class TestDatabase : IAsyncDisposable
{
    private readonly NpgsqlConnectionStringBuilder _superuser;

    private protected TestDatabase(string superuserConnectionString, string name)
    {
        Name = name;
        // Unpooled: an idle connection would keep a database from being dropped or copied.
        _superuser = new NpgsqlConnectionStringBuilder(superuserConnectionString) { Pooling = false };
        ConnectionString = As(Baseline.MigratingRole);
        SuperuserConnectionString = new NpgsqlConnectionStringBuilder(_superuser.ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Connection string as the role that migrates, <c>postgres</c>. Unpooled.</summary>
    public string ConnectionString { get; }

    /// <summary>Connection string as a superuser. Unpooled.</summary>
    public string SuperuserConnectionString { get; }

    /// <summary><see cref="ConnectionString"/> as a <c>postgres://</c> URL.</summary>
    public string Url => PostgresUrl.From(ConnectionString);

    /// <summary>A new connection as <c>postgres</c>; with a role, as the application has it: <c>authenticator</c>, then SET ROLE.</summary>
    public async Task<NpgsqlConnection> OpenAsync(string? role = null)
    {
        var connection = new NpgsqlConnection(role is null ? ConnectionString : As(Baseline.LoginRole));
        await connection.OpenAsync();
        if (role is not null)
            await connection.ExecuteAsync($"SET ROLE {role}");
        return connection;
    }

    /// <summary>Runs one or more statements as <c>postgres</c>.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync(sql);
    }

    /// <summary>Runs one or more statements as a superuser.</summary>
    public async Task ExecuteAsSuperuserAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(SuperuserConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync(sql);
    }

    /// <summary>The value that a query as <c>postgres</c> returns; the type's default for NULL and for no row.</summary>
    public async Task<T?> ScalarAsync<T>(string sql)
    {
        await using var connection = await OpenAsync();
        return await connection.ScalarAsync<T>(sql);
    }

    /// <summary>The first column that a query as <c>postgres</c> returns.</summary>
    public async Task<IReadOnlyList<T>> ColumnAsync<T>(string sql)
    {
        await using var connection = await OpenAsync();
        return await connection.ColumnAsync<T>(sql);
    }

    /// <summary>Holds a lock on a table, in an open transaction of somebody else's, until it is disposed.</summary>
    /// <param name="table">Name with its schema, such as <c>public.dsos</c>.</param>
    /// <param name="mode">As in LOCK TABLE. Default: <c>ACCESS SHARE</c>, what a long SELECT holds.</param>
    public Task<Stranger> WithLockedTable(string table, string mode = "ACCESS SHARE") =>
        WithTransaction($"LOCK TABLE {table} IN {mode} MODE");

    /// <summary>An open transaction of somebody else's that has run a statement, until it is disposed.</summary>
    public async Task<Stranger> WithTransaction(string sql)
    {
        var stranger = await Stranger.ConnectAsync(SuperuserConnectionString);
        await stranger.Connection.ExecuteAsync($"BEGIN; {sql}");
        return stranger;
    }

    /// <summary>Drops the database.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await using var connection = new NpgsqlConnection(_superuser.ConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync($"""DROP DATABASE IF EXISTS "{Name}" WITH (FORCE)""");
    }

    private protected static string NewName(string kind) => $"{kind}_{Guid.NewGuid():N}";

    private string As(string role) => new NpgsqlConnectionStringBuilder(_superuser.ConnectionString)
    {
        Username = role,
        Password = _superuser.Password ?? "postgres",
        Database = Name,
    }.ConnectionString;
}
