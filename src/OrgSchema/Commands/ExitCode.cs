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
}
