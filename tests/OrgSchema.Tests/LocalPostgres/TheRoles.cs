using Npgsql;
using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class TheRoles
{
    [Test]
    public async Task Are_made_by_several_at_once()
    {
        await using var scratch = await ScratchOrIgnoreAsync();
        var superuser = scratch.Server.ConnectionString();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Baseline.CreateRolesAsync(superuser)));

        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(superuser) { Username = Baseline.LoginRole, Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        Assert.That(() => connection.ExecuteAsync("SET ROLE service_role"), Throws.Nothing);
    }

    [Test]
    public async Task Are_refused_where_postgres_is_the_superuser()
    {
        await using var scratch = await ScratchOrIgnoreAsync();
        var superuser = scratch.Server.ConnectionString();
        await using (var connection = new NpgsqlConnection(superuser))
        {
            await connection.OpenAsync();
            await connection.ExecuteAsync("CREATE ROLE postgres SUPERUSER LOGIN");
        }

        Assert.That(() => Baseline.CreateRolesAsync(superuser), Throws.TypeOf<LocalPostgresException>().With.Message
            .Contains("\"postgres\" is a superuser").And.Message.Contains("--username=supabase_admin"));
    }

    [Test]
    public async Task Get_their_password_without_the_server_logging_it()
    {
        await using var scratch = await ScratchOrIgnoreAsync(new() { ["log_statement"] = "all" });
        var superuser = new NpgsqlConnectionStringBuilder(scratch.Server.ConnectionString());

        await Baseline.CreateAsync(superuser.ConnectionString, "app");

        var log = await File.ReadAllTextAsync(scratch.Server.LogFile);
        Assert.That(log, Does.Contain("-- baseline: what the platform puts into every database").And.Not.Contain(superuser.Password));
    }

    private static async Task<ScratchServer> ScratchOrIgnoreAsync(Dictionary<string, string>? settings = null)
    {
        await TestServer.GetAsync();
        return await ScratchServer.StartAsync(settings);
    }
}
