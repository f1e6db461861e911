using CliWrap;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

[Category(ChaosForm.Category)]
[Platform("Linux")]
public sealed class FullDisk
{
    private const int Rows = 5_000;
    private const int Disk = 8 << 20;

    private readonly ScratchFolder _folder = new();
    private ScratchServer _server = null!;
    private LiveDatabase _database = null!;

    [SetUp]
    public async Task MountASmallDisk()
    {
        Directory.CreateDirectory(Mounted);
        if (!Environment.IsPrivilegedProcess || !(await Cli.Wrap("mount").WithArguments(["-t", "tmpfs", "-o", $"size={Disk}", "tmpfs", Mounted]).WithValidation(CommandResultValidation.None).ExecuteAsync()).IsSuccess)
            Assert.Ignore("Only root may mount a small disk, and not in every container.");
        _server = await ScratchServer.StartAsync();
        await Cli.Wrap("chown").WithArguments(["--reference", _server.Server.DataFolder, Mounted]).ExecuteAsync();
        _database = await LiveDatabase.CreateAsync(_server).WithCrowdAsync(Rows, Rows);
        await _database.ExecuteAsSuperuserAsync($"CREATE TABLESPACE small LOCATION '{Mounted}'");
        await _database.ExecuteAsSuperuserAsync("GRANT CREATE ON TABLESPACE small TO postgres");
    }

    [TearDown]
    public async Task Stop()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
            await Cli.Wrap("umount").WithArguments([Mounted]).ExecuteAsync();
        }

        _folder.Dispose();
    }

    [Test]
    public async Task Stops_a_transaction_and_nothing_of_it_is_left()
    {
        await TravelToBeforeAsync(nameof(CreateOrgMembers));
        await FillAsync(free: 0);

        AssertStops(nameof(CreateOrgMembers), () => _database.MigrateAsync());

        Assert.That(await _database.ScalarAsync<bool>("SELECT to_regclass('public.org_members') IS NULL"));
        await ConvergesAsync();
    }

    [Test]
    public async Task Stops_a_backfill_whose_batches_before_stay()
    {
        await TravelToBeforeAsync(nameof(BackfillUserProfiles));
        await _database.ExecuteAsync("ALTER TABLE public.user_profiles SET TABLESPACE small");
        await FillAsync(free: 400_000);

        AssertStops(nameof(BackfillUserProfiles), () => _database.MigrateAsync());

        Assert.That(await ProfilesAsync(), Is.Positive.And.LessThan(Rows));
        await ConvergesAsync();
        Assert.That(await ProfilesAsync(), Is.GreaterThanOrEqualTo(Rows));
    }

    [Test]
    public async Task Stops_an_index_which_the_next_run_builds()
    {
        await TravelToBeforeAsync(nameof(IndexDsosOrgId));
        await FillAsync(free: 16_384);

        AssertStops(nameof(IndexDsosOrgId), () => _database.MigrateAsync());

        Assert.That(await IsValidAsync(), Is.False, "an interrupted build is left");
        await ConvergesAsync();
        Assert.That(await IsValidAsync());
    }

    [Test]
    public async Task Stops_the_archive_and_no_row_is_lost()
    {
        await _database.MigrateAsync();
        var above = await _database.LikenessAsync();
        await FillAsync(free: 400_000);

        AssertStops(nameof(AddOrgIdToDsos), () => _database.RevertAsync(DownTarget.All));

        Assert.That(await _database.ScalarAsync<long>("SELECT count(org_id) FROM public.dsos"), Is.GreaterThanOrEqualTo(Rows));
        MakeRoom();
        await _database.RevertAsync(DownTarget.All);
        await _database.ExecuteAsync("ALTER ROLE postgres RESET default_tablespace");
        await _database.MigrateAsync();
        (await _database.LikenessAsync()).AssertSameAs(above);
    }

    private string Mounted => _folder["disk"];

    private Task TravelToBeforeAsync(string migration) => _database.MigrateToBeforeAsync(Migrating.All.Single(known => known.Name == migration));

    /// <summary>What is made from now on is on the small disk, which has this many bytes left.</summary>
    private async Task FillAsync(int free)
    {
        await _database.ExecuteAsync("ALTER ROLE postgres SET default_tablespace = small");
        await File.WriteAllBytesAsync(Ballast, new byte[new DriveInfo(Mounted).AvailableFreeSpace - free]);
    }

    private void MakeRoom() => File.Delete(Ballast);

    private string Ballast => Path.Combine(Mounted, "ballast");

    private static void AssertStops(string migration, Func<Task> run)
    {
        var stopped = Assert.ThrowsAsync<MigrationFailedException>(run);
        Assert.That(stopped.Message, Does.Contain(migration).And.Contain("the disk of the server is full"));
        Assert.That(stopped.Remedy, Does.StartWith("Give it room"));
    }

    private async Task ConvergesAsync()
    {
        MakeRoom();
        await _database.MigrateAsync(preflight: MissingUsers.Refuse);
    }

    private Task<long> ProfilesAsync() => _database.ScalarAsync<long>("SELECT count(*) FROM public.user_profiles");

    private Task<bool> IsValidAsync() => _database.ScalarAsync<bool>("SELECT indisvalid FROM pg_index WHERE indexrelid = 'idx_dsos_org_id'::regclass");
}
