using Docker.DotNet;
using DotNet.Testcontainers.Builders;
using Npgsql;
using NUnit.Framework;
using OrgSchema.LocalPostgres;
using Testcontainers.PostgreSql;

namespace OrgSchema.Testing;

/// <summary>
/// The one PostgreSQL server of a test run: <c>ORGSCHEMA_TEST_DATABASE_URL</c> (a superuser's, not called postgres), else
/// a container when a Docker engine answers, else a throw-away server from the binaries on this machine.
/// With <c>ORGSCHEMA_PG_BIN</c> set it is those binaries.
/// </summary>
public sealed class TestServer : IAsyncDisposable
{
    /// <summary>Environment variable that names a server to use.</summary>
    public const string UrlVariable = "ORGSCHEMA_TEST_DATABASE_URL";

    private const string Image = "postgres:17";
    private const int MaxConnections = 200;
    private static readonly Lazy<Task<TestServer>> Current = new(StartAsync);

    private readonly Func<ValueTask> _stop;

    private TestServer(string superuserConnectionString, Func<ValueTask> stop)
    {
        // Unpooled: an idle connection would keep a database from being dropped or copied.
        SuperuserConnectionString = new NpgsqlConnectionStringBuilder(superuserConnectionString) { Pooling = false }.ConnectionString;
        _stop = stop;
    }

    /// <summary>Connection string of the superuser, in a database that is nobody's.</summary>
    public string SuperuserConnectionString { get; }

    /// <summary>The server, started by whoever asks first. Without one a test is ignored on a laptop, and fails on CI.</summary>
    public static async Task<TestServer> GetAsync()
    {
        try
        {
            return await Current.Value;
        }
        catch (LocalPostgresException failure)
        {
            var reason = $"No PostgreSQL to test on. {failure.Message} Or set {UrlVariable} to the URL of a superuser.";
            if (string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
                throw new InvalidOperationException(reason, failure);
            Assert.Ignore(reason);
            throw;
        }
    }

    /// <summary>Stops the server of this run, if there is one. For the [OneTimeTearDown] of a test assembly.</summary>
    public static async Task StopAsync()
    {
        if (Current is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await Current.Value).DisposeAsync();
    }

    /// <summary>Stops it and deletes what it kept.</summary>
    public ValueTask DisposeAsync() => _stop();

    private static async Task<TestServer> StartAsync()
    {
        if (Environment.GetEnvironmentVariable(UrlVariable) is { Length: > 0 } url)
            return At(ConnectionStringOf(new Uri(url)));

        if (new PostgresSearch().ExplicitFolder is null && await InContainerAsync() is { } container)
            return container;

        return await StartScratchAsync(new() { ["max_connections"] = $"{MaxConnections}" });
    }

    /// <summary>A server of one test's own, for settings that others must not have.</summary>
    public static async Task<TestServer> StartScratchAsync(Dictionary<string, string> settings)
    {
        var scratch = await ScratchServer.StartAsync(settings);
        return new TestServer(scratch.Server.ConnectionString(), scratch.DisposeAsync);
    }

    private static async Task<TestServer?> InContainerAsync()
    {
        try
        {
            // On a live Supabase "postgres" is an ordinary role; the superuser has another name.
            var container = new PostgreSqlBuilder(Image)
                .WithUsername(PostgresServer.Superuser).WithPassword(PostgresServer.NewPassword()).WithDatabase("postgres")
                .WithCommand("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off", "-c", $"max_connections={MaxConnections}")
                .Build();
            await container.StartAsync();
            return new TestServer(container.GetConnectionString(), container.DisposeAsync);
        }
        catch (Exception failure) when (failure is DockerUnavailableException or DockerApiException)
        {
            return null; // no engine, or one that cannot get the image
        }
    }

    /// <summary>A server that outlives us: it gets its templates back out.</summary>
    private static TestServer At(string connectionString) =>
        new(connectionString, async () =>
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            foreach (var template in await connection.ColumnAsync<string>($"SELECT datname::text FROM pg_catalog.pg_database WHERE datname ~ '^template_.*_{Environment.ProcessId}$'"))
                await connection.ExecuteAsync($"""DROP DATABASE "{template}" WITH (FORCE)""");
        });

    private static string ConnectionStringOf(Uri url)
    {
        var user = url.UserInfo.Split(':', 2);
        return new NpgsqlConnectionStringBuilder
        {
            Host = url.Host,
            Port = url.Port > 0 ? url.Port : 5432,
            Username = Uri.UnescapeDataString(user[0]),
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
            Database = Uri.UnescapeDataString(url.AbsolutePath.TrimStart('/')) is { Length: > 0 } database ? database : "postgres",
        }.ConnectionString;
    }
}
