using System.Globalization;

namespace OrgSchema.Online;

/// <summary>
/// A step that an earlier run has begun and that may have committed, all of it or a part: raw SQL that commits by itself, a command that no
/// transaction takes, C# code without one.
/// </summary>
/// <param name="Migration">Its migration.</param>
/// <param name="Direction">Whether that was being applied or reverted.</param>
/// <param name="Text">The first line of the step.</param>
/// <param name="BegunAt">When it began, by the server's clock.</param>
public sealed record CutOffStep(KnownMigration Migration, Direction Direction, string Text, DateTime BegunAt)
{
    /// <summary>What happened, in one sentence.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Migration} was cut off in a step that commits by itself, begun at {BegunAt:yyyy-MM-dd HH:mm:ss} UTC: '{Text}'.");
}

/// <summary>What a run does about a <see cref="CutOffStep"/>.</summary>
public enum CutOffAnswer
{
    /// <summary>It refuses to go on.</summary>
    Refuse,

    /// <summary>It goes on behind the step, which has finished.</summary>
    Finished,

    /// <summary>It runs the step once more, which has left nothing, or does no harm twice.</summary>
    Again,
}
