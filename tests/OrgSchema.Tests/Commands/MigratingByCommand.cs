using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class MigratingByCommand : CommandTest
{
    [Test]
    public async Task Applies_eleven_says_what_waits_and_finds_nothing_the_second_time()
    {
        var first = await Orgschema.RunAsync(0, "migrate");
        Assert.That(first.Output, Does.Contain("11 migrations applied. 1 contract migration waiting: run 'migrate contract' once the old version of the application is retired."));
        Assert.That(first.Output, Does.Contain("5 DSOs: 5 in All Solutions Consulting.").And.Contain("Users without an e-mail address have no profile: 2"));
        Assert.That(first.Error, Is.Empty);

        var second = await Orgschema.RunAsync(0, "migrate", "up");
        Assert.That(second.Output, Does.Contain("Nothing is pending."));
    }

    [Test]
    public async Task Up_to_a_version_stops_there()
    {
        await Orgschema.RunAsync(0, "migrate", "up", "--to", "20260226000500");

        Assert.That(await AppliedAsync(), Is.EqualTo(6));
    }

    [TestCase("migrate", "--dry-run")]
    [TestCase("plan")]
    [TestCase("status")]
    [TestCase("preflight")]
    [TestCase("verify")]
    public async Task Changes_nothing_when_it_only_asks(params string[] arguments)
    {
        var before = await Database.FingerprintAsync();

        await Orgschema.RunAsync(0, arguments);

        (await Database.FingerprintAsync()).AssertSameAs(before);
        Assert.That(await Database.ScalarAsync<bool>("SELECT to_regnamespace('orgschema') IS NULL"));
    }

    [Test]
    public async Task Down_reverts_one_some_or_all()
    {
        var before = await Database.FingerprintAsync();
        await Database.MigrateAsync();

        Assert.That((await Orgschema.RunAsync(0, "migrate", "down")).Output, Does.Contain("1 migration reverted."));
        Assert.That(await AppliedAsync(), Is.EqualTo(10));
        await Orgschema.RunAsync(0, "migrate", "down", "--steps", "3");
        Assert.That(await AppliedAsync(), Is.EqualTo(7));
        await Orgschema.RunAsync(0, "migrate", "down", "--to", "20260226000400");
        Assert.That(await AppliedAsync(), Is.EqualTo(5));
        await Orgschema.RunAsync(0, "migrate", "down", "--all");
        (await Database.FingerprintAsync()).AssertSameAs(before);
        Assert.That((await Orgschema.RunAsync(0, "migrate", "down")).Output, Does.Contain("Nothing to revert."));
    }

    [TestCase("--all", "--steps", "2")]
    [TestCase("--all", "--to", "20260226000400")]
    [TestCase("--steps", "2", "--to", "20260226000400")]
    [TestCase("--steps", "0")]
    [TestCase("--steps", "some")]
    [TestCase("--to", "20260226000401")]
    public async Task Down_refuses_what_cannot_be_meant(params string[] options)
    {
        await Database.MigrateAsync(20260226000000);

        await Orgschema.RunAsync(2, ["migrate", "down", .. options]);

        Assert.That(await AppliedAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task Contract_comes_last()
    {
        Assert.That((await Orgschema.RunAsync(2, "migrate", "contract")).Error, Does.Contain("20260226000000 CreateOrganizations is pending").And.Contain("Run 'migrate' first."));
        Assert.That((await Orgschema.RunAsync(2, "migrate", "--to", "20260226001100")).Error, Does.Contain("is a contract migration"));

        await Database.MigrateAsync();
        Assert.That((await Orgschema.RunAsync(0, "migrate", "contract", "--quiet-for", "0s")).Output, Does.Contain("1 migration applied."));
        Assert.That(await AppliedAsync(), Is.EqualTo(12));
    }

    [Test]
    public async Task Is_refused_when_a_configured_user_does_not_exist_unless_told_to_skip()
    {
        await Database.ExecuteAsync($"DELETE FROM auth.users WHERE id = '{People.Admin}'");

        var refused = await Orgschema.RunAsync(6, "migrate");
        Assert.That(refused.Error, Does.Contain(People.Admin).And.Contain("Nothing was changed.").And.Contain("--missing-users skip"));
        Assert.That(await Database.ScalarAsync<bool>("SELECT to_regnamespace('orgschema') IS NULL"));

        var skipped = await Orgschema.RunAsync(0, "migrate", "--missing-users", "skip");
        Assert.That(skipped.Output, Does.Contain(People.Admin));
    }

    [Test]
    public async Task Takes_its_organization_from_the_file_beside_the_caller()
    {
        await File.WriteAllTextAsync(Path.Combine(Orgschema.Folder, "orgschema.json"), """{ "organization": { "name": "From the file", "slug": "from-the-file" } }""");
        Orgschema.Environment["ORGSCHEMA_CONFIG__ORGANIZATION__NAME"] = "From the environment";

        await Orgschema.RunAsync(0, "migrate");

        Assert.That(await Database.ColumnAsync<string>("SELECT name || ', ' || slug FROM organizations"), Is.EqualTo(new[] { "From the environment, from-the-file" }));
    }

    private async Task<long> AppliedAsync() => await Database.ScalarAsync<long>("SELECT count(*) FROM orgschema.schema_version");
}
