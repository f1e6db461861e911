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
    public async Task The_newest_release_of_the_mirror_is_fetched_once()
    {
        using var mirror = new FakeMirror(Installation(), "17.9.0");

        var first = await PostgresBinaries.FindAsync(Search(mirror.Url));
        var second = await PostgresBinaries.FindAsync(Search(mirror.Url));

        Assert.That(first.Version, Is.EqualTo(new Version(17, 9)));
        Assert.That(first.Folder, Does.StartWith(_folder["cache"]));
        Assert.That(second, Is.EqualTo(first));
        Assert.That(mirror.JarsServed, Is.EqualTo(1));
    }

    [Test]
    public async Task A_fetched_one_needs_no_network_any_more()
    {
        var search = Search("http://127.0.0.1:9/maven2");
        using (var mirror = new FakeMirror(Installation(), "17.9.0"))
            await PostgresBinaries.FindAsync(search with { Mirror = mirror.Url });

        Assert.That((await PostgresBinaries.FindAsync(search)).Version, Is.EqualTo(new Version(17, 9)));
    }

    [Test]
    public async Task Progress_goes_from_something_to_everything()
    {
        using var mirror = new FakeMirror(Installation(), "17.9.0");
        var reports = new Reports();

        await PostgresBinaries.FindAsync(Search(mirror.Url) with { Progress = reports });

        Assert.That(reports.All, Is.Not.Empty);
        Assert.That(reports.All.Select(report => report.Bytes), Is.Ordered);
        Assert.That(reports.All[^1].Bytes, Is.EqualTo(reports.All[^1].Total));
    }

    [Test]
    public void A_download_that_was_tampered_with_is_refused()
    {
        using var mirror = new FakeMirror(Installation(), "17.9.0") { Checksum = new string('0', 64) };

        Assert.That(() => PostgresBinaries.FindAsync(Search(mirror.Url)), Throws.TypeOf<LocalPostgresException>().With.Message.Contains("SHA-256"));
        Assert.That(() => PostgresBinaries.FindAsync(Search("http://127.0.0.1:9/maven2")), Throws.TypeOf<LocalPostgresException>(), "nothing of it may be believed later");
    }

    [Test]
    public void Without_a_network_the_message_says_what_to_install()
    {
        var search = Search("http://127.0.0.1:9/maven2"); // the discard port: nobody listens

        Assert.That(() => PostgresBinaries.FindAsync(search), Throws.TypeOf<LocalPostgresException>().With.Message
            .Contains("No PostgreSQL server programs were found").And.Message.Contains("http://127.0.0.1:9/maven2")
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

    private PostgresSearch Search(string mirror) => new() { ExplicitFolder = null, Folders = [], DownloadFolder = _folder["cache"], Mirror = mirror };

    private string Installation()
    {
        FakePostgres.Create(_folder["installation/bin"], "17.9");
        File.WriteAllBytes(_folder["installation/ballast"], new byte[300_000]);
        return _folder["installation"];
    }

    /// <summary>Unlike <see cref="Progress{T}"/>, told at once and in order.</summary>
    private sealed class Reports : IProgress<DownloadProgress>
    {
        public List<DownloadProgress> All { get; } = [];

        public void Report(DownloadProgress value) => All.Add(value);
    }
}
