using NUnit.Framework;
using OrgSchema.Testing;

[assembly: Parallelizable(ParallelScope.All)]
[assembly: LevelOfParallelism(6)] // more than there are cores: a test mostly waits, for the server or for a program
[assembly: FixtureLifeCycle(LifeCycle.InstancePerTestCase)]

namespace OrgSchema.Tests;

[SetUpFixture]
public sealed class StopServer
{
    [OneTimeTearDown]
    public async Task Stop()
    {
        await GrownTemplate.DropAsync();
        await TestServer.StopAsync();
    }
}
