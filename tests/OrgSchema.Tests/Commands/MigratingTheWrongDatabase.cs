using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>The same configuration, and suddenly another database.</summary>
public sealed class MigratingTheWrongDatabase : CommandTest
{
    [Test]
    public async Task Is_refused_until_it_is_meant()
    {
        await using var other = await LiveDatabase.CreateAsync();
        await File.WriteAllTextAsync(Path.Combine(Orgschema.Folder, "orgschema.json"), "{}");
        await Orgschema.RunAsync(0, "migrate", "--to", "20260226000000");
        await Orgschema.RunAsync(0, "migrate");

        var refused = await Orgschema.RunAsync(2, "migrate", "--database-url", other.Url);

        Assert.That(refused.Error, Does.Contain($"With orgschema.json you have last migrated {Database.Name} at 127.0.0.1:").And.Contain("(system ").And.Contain($"This is another database: {other.Name} at").And.Contain("Nothing was changed.").And.Contain("--accept-target"));
        Assert.That(await other.ScalarAsync<bool>("SELECT to_regnamespace('orgschema') IS NULL"));
        var asked = await Orgschema.RunOnTerminalAsync("n\n", "migrate", "--database-url", other.Url);
        Assert.That((asked.ExitCode, asked.Output), Is.EqualTo((130, asked.Output)));
        Assert.That(asked.Output.ReplaceLineEndings(" ").Replace("  ", " ", StringComparison.Ordinal), Does.Contain("This is another database").And.Contain("Is that what you want?"));
        await Orgschema.RunAsync(2, "migrate", "down", "--database-url", other.Url);
        await Orgschema.RunAsync(2, "baseline", "--database-url", other.Url);
        await Orgschema.RunAsync(0, "baseline", "--dry-run", "--database-url", other.Url);
        await Orgschema.RunAsync(0, "migrate", "--database-url", other.Url, "--accept-target");
        await Orgschema.RunAsync(0, "migrate", "down", "--database-url", other.Url);
        await Orgschema.RunAsync(2, "migrate", "down");
    }

    [Test]
    public async Task Is_told_for_each_configuration_by_itself()
    {
        await using var other = await LiveDatabase.CreateAsync();
        foreach (var name in (string[])["staging.json", "production.json"])
            await File.WriteAllTextAsync(Path.Combine(Orgschema.Folder, name), "{}");

        await Orgschema.RunAsync(0, "migrate", "--to", "20260226000000", "--config", "staging.json");
        await Orgschema.RunAsync(0, "migrate", "--to", "20260226000000", "--config", "production.json", "--database-url", other.Url);

        await Orgschema.RunAsync(2, "migrate", "--config", "staging.json", "--database-url", other.Url);
        Assert.That(await File.ReadAllTextAsync(Path.Combine(Orgschema.Folder, "orgschema.targets.json")), Does.Contain("staging.json").And.Contain("production.json"));
    }

    [Test]
    public async Task Is_not_found_out_where_preflight_has_refused()
    {
        await using var other = await LiveDatabase.CreateAsync();
        await File.WriteAllTextAsync(Path.Combine(Orgschema.Folder, "orgschema.json"), $$"""{ "owner": "{{People.Nobody}}" }""");
        await Orgschema.RunAsync(6, "migrate");

        await Orgschema.RunAsync(0, "migrate", "--database-url", other.Url, "--missing-users", "skip");
    }

    [Test]
    public async Task Is_suspected_of_a_copy_and_asked_about_once_for_each_way_there()
    {
        await File.WriteAllTextAsync(Path.Combine(Orgschema.Folder, "orgschema.json"), "{}");
        await Orgschema.RunAsync(0, "migrate", "--to", "20260226000000");
        var byAnotherName = Database.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

        var refused = await Orgschema.RunAsync(2, "migrate", "--database-url", byAnotherName);

        Assert.That(refused.Error, Does.Contain("This may be a copy of it, or the same database under another name").And.Contain("localhost"));
        await Orgschema.RunAsync(0, "migrate", "--to", "20260226000000", "--database-url", byAnotherName, "--accept-target");
        await Orgschema.RunAsync(0, "migrate", "--to", "20260226000000");
        await Orgschema.RunAsync(0, "migrate", "--to", "20260226000000", "--database-url", byAnotherName);
    }

    [TestCase(1, true)]
    [TestCase(2, false)]
    public void Is_told_by_the_timeline(int timeline, bool same) =>
        Assert.That(new TargetIdentity("7", "postgres", "one", Timeline: 1).IsSameAs(new TargetIdentity("7", "postgres", "one", Timeline: timeline)), Is.EqualTo(same));

    // A restored backup has its origin's identifier, and a pooler many projects: the project's reference decides.
    [TestCase("db.abcdefghij.supabase.co", "postgres", "7", "aws-0.pooler.supabase.com", "postgres.abcdefghij", "7", true)]
    [TestCase("db.abcdefghij.supabase.co", "postgres", "7", "db.abcdefghij.supabase.co", "postgres", "8", true)]
    [TestCase("db.abcdefghij.supabase.co", "postgres", "7", "db.klmnopqrst.supabase.co", "postgres", "7", false)]
    [TestCase("aws-0.pooler.supabase.com", "postgres.abcdefghij", null, "aws-0.pooler.supabase.com", "postgres.klmnopqrst", null, false)]
    [TestCase("one", "postgres.x", "7", "two", "postgres.y", "7", false)]
    [TestCase("one", "postgres", "7", "one", "postgres", "8", false)]
    [TestCase("one", "postgres", null, "one", "postgres", "8", true)]
    [TestCase("one", "postgres", null, "two", "postgres", null, false)]
    public void Is_told_by_the_project_then_by_host_and_server(string host, string user, string? system, string otherHost, string otherUser, string? otherSystem, bool same) => Assert.That(
        new TargetIdentity(system, "postgres", host, TargetIdentity.ProjectOf(host, user)).IsSameAs(new TargetIdentity(otherSystem, "postgres", otherHost, TargetIdentity.ProjectOf(otherHost, otherUser))),
        Is.EqualTo(same));

    [Test]
    public async Task With_a_memory_that_cannot_be_read_says_which_file()
    {
        await File.WriteAllTextAsync(Path.Combine(Orgschema.Folder, "orgschema.json"), "{}");
        await File.WriteAllTextAsync(Path.Combine(Orgschema.Folder, "orgschema.targets.json"), "not json");

        Assert.That((await Orgschema.RunAsync(2, "migrate")).Error, Does.Contain("orgschema.targets.json', which remembers").And.Contain("Fix or delete it"));
    }
}
