namespace OrgSchema.Online;

/// <summary>An entry of the catalog: a problem that SQL can bring to a database in use.</summary>
/// <param name="Id">Stable, lower case with hyphens.</param>
/// <param name="Condition">When it is found: what the server was seen to do.</param>
/// <param name="Effect">What it does to the application.</param>
/// <param name="Remedy">What to do instead.</param>
public sealed record FindingKind(string Id, string Condition, string Effect, string Remedy)
{
    /// <summary>Whether it stops. Default: it does.</summary>
    public Severity Severity { get; init; } = Severity.Error;

    /// <summary>What has it, on tables <c>customers</c> and <c>orders</c>; null for what no statement has by itself.</summary>
    public string? Bad { get; init; }

    /// <summary>The same without it.</summary>
    public string? Good { get; init; }

    /// <summary>In which language the examples are: <c>sql</c> or <c>csharp</c>.</summary>
    public string Language { get; init; } = "sql";

    /// <summary>A finding of this kind.</summary>
    public Finding Found(string message) => new(Id, message, Remedy, Severity);

    internal TracedFinding Found(string message, TracedStatement? statement) => new(Found(message), statement);
}

/// <summary>A finding and where it comes from.</summary>
/// <param name="Finding">The finding.</param>
/// <param name="Statement">The statement that caused it; null where that is not known.</param>
public sealed record TracedFinding(Finding Finding, TracedStatement? Statement);
