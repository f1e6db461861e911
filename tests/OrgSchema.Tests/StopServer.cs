using NUnit.Framework;
using OrgSchema.Testing;

[assembly: Parallelizable(ParallelScope.All)]
[assembly: FixtureLifeCycle(LifeCycle.InstancePerTestCase)]

namespace OrgSchema.Tests;

[SetUpFixture]
public sealed class StopServer
{
    [OneTimeTearDown]
    public Task Stop() => TestServer.StopAsync();
}
