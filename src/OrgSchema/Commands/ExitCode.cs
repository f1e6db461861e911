namespace OrgSchema;

/// <summary>What the shell is told.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Differs = 3;
    public const int RunnerLockTaken = 4;
    public const int LockBudgetSpent = 5;
    public const int PreflightRefused = 6;
    public const int Interrupted = 130;

    // Of many databases. First what somebody has to look at: stopped by hand, half done, wrong. Then what stopped in order,
    // what was never begun, and what somebody else is doing already.
    private static readonly int[] BySeriousness = [Interrupted, Failed, Differs, LockBudgetSpent, PreflightRefused, Usage, RunnerLockTaken, Done];

    /// <summary>The most serious of several.</summary>
    public static int MostSerious(IEnumerable<int> codes) => codes.MinBy(code => Array.IndexOf(BySeriousness, code));
}
