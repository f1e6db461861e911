using NUnit.Framework;

namespace OrgSchema.Tests.Configuration;

/// <summary>Every mistake is reported, with its place, all of them at once.</summary>
[NonParallelizable]
public sealed class MistakesTests
{
    private const string Ann = "aaaaaaaa-0000-4000-8000-000000000001";
    private const string Alan = "8a84898d-0266-4dc1-b97c-744d70d7a4ec";

    private readonly ConfigurationFolder _folder = new();

    [TearDown]
    public void CloseFolder() => _folder.Dispose();

    [TestCase("", "orgschema.json: is empty; write {} to take the defaults")]
    [TestCase(" \n", "orgschema.json: is empty; write {} to take the defaults")]
    [TestCase("[]", "orgschema.json: must be an object { }, not a list [ ]")]
    [TestCase("""{ "owner": 5 }""", "orgschema.json: owner: must be a text in quotes, not a number")]
    [TestCase("""{ "owner": null }""", "orgschema.json: owner: must be a text in quotes, not null")]
    [TestCase("""{ "organization": "acme" }""", "orgschema.json: organization: must be an object { }, not a text in quotes")]
    [TestCase("""{ "organization": { "name": true } }""", "orgschema.json: organization.name: must be a text in quotes, not true or false")]
    [TestCase("""{ "admins": "a,b" }""", "orgschema.json: admins: must be a list [ ], not a text in quotes")]
    [TestCase("""{ "admins": [["a"]] }""", "orgschema.json: admins[0]: must be a text in quotes, not a list [ ]")]
    [TestCase("""{ "ownr": "a" }""", "orgschema.json: unknown key 'ownr'; known are organization, owner, admins, members, revokeAccess")]
    [TestCase("""{ "organization": { "id": "a" } }""", "orgschema.json: organization: unknown key 'id'; known are name, slug")]
    [TestCase("""{ "owner": "alan" }""", "orgschema.json: owner: 'alan' is not a uuid, such as 8a84898d-0266-4dc1-b97c-744d70d7a4ec")]
    [TestCase("""{ "members": [""] }""", "orgschema.json: members[0]: '' is not a uuid, such as 8a84898d-0266-4dc1-b97c-744d70d7a4ec")]
    [TestCase("""{ "organization": { "name": " " } }""", "orgschema.json: organization.name: is empty; an organization needs a name")]
    [TestCase("""{ "organization": { "name": "a\u0000b" } }""", "orgschema.json: organization.name: contains a control character")]
    [TestCase("""{ "organization": { "slug": "" } }""", "orgschema.json: organization.slug: is empty; an organization is looked up by its slug")]
    [TestCase("""{ "organization": { "slug": "Acme Dental" } }""", "orgschema.json: organization.slug: 'Acme Dental' is not a slug: lower-case letters, digits and single hyphens between them, such as 'acme-dental'")]
    [TestCase("""{ "organization": { "slug": "-a" } }""", "orgschema.json: organization.slug: '-a' is not a slug: lower-case letters, digits and single hyphens between them, such as 'a'")]
    [TestCase("""{ "organization": { "slug": "a--b-" } }""", "orgschema.json: organization.slug: 'a--b-' is not a slug: lower-case letters, digits and single hyphens between them, such as 'a-b'")]
    [TestCase("""{ "organization": { "slug": "a\n" } }""", "orgschema.json: organization.slug: 'a\n' is not a slug: lower-case letters, digits and single hyphens between them, such as 'a'")]
    [TestCase("""{ "organization": { "slug": "é" } }""", "orgschema.json: organization.slug: 'é' is not a slug: lower-case letters, digits and single hyphens between them")]
    public void A_mistake_in_the_file_is_named(string text, string expected) =>
        Assert.That(_folder.WithFile(text).Mistakes(), Is.EqualTo(new[] { expected }));

    [Test]
    public void A_slug_longer_than_a_host_name_part_is_refused() =>
        Assert.That(
            _folder.WithFile($$"""{ "organization": { "slug": "{{new string('a', 64)}}" } }""").Mistakes(),
            Is.EqualTo(new[] { "orgschema.json: organization.slug: is 64 characters long; at most 63 are allowed" }));

    [TestCase("{\n  \"owner\": \"é\" x\n}", "line 2, column 16")]
    [TestCase("{", "line 1, column 2")]
    public void Malformed_json_is_reported_with_line_and_column(string text, string position)
    {
        var mistake = _folder.WithFile(text).Mistakes().Single();

        Assert.That(mistake, Does.StartWith($"orgschema.json, {position}").And.Not.Contains("LineNumber"));
    }

    [TestCase("owner")]
    [TestCase("Owner")]
    public void A_key_given_twice_is_a_mistake(string again) =>
        Assert.That(
            _folder.WithFile($$"""{ "owner": "{{Ann}}", "{{again}}": "{{Ann}}" }""").Mistakes(),
            Is.EqualTo(new[] { $"orgschema.json: {again}: is given twice; capitals do not count in keys" }));

    [Test]
    public void A_user_has_one_role()
    {
        var mistakes = _folder.WithFile($$"""{ "admins": ["{{Ann}}", "{{Ann}}"], "members": ["{{Alan}}"], "revokeAccess": ["{{Ann}}"] }""").Mistakes();

        Assert.That(mistakes, Is.EquivalentTo(new[]
        {
            $"orgschema.json: admins[1]: user {Ann} in admins is already in admins (orgschema.json: admins[0]); list a user once",
            $"orgschema.json: revokeAccess[0]: user {Ann} in revokeAccess is already in admins (orgschema.json: admins[0]); a member keeps the access, so revoke it or leave the user out of the organization",
            $"orgschema.json: members[0]: user {Alan} in members is already in owner (shipped default); a user has one role",
        }));
    }

    [Test]
    public void The_same_user_in_another_case_is_the_same_user() =>
        Assert.That(_folder.WithFile($$"""{ "members": ["{{Ann}}", "{{Ann.ToUpperInvariant()}}"] }""").Mistakes().Single(), Does.Contain("list a user once"));

    [Test]
    public void A_mistake_in_a_variable_names_the_variable()
    {
        var mistakes = _folder
            .WithVariable("ADMINS", $"{Ann},nobody")
            .WithVariable("ORGANIZATION__SLUG", "Acme")
            .WithVariable("ADMINS__0", Ann)
            .WithVariable("OWNR", Ann)
            .Mistakes();

        Assert.Multiple(() =>
        {
            Assert.That(mistakes, Has.Count.EqualTo(4));
            Assert.That(mistakes, Has.One.StartsWith("ORGSCHEMA_CONFIG__ADMINS: 'nobody' is not a uuid"));
            Assert.That(mistakes, Has.One.StartsWith("ORGSCHEMA_CONFIG__ORGANIZATION__SLUG: 'Acme' is not a slug"));
            Assert.That(mistakes, Has.One.StartsWith("ORGSCHEMA_CONFIG__ADMINS__0: unknown variable; known are ORGSCHEMA_CONFIG__ORGANIZATION__NAME, "));
            Assert.That(mistakes, Has.One.StartsWith("ORGSCHEMA_CONFIG__OWNR: unknown variable"));
        });
    }

    [Test]
    public void A_value_that_a_variable_replaces_is_not_looked_at() =>
        Assert.That(_folder.WithFile("""{ "owner": "alan" }""").WithVariable("OWNER", Ann).Load().Owner, Is.EqualTo(new Guid(Ann)));

    [Test]
    public void All_mistakes_are_in_one_message()
    {
        var exception = Assert.Throws<ConfigurationException>(() => _folder
            .WithFile("""{ "ownr": "x", "owner": "alan", "admins": 1, "organization": { "slug": "A B" } }""")
            .WithVariable("MEMBERS", "nobody")
            .Load())!;

        Assert.Multiple(() =>
        {
            Assert.That(exception.Mistakes, Has.Count.EqualTo(5));
            Assert.That(exception.Message, Does.StartWith("The configuration has 5 mistakes:\n  "));
            Assert.That(exception.Mistakes, Has.All.Matches<string>(mistake => exception.Message.Contains(mistake, StringComparison.Ordinal)));
        });
    }

    [Test]
    public void A_file_that_cannot_be_read_is_a_mistake()
    {
        var path = _folder.Path;

        Assert.That(Assert.Throws<ConfigurationException>(() => TenancyConfiguration.Load(path))!.Mistakes.Single(), Does.StartWith($"{path}: cannot be read: "));
    }
}
