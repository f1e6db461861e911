using OrgSchema.LocalPostgres;

namespace OrgSchema.Testing;

/// <summary>A database with nothing in it but what the roles of the platform need to log in.</summary>
public sealed class EmptyDatabase : TestDatabase
{
    private static readonly Lazy<Task> Roles = new(async () =>
        await Baseline.CreateRolesAsync((await TestServer.GetAsync()).SuperuserConnectionString));

    private EmptyDatabase(string superuserConnectionString, string name)
        : base(superuserConnectionString, name)
    {
    }

    /// <summary>Creates it, owned by <c>postgres</c>.</summary>
    public static async Task<EmptyDatabase> CreateAsync()
    {
        var server = await TestServer.GetAsync();
        await Roles.Value;
        return await CreateOnAsync(server.SuperuserConnectionString);
    }

    /// <summary>Creates it on a server of the test's own.</summary>
    public static async Task<EmptyDatabase> CreateAsync(TestServer server)
    {
        await Baseline.CreateRolesAsync(server.SuperuserConnectionString);
        return await CreateOnAsync(server.SuperuserConnectionString);
    }

    /// <summary>The same, where the test has a hand on the server itself.</summary>
    public static async Task<EmptyDatabase> CreateAsync(ScratchServer server)
    {
        await Baseline.CreateRolesAsync(server.Server.ConnectionString());
        return await CreateOnAsync(server.Server.ConnectionString());
    }

    private static async Task<EmptyDatabase> CreateOnAsync(string superuserConnectionString)
    {
        var name = NewName("empty");
        await Baseline.CloneAsync(superuserConnectionString, "template0", name);
        return new EmptyDatabase(superuserConnectionString, name);
    }
}
