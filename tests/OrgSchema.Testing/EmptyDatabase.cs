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
        return await CreateOnAsync(server);
    }

    /// <summary>Creates it on a server of the test's own.</summary>
    public static async Task<EmptyDatabase> CreateAsync(TestServer server)
    {
        await Baseline.CreateRolesAsync(server.SuperuserConnectionString);
        return await CreateOnAsync(server);
    }

    private static async Task<EmptyDatabase> CreateOnAsync(TestServer server)
    {
        var name = NewName("empty");
        await Baseline.CloneAsync(server.SuperuserConnectionString, "template0", name);
        return new EmptyDatabase(server.SuperuserConnectionString, name);
    }
}
