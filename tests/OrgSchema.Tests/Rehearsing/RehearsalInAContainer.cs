using CliWrap;
using CliWrap.Buffered;
using NUnit.Framework;

namespace OrgSchema.Tests;

/// <summary>Where bubblewrap is not to be had, a container locks in the copy's server.</summary>
[Platform("Linux", Reason = "bubblewrap is for Linux")]
public sealed class RehearsalInAContainer : CommandTest
{
    // For this program and its children only, so only for root.
    private const string WithoutBubblewrap = """
        unshare --mount --propagation private bash -c 'mount --bind /dev/null /usr/bin/bwrap && exec "$@"' bash
        """;

    [SetUp]
    public async Task TryPodman()
    {
        if (!Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/podman"))
            Assert.Ignore("Only root can hide bubblewrap from a program, and podman must be installed.");
        const string Container = """
            set -o pipefail
            head -c 1024 /dev/zero | podman import - orgschema-test &&
                podman run --rm --network none --volume /usr:/usr:ro --volume /lib:/lib:ro --volume /lib64:/lib64:ro orgschema-test /usr/bin/true
            """;
        var tried = await Cli.Wrap("bash").WithArguments(["-c", Container]).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
        if (!tried.IsSuccess)
            Assert.Ignore($"podman runs no container here: {tried.StandardError}");
    }

    [Test]
    public async Task Passes_and_the_report_says_so()
    {
        var result = await Orgschema.StartInShell(redirected: "", WithoutBubblewrap.TrimEnd(), "rehearse", "--rows", "50", "--output", "json").Result;

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Json.GetProperty("sandbox").GetString(), Is.EqualTo("podman"));
        Assert.That(result.Json.TryGetProperty("noSandboxReason", out _), Is.False);
    }
}
