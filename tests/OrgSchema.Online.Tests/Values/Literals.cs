using NUnit.Framework;

namespace OrgSchema.Online.Tests;

public sealed class Literals : DatabaseTest
{
    private static readonly string[] Texts = ["", "plain", "it's", "''", "back\\slash", "\\'; DROP TABLE x; --", "$$", "$1", ":name", "@name", "{0}", "ä 😀", "two\nlines\r\n\t", "%_", "\""];

    [TestCaseSource(nameof(Texts))]
    public async Task Server_reads_the_text_that_was_meant(string text) => Assert.That(await Database.ScalarAsync<string>($"SELECT {Literal.Of(text)}"), Is.EqualTo(text));

    [Test]
    public async Task Server_reads_the_list_that_was_meant()
    {
        Assert.That(await Database.ScalarAsync<string[]>($"SELECT {Literal.Of(Texts)}"), Is.EqualTo(Texts));
        Assert.That(await Database.ScalarAsync<string[]>($"SELECT {Literal.Of(Array.Empty<string>())}"), Is.Empty);
    }

    [Test]
    public async Task Server_reads_the_uuids_that_were_meant()
    {
        Guid[] ids = [Guid.NewGuid(), Guid.Empty];

        Assert.That(await Database.ScalarAsync<Guid>($"SELECT {Literal.Of(ids[0])}"), Is.EqualTo(ids[0]));
        Assert.That(await Database.ScalarAsync<Guid[]>($"SELECT {Literal.Of(ids)}"), Is.EqualTo(ids));
        Assert.That(await Database.ScalarAsync<Guid[]>($"SELECT {Literal.Of(Array.Empty<Guid>())}"), Is.Empty);
    }

    [Test]
    public async Task Text_is_the_same_on_a_server_that_reads_backslashes_otherwise()
    {
        await Database.ExecuteAsync($"ALTER DATABASE {Database.Name} SET standard_conforming_strings = off");

        Assert.That(await Database.ScalarAsync<string[]>($"SELECT {Literal.Of(Texts)}"), Is.EqualTo(Texts));
    }

    [Test]
    public void Text_that_PostgreSQL_cannot_hold_is_refused() => Assert.That(() => Literal.Of("a\0b"), Throws.ArgumentException);
}
