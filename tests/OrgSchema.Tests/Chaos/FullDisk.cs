using CliWrap;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

[Category(ChaosForm.Category)]
[Platform("Linux")]
public sealed class FullDisk
{
    private const long BeforeIndex = 20260226000600;

    private readonly ScratchFolder _folder = new();
    private ScratchServer _server = null!;
    private LiveDatabase _database = null!;

    [SetUp]
    public async Task PutTheIndexOnASmallDisk()
    {
        Directory.CreateDirectory(Disk);
        if (!Environment.IsPrivilegedProcess || !(await Cli.Wrap("mount").WithArguments(["-t", "tmpfs", "-o", "size=2m", "tmpfs", Disk]).WithValidation(CommandResultValidation.None).ExecuteAsync()).IsSuccess)
            Assert.Ignore("Only root may mount a small disk, and not in every container.");
        _server = await ScratchServer.StartAsync();
        await Cli.Wrap("chown").WithArguments(["--reference", _server.Server.DataFolder, Disk]).ExecuteAsync();
        _database = await LiveDatabase.CreateAsync(_server).WithCrowdAsync(dsos: 100_000);
        await _database.MigrateAsync(BeforeIndex);
        await _database.ExecuteAsSuperuserAsync($"CREATE TABLESPACE small LOCATION '{Disk}'");
        await _database.ExecuteAsSuperuserAsync("GRANT CREATE ON TABLESPACE small TO postgres; ALTER ROLE postgres SET default_tablespace = small");
        await File.WriteAllBytesAsync(Ballast, new byte[1_700_000]);
    }

    [TearDown]
    public async Task Stop()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
            await Cli.Wrap("umount").WithArguments([Disk]).ExecuteAsync();
        }

        _folder.Dispose();
    }

    [Test]
    public async Task Stops_the_index_and_the_next_run_builds_it_when_there_is_room()
    {
        var stopped = Assert.ThrowsAsync<MigrationFailedException>(() => _database.MigrateAsync());
        Assert.That(stopped.Message, Does.Contain(nameof(IndexDsosOrgId)).And.Contain("No space left on device"));
        Assert.That(await _database.ScalarAsync<bool>("SELECT NOT indisvalid FROM pg_index WHERE indexrelid = 'idx_dsos_org_id'::regclass"), "an interrupted build is left");

        File.Delete(Ballast);
        await _database.MigrateAsync(preflight: MissingUsers.Refuse);
        Assert.That(await _database.ScalarAsync<bool>("SELECT indisvalid FROM pg_index WHERE indexrelid = 'idx_dsos_org_id'::regclass"));
    }

    private string Disk => _folder["disk"];

    private string Ballast => Path.Combine(Disk, "ballast");
}
