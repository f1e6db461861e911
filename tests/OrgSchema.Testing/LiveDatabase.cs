using System.Collections.Concurrent;
using OrgSchema.LocalPostgres;

namespace OrgSchema.Testing;

/// <summary>A database as production is before the first migration, with its rows.</summary>
public sealed class LiveDatabase : TestDatabase
{
    private static readonly ConcurrentDictionary<GrantRegime, Lazy<Task<string>>> Templates = new();

    private LiveDatabase(TestServer server, string name)
        : base(server, name)
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
        return new LiveDatabase(server, name);
    }

    private static async Task<string> MakeTemplateAsync(TestServer server, GrantRegime regime)
    {
        // The process id: two test assemblies may share a server.
        var template = $"template_{regime}_{Environment.ProcessId}".ToLowerInvariant();
        await Baseline.CreateAsync(server.SuperuserConnectionString, template, regime);
        return template;
    }
}
