using System.Diagnostics;
using NUnit.Framework;

namespace OrgSchema.Tests;

/// <summary>A command runs in a folder where somebody else has put links and pipes under the names that it uses.</summary>
[Platform(Exclude = "Win", Reason = "there are no such links and pipes")]
public sealed class HostileFolder : CommandTest
{
    [Test]
    public async Task Links_lead_no_file_of_a_script_elsewhere()
    {
        await Orgschema.RunAsync(0, "script", "--out", "sql");
        var folder = Path.Combine(Orgschema.Folder, "sql");
        var outside = Path.Combine(Orgschema.Folder, "outside");
        var names = Directory.GetFiles(folder).Order().Select(Path.GetFileName).ToList();
        File.Delete(Path.Combine(folder, names[^1]!));
        File.CreateSymbolicLink(Path.Combine(folder, names[^1]!), outside);

        var refused = await Orgschema.RunAsync(2, "script", "--out", "sql");

        Assert.That(File.Exists(outside), Is.False);
        Assert.That(refused.Error, Does.Contain(names[^1]));
    }

    [Test]
    public async Task A_pipe_instead_of_a_script_is_refused()
    {
        await Orgschema.RunAsync(0, "script", "--out", "sql");
        var file = Directory.GetFiles(Path.Combine(Orgschema.Folder, "sql"))[0];
        await PipeAsync(file);

        Assert.That((await Orgschema.RunAsync(2, "script", "--out", "sql")).Error, Does.Contain(file));
    }

    [Test]
    public async Task A_pipe_instead_of_a_configuration_is_refused()
    {
        await PipeAsync(Path.Combine(Orgschema.Folder, "orgschema.json"));

        Assert.That((await Orgschema.RunAsync(2, "status")).Error, Does.Contain("orgschema.json").And.Contain("is empty"));
    }

    [Test]
    public async Task Links_and_pipes_do_not_keep_a_target_from_being_remembered([Values("link", "pipe")] string kind)
    {
        await File.WriteAllTextAsync(Path.Combine(Orgschema.Folder, "orgschema.json"), "{}");
        var (memory, outside) = (Path.Combine(Orgschema.Folder, "orgschema.targets.json"), Path.Combine(Orgschema.Folder, "outside"));
        if (kind == "link")
            File.CreateSymbolicLink(memory, outside);
        else
            await PipeAsync(memory);

        await Orgschema.RunAsync(0, "migrate", "--to", "20260226000000");

        Assert.That(File.Exists(outside), Is.False);
        Assert.That(await File.ReadAllTextAsync(memory), Does.Contain(Database.Name));
    }

    [TestCase("status", "--targets")]
    [TestCase("lint")]
    public async Task A_pipe_into_which_nobody_writes_does_not_outlive_a_signal(params string[] command)
    {
        var pipe = Path.Combine(Orgschema.Folder, "pipe");
        await PipeAsync(pipe);
        var run = Orgschema.Start([.. command, pipe]);
        // It opens when the program reads at the other end.
        await using var writer = await Task.Run(() => new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite));

        await run.SignalAsync("TERM");

        Assert.That((await run.Result).ExitCode, Is.EqualTo(130));
    }

    [Test]
    public async Task A_configuration_without_end_is_refused()
    {
        File.CreateSymbolicLink(Path.Combine(Orgschema.Folder, "orgschema.json"), "/dev/zero");

        Assert.That((await Orgschema.RunAsync(2, "status")).Error, Does.Contain("orgschema.json"));
        Assert.That((await Orgschema.RunAsync(2, "status", "--config", "/dev/zero")).Error, Does.Contain("more than 1 MiB"));
    }

    private static async Task PipeAsync(string path)
    {
        File.Delete(path);
        using var made = Process.Start("mkfifo", [path]);
        await made.WaitForExitAsync();
    }
}
