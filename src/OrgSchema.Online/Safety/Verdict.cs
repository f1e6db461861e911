namespace OrgSchema.Online;

/// <summary>What is to become of a statement.</summary>
internal abstract record Verdict
{
    /// <summary>It runs as it is written.</summary>
    public static readonly Verdict Fine = new Kept();

    private sealed record Kept : Verdict;
}

/// <summary>It is done in another form.</summary>
internal sealed record Rewritten(SafeForm Form) : Verdict;

/// <summary>It makes clients wait or fail, and has no other form that means the same.</summary>
/// <param name="What">What it does to whom, in words.</param>
/// <param name="Instead">The migration to write instead, in C#.</param>
internal sealed record Refused(string What, Recipe Instead) : Verdict;
