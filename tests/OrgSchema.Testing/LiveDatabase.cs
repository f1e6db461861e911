using System.Collections.Concurrent;
using OrgSchema.LocalPostgres;

namespace OrgSchema.Testing;

/// <summary>A database as production is before the first migration, with its rows.</summary>
public sealed class LiveDatabase : TestDatabase
{
    private static readonly ConcurrentDictionary<GrantRegime, Lazy<Task<string>>> Templates = new();

    private LiveDatabase(string superuserConnectionString, string name)
        : base(superuserConnectionString, name)
    {
    }

    /// <summary>Creates it, as a copy of a template that is made once a run.</summary>
    /// <param name="regime">Its default privileges. Default: those of production.</param>
    public static async Task<LiveDatabase> CreateAsync(GrantRegime regime = GrantRegime.Automatic)
    {
        var server = await TestServer.GetAsync();
        var template = await Templates.GetOrAdd(regime, _ => new(() => MakeTemplateAsync(server, regime))).Value;
        var name = NewName("live");
        await Baseline.CloneAsync(server.SuperuserConnectionString, template, name);
        return new LiveDatabase(server.SuperuserConnectionString, name);
    }

    /// <summary>Creates it on a server of the test's own.</summary>
    public static async Task<LiveDatabase> CreateAsync(ScratchServer server)
    {
        var name = NewName("live");
        await Baseline.CreateAsync(server.Server.ConnectionString(), name);
        return new LiveDatabase(server.Server.ConnectionString(), name);
    }

    /// <summary>A copy of it as it is now, while nobody is connected.</summary>
    public async Task<LiveDatabase> CopyAsync()
    {
        var name = NewName("copy");
        await Baseline.CloneAsync(SuperuserConnectionString, Name, name);
        return new LiveDatabase(SuperuserConnectionString, name);
    }

    /// <summary>The same database on another server, to which its own has been copied.</summary>
    public LiveDatabase On(ScratchServer other) => new(other.Server.ConnectionString(), Name);

    private static async Task<string> MakeTemplateAsync(TestServer server, GrantRegime regime)
    {
        // The process id: two test assemblies may share a server.
        var template = $"template_{regime}_{Environment.ProcessId}".ToLowerInvariant();
        await Baseline.CreateAsync(server.SuperuserConnectionString, template, regime);
        return template;
    }
}
