namespace OrgSchema.Online;

/// <summary>Keys that one worker of a backfill walks over.</summary>
/// <param name="Part">Its number in the checkpoint.</param>
/// <param name="After">The key before its first one; null if it has no beginning.</param>
/// <param name="Until">Its last key; null if it has no end.</param>
internal sealed record KeyRange(int Part, string? After, string? Until)
{
    public static readonly KeyRange Whole = new(1, null, null);

    /// <summary>The condition that a key is in it, to go before another one.</summary>
    public string Contains(string key) => $"{(After is null ? "" : $"{key} > {Literal.Of(After)} AND ")}{(Until is null ? "" : $"{key} <= {Literal.Of(Until)} AND ")}";
}
