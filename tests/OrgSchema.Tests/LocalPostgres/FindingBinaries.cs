using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

[Platform(Exclude = "Win", Reason = "the fake programs are shell scripts")]
public sealed class FindingBinaries
{
    private readonly ScratchFolder _folder = new();

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public async Task The_newest_wins()
    {
        var search = Search(Fake("a", "16.9"), Fake("b", "17.2"), Fake("c", "17.10"), Fake("d", "15.1"));

        Assert.That((await PostgresBinaries.FindAsync(search)).Version, Is.EqualTo(new Version(17, 10)));
    }

    [Test]
    public async Task A_tested_version_wins_over_a_newer_one()
    {
        var search = Search(Fake("a", "19.1"), Fake("b", "16.9"));

        Assert.That((await PostgresBinaries.FindAsync(search)).Version.Major, Is.EqualTo(16));
    }

    [Test]
    public async Task A_newer_version_than_the_tested_ones_will_do() =>
        Assert.That((await PostgresBinaries.FindAsync(Search(Fake("a", "19beta1")))).Version, Is.EqualTo(new Version(19, 0)));

    [Test]
    public async Task Debian_adds_its_own_version() =>
        Assert.That((await PostgresBinaries.FindAsync(Search(Fake("a", "15.13 (Debian 15.13-0+deb12u1)")))).Version, Is.EqualTo(new Version(15, 13)));

    [Test]
    public async Task A_link_is_followed()
    {
        var real = Fake("real", "17.2");
        var links = Directory.CreateDirectory(_folder["links"]).FullName;
        foreach (var program in Directory.GetFiles(real))
            File.CreateSymbolicLink(Path.Combine(links, Path.GetFileName(program)), program);

        Assert.That((await PostgresBinaries.FindAsync(Search(links))).Folder, Is.EqualTo(real));
    }

    [Test]
    public async Task A_folder_without_initdb_is_passed_over()
    {
        var incomplete = Fake("a", "17.2");
        File.Delete(Path.Combine(incomplete, "initdb"));

        Assert.That((await PostgresBinaries.FindAsync(Search(incomplete, _folder["missing"], Fake("b", "15.1")))).Version.Major, Is.EqualTo(15));
    }

    [Test]
    public async Task Only_the_asked_major_version_will_do() =>
        Assert.That((await PostgresBinaries.FindAsync(Search(Fake("a", "16.9"), Fake("b", "15.4"), Fake("c", "17.1")), major: 15)).Version, Is.EqualTo(new Version(15, 4)));

    [Test]
    public void The_asked_major_version_is_missing() =>
        Assert.That(() => PostgresBinaries.FindAsync(Search(Fake("a", "16.9")), major: 15), Throws.TypeOf<LocalPostgresException>().With.Message
            .Contains("made by PostgreSQL 15").And.Message.Contains($"16.9 in {_folder["a"]}").And.Message.Contains("orgschema db reset"));

    [Test]
    public async Task The_explicit_folder_wins_over_a_newer_one() =>
        Assert.That((await PostgresBinaries.FindAsync(Search(Fake("a", "17.2")) with { ExplicitFolder = Fake("b", "15.1") })).Version.Major, Is.EqualTo(15));

    [Test]
    public void The_explicit_folder_is_not_one() =>
        AssertRefused(_folder["missing"], "has no initdb, pg_ctl, postgres");

    [Test]
    public void The_explicit_folder_is_too_old() =>
        AssertRefused(Fake("old", "14.9"), "PostgreSQL 14.9; 15 or newer is needed");

    [Test]
    public void The_explicit_folder_is_for_another_machine()
    {
        var folder = Fake("broken", "17.2");
        File.WriteAllText(Path.Combine(folder, "postgres"), "\u007fELF of a kind that nobody has");

        AssertRefused(folder, "does not run here");
    }

    [Test]
    public void All_too_old_and_nothing_to_download() =>
        Assert.That(() => PostgresBinaries.FindAsync(Search(Fake("a", "13.2"), Fake("b", "14.9"))), Throws.TypeOf<LocalPostgresException>().With.Message
            .Contains("15 or newer is needed").And.Message.Contains($"13.2 in {_folder["a"]}").And.Message.Contains($"14.9 in {_folder["b"]}").And.Message.Contains("apt-get install postgresql"));

    private void AssertRefused(string folder, string why) =>
        Assert.That(() => PostgresBinaries.FindAsync(Search(Fake("good", "17.2")) with { ExplicitFolder = folder }),
            Throws.TypeOf<LocalPostgresException>().With.Message.StartsWith($"ORGSCHEMA_PG_BIN is {folder}").And.Message.Contains(why));

    private static PostgresSearch Search(params string[] folders) => new() { ExplicitFolder = null, Folders = folders, DownloadFolder = null };

    private string Fake(string name, string version) => FakePostgres.Create(_folder[name], version);
}
