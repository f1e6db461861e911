using System.Text.Json;
using NUnit.Framework;

namespace OrgSchema.Tests;

public sealed class JsonOutput : CommandTest
{
    [Test]
    public async Task Is_one_document_whatever_is_done()
    {
        Assert.Multiple(async () =>
        {
            var plan = await JsonAsync(0, "plan");
            Assert.That(plan.GetProperty("migrations").GetArrayLength(), Is.EqualTo(12));
            Assert.That(plan.GetProperty("tables").EnumerateArray().Single(table => table.GetProperty("name").GetString() == "public.dsos").GetProperty("triggers").GetProperty("update_dsos_updated_at").GetString(), Is.EqualTo("before update"));
            var users = plan.GetProperty("migrations")[0].GetProperty("statements").EnumerateArray().Single(statement => statement.GetProperty("sql").GetString()!.Contains("organizations_created_by_fkey", StringComparison.Ordinal)).GetProperty("locks")[0];
            Assert.That((users.GetProperty("table").GetString(), users.GetProperty("mode").GetString(), users.GetProperty("blocksReads").GetBoolean(), users.GetProperty("blocksWrites").GetBoolean()), Is.EqualTo(("auth.users", "SHARE ROW EXCLUSIVE", false, true)));
            Assert.That((await JsonAsync(0, "migrate", "--dry-run")).GetProperty("migrations")[0].GetProperty("statements").GetArrayLength(), Is.Positive);
            Assert.That((await JsonAsync(0, "preflight")).GetProperty("findings").GetArrayLength(), Is.Zero);
            Assert.That((await JsonAsync(3, "status", "--exit-code")).GetProperty("migrations")[0].GetProperty("state").GetString(), Is.EqualTo("Pending"));
            Assert.That((await JsonAsync(2, "migrate", "contract")).GetProperty("exitCode").GetInt32(), Is.EqualTo(2));
            var migrated = await JsonAsync(0, "migrate");
            Assert.That(migrated.GetProperty("done").GetArrayLength(), Is.EqualTo(11));
            Assert.That(migrated.GetProperty("organizations")[0].GetProperty("dsos").GetInt32(), Is.EqualTo(5));
            Assert.That((await JsonAsync(0, "status")).GetProperty("migrations")[0].GetProperty("state").GetString(), Is.EqualTo("Applied"));
            Assert.That((await JsonAsync(0, "verify")).GetProperty("findings").GetArrayLength(), Is.Zero);
            Assert.That((await JsonAsync(0, "migrate", "contract", "--quiet-for", "0s")).GetProperty("done").GetArrayLength(), Is.EqualTo(1));
            Assert.That((await JsonAsync(0, "migrate", "down", "--all")).GetProperty("direction").GetString(), Is.EqualTo("Down"));
        });
    }

    [TestCase(2, "bogus")]
    [TestCase(2, "migrate", "--bogus")]
    [TestCase(2, "migrate", "--to", "7")]
    [TestCase(2, "migrate", "down", "--all", "--steps", "1")]
    [TestCase(2, "migrate", "--lock-budget", "1ms")]
    [TestCase(2, "migrate", "--config", "missing.json")]
    [TestCase(2, "status", "--database-url", "postgress://host/db")]
    [TestCase(2, "status", "--database-url", "postgres://u:p@localhost:1/db")]
    [TestCase(2, "seed")]
    [TestCase(2, "log", "--last", "0")]
    [TestCase(2, "archive", "show", "any", "--limit", "-1")]
    [TestCase(2, "archive", "export", "any", "--format", "xml")]
    [TestCase(2, "new", "bad-name")]
    public async Task Is_one_document_when_it_goes_wrong(int exitCode, params string[] arguments)
    {
        var error = await JsonAsync(exitCode, arguments);

        Assert.That(error.GetProperty("error").GetString(), Is.Not.Empty);
        Assert.That(error.GetProperty("exitCode").GetInt32(), Is.EqualTo(exitCode));
        Assert.That(error.GetProperty("changed").GetString(), Is.EqualTo("Nothing was changed."));
    }

    [Test]
    public async Task Has_its_progress_as_lines_on_standard_error()
    {
        var result = await Orgschema.RunAsync(0, "migrate", "--output", "json");

        var events = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("event").GetString()).ToList();
        Assert.That(events.Count(name => name == "started"), Is.EqualTo(11));
        Assert.That(events.Count(name => name == "finished"), Is.EqualTo(11));
        Assert.That(events, Has.Member("backfill").And.Member("note"));
    }

    private async Task<JsonElement> JsonAsync(int exitCode, params string[] arguments) => (await Orgschema.RunAsync(exitCode, [.. arguments, "--output", "json"])).Json;
}
