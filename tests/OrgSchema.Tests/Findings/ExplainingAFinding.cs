using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class ExplainingAFinding
{
    private readonly ProgramUnderTest _program = new();

    [TearDown]
    public void Dispose() => _program.Dispose();

    [Test]
    public async Task Prints_its_entry()
    {
        var kind = FindingCatalog.Find("lock-held-over-scan")!;

        Assert.That((await _program.RunAsync(0, "explain", kind.Id)).Output, Does.Contain(kind.Effect).And.Contain("    ALTER TABLE public.orders VALIDATE CONSTRAINT orders_note_check;"));
        Assert.That((await _program.RunAsync(0, "explain", kind.Id, "--output", "json")).Json.GetProperty("remedy").GetString(), Is.EqualTo(kind.Remedy));
    }

    [Test]
    public async Task Lists_all_for_one_that_is_not_known() =>
        Assert.That((await _program.RunAsync(2, "explain", "no-such-thing")).Error, Does.Contain("There is no finding 'no-such-thing'.").And.Contain("There are: statement-failed, ").And.Contain("irreversible-down, "));
}
