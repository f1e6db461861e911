using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>Far from the server each connection and each round trip is time that a person waits.</summary>
public sealed class AskingLittle : CommandTest
{
    // Settings; history; the DSOs by organization; BEGIN, which goes along with what is there; what is in it; ROLLBACK. And
    // for the policies BEGIN, which goes along with the schemas; what to try, and the trials as each role; ROLLBACK.
    [TestCase(12, "migrate")]
    // Settings; history; which archives, and what is in the only one; the DSOs by organization; the bridge and its use.
    [TestCase(7, "status")]
    [TestCase(11, "verify")]
    // Settings; history; BEGIN, which goes along with what is there; what is in the way; ROLLBACK.
    [TestCase(6, "preflight")]
    public async Task One_connection_and_few_round_trips_are_enough_where_nothing_is_to_do(int roundTrips, params string[] command)
    {
        await Database.MigrateAsync();
        await using var proxy = new CuttingProxy(Database.ConnectionString);
        Orgschema.Target(proxy.ConnectionString); // which says that the proxy speaks no TLS

        await Orgschema.RunAsync(0, command);

        Assert.That((proxy.Connections, proxy.RoundTrips), Is.EqualTo((1, roundTrips)));
    }

    [Test]
    public async Task Help_needs_no_server_and_no_configuration()
    {
        Orgschema.Target("postgres://nobody@192.0.2.1:1/nothing");
        await File.WriteAllTextAsync(Path.Combine(Orgschema.Folder, "orgschema.json"), "not JSON");

        foreach (var command in (string[][])[["--help"], ["migrate", "--help"], ["--version"]])
            await Orgschema.RunAsync(0, command);
    }
}
