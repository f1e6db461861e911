using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class FirstStart
{
    private ScratchFolder _folder = null!;
    private LocalServer _local = null!;

    [SetUp]
    public async Task Prepare()
    {
        await TestServer.GetAsync(); // without a PostgreSQL these are ignored too
        _folder = new ScratchFolder();
        _local = new LocalServer(_folder["cache"]);
    }

    [TearDown]
    public async Task Delete()
    {
        if (_folder is null)
            return;
        await _local.StopAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Everybody_who_asks_at_once_gets_the_same_server()
    {
        var databases = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => new LocalServer(_local.Folder).EnsureStartedAsync())));

        Assert.That(databases.Select(database => database.ConnectionString).Distinct().Count(), Is.EqualTo(1));
        Assert.That(await KeepingALocalServer.QueryAsync(databases[0], "SELECT count(*)::text FROM dsos"), Is.EqualTo("5"));
    }

    [Test]
    public async Task A_canceled_first_start_is_begun_anew()
    {
        using var interruption = new CancellationTokenSource();
        var first = _local.EnsureStartedAsync(interruption.Token);
        while (!File.Exists(Path.Combine(_local.Folder, "state.json")))
            await Task.Yield();
        await interruption.CancelAsync();
        Assert.That(() => first, Throws.InstanceOf<OperationCanceledException>());

        var database = await _local.EnsureStartedAsync();

        Assert.That(await KeepingALocalServer.QueryAsync(database, "SELECT count(*)::text FROM dsos"), Is.EqualTo("5"));
    }
}
