using NUnit.Framework;

namespace OrgSchema.Online.Tests;

public sealed class OptionsOutOfRange
{
    private static readonly MigratorOptions Defaults = new() { ConnectionString = "Host=h", Migrations = [] };

    [Test]
    public void Defaults_are_in_range() => Assert.That(Defaults.Validated(), Is.SameAs(Defaults));

    [Test]
    public void All_mistakes_are_named_at_once()
    {
        var options = Defaults with
        {
            LockTimeout = TimeSpan.Zero,
            LockBudget = TimeSpan.FromMilliseconds(-1),
            PatientLockTimeout = TimeSpan.FromDays(25),
            RetryPause = TimeSpan.FromTicks(1),
            MaxRetryPause = TimeSpan.Zero,
            RunnerWait = TimeSpan.FromSeconds(-1),
            PrivateSchema = "Mixed",
            ApplicationName = new string('ä', 32),
            Backfill = new BackfillOptions { BatchSize = 0, MaxBatchSize = -1, TargetDuration = TimeSpan.Zero, Pause = TimeSpan.FromSeconds(-1) },
        };

        var message = Assert.Throws<ArgumentException>(() => options.Validated())!.Message;

        Assert.That(
            message.Split("; ").Select(mistake => mistake.Split(' ')[0]),
            Is.SupersetOf(new[] { "LockTimeout", "LockBudget", "PatientLockTimeout", "RetryPause", "MaxRetryPause", "RunnerWait", "PrivateSchema", "ApplicationName", "BatchSize", "MaxBatchSize", "TargetDuration", "Pause" }));
    }

    [Test]
    public void Budget_must_have_room_for_one_attempt() =>
        Assert.That(() => (Defaults with { LockBudget = TimeSpan.FromMilliseconds(49) }).Validated(), Throws.ArgumentException.With.Message.Contains("LockBudget must be at least LockTimeout"));

    [TestCase(1)]
    [TestCase(int.MaxValue)]
    public void Whole_range_of_the_server_is_allowed(int milliseconds) =>
        Assert.That(() => (Defaults with { PatientLockTimeout = TimeSpan.FromMilliseconds(milliseconds) }).Validated(), Throws.Nothing);
}
