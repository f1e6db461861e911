namespace OrgSchema.Benchmarks;

/// <summary>What one command took, round by round.</summary>
/// <param name="Name">The command.</param>
/// <param name="What">What kind of program it is.</param>
internal sealed record Timing(string Name, string What)
{
    private readonly List<TimeSpan> _took = [];

    public int Rounds => _took.Count;

    public TimeSpan Median => _took.Order().ElementAt(_took.Count / 2);

    public void Add(TimeSpan took) => _took.Add(took);

    /// <summary>A row of a table: name, kind, median, fastest, slowest, and the ratio to another's median.</summary>
    public string[] Row(Timing to) =>
        [Name, What, Section.Milliseconds(Median), Section.Milliseconds(_took.Min()), Section.Milliseconds(_took.Max()), $"{Median / to.Median:0.00}"];

    /// <summary>The head of that table.</summary>
    public static string[] Head(string to) => ["command", "what it is", "median ms", "fastest", "slowest", $"÷ {to}"];
}
