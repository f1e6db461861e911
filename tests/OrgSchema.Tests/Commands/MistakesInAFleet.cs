using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>They are found before anything is connected to: none of these hosts exists.</summary>
public sealed class MistakesInAFleet
{
    private readonly ProgramUnderTest _orgschema = new();

    [SetUp]
    public void KeepSecret() => _orgschema.KeepSecret("postgres://postgres:hidden-secret@host/database");

    [TearDown]
    public void Delete() => _orgschema.Dispose();

    [Test]
    public async Task Of_the_list_are_told_all_at_once_each_with_its_line()
    {
        await WriteAsync(
            "first = postgres://postgres:hidden-secret@db.invalid/app",
            "# a comment",
            "second = hidden-secret",
            "hidden-secret",
            "http://user:hidden-secret@host/database",
            "Password = hidden-secret; Username = postgres",
            "first = postgres://postgres:hidden-secret@db.invalid/other",
            "Host=DB.invalid;Username=somebody;Password=hidden-secret;Database=app");

        var refused = await _orgschema.RunAsync(2, "migrate", "--targets", "fleet.txt");

        Assert.That(refused.Error, Does.StartWith("error: The list of databases has 6 mistakes:\n").And.Contain("Nothing was changed."));
        foreach (var line in (int[])[3, 4, 5, 6, 7, 8])
            Assert.That(refused.Error, Does.Contain($"\n  fleet.txt, line {line}: "));
        Assert.That(refused.Error, Does.Contain("line 7: the name 'first' is taken in fleet.txt, line 1\n").And.Contain("line 8: the database DB.invalid:5432/app is in fleet.txt, line 1 already\n"));
    }

    [TestCase("migrate", "--targets", "missing.txt", "missing.txt: there is no such file")]
    [TestCase("status", "--targets", "empty.txt", "empty.txt: names no database")]
    [TestCase("migrate", "--targets", "fleet.txt", "--canary", "fourth", "Names are: first.")]
    [TestCase("migrate", "--targets", "fleet.txt", "--dry-run", "--dry-run is for one database.")]
    [TestCase("migrate", "--targets", "fleet.txt", "--parallel", "0", "--parallel takes a number from 1 up.")]
    [TestCase("migrate", "--targets", "fleet.txt", "--database-url", "postgres://host/database", "either with --targets or with --database-url")]
    [TestCase("migrate", "down", "--keep-going", "--keep-going is for many databases")]
    [TestCase("plan", "--database-url", "postgres://host/one", "--database-url", "postgres://host/two", "'plan' works with one database, and 2 are given.")]
    public async Task Of_the_command_line_are_refused(params string[] argumentsAndMessage)
    {
        await WriteAsync("first = postgres://postgres:hidden-secret@db.invalid/app");
        await File.WriteAllTextAsync(Path.Combine(_orgschema.Folder, "empty.txt"), "# nobody\n");

        Assert.That((await _orgschema.RunAsync(2, argumentsAndMessage[..^1])).Error, Does.Contain(argumentsAndMessage[^1]).And.Contain("Nothing was changed."));
    }

    private Task WriteAsync(params string[] lines) => File.WriteAllLinesAsync(Path.Combine(_orgschema.Folder, "fleet.txt"), lines);
}
