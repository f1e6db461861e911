namespace OrgSchema;

/// <summary>Some rows that stand for all: a check on a large table stops counting where it stops mattering.</summary>
internal static class Sample
{
    /// <summary>How many are read at most.</summary>
    public const int Limit = 1_000;

    /// <summary>How many there are, as far as was counted.</summary>
    public static string Count(int read, string noun) =>
        read >= Limit ? $"{Limit} {noun}s or more" : read == 1 ? $"1 {noun}" : $"{read} {noun}s";

    /// <summary>The first three of them.</summary>
    public static string Of<T>(IReadOnlyList<T> rows) =>
        string.Join(", ", rows.Take(3)) + (rows.Count > 3 ? ", ..." : "");
}
