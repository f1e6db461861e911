namespace OrgSchema;

/// <summary>The configuration is wrong. Nothing was connected to, nothing was changed.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>Creates the exception from every mistake that was found.</summary>
    /// <param name="mistakes">Each with its place first, such as <c>orgschema.json: owner: ...</c>.</param>
    public ConfigurationException(IReadOnlyList<string> mistakes)
        : base(Describe(mistakes)) => Mistakes = mistakes;

    /// <summary>Every mistake, with its place: the file and the path in it, or the environment variable.</summary>
    public IReadOnlyList<string> Mistakes { get; }

    private static string Describe(IReadOnlyList<string> mistakes) => mistakes switch
    {
        [var only] => $"The configuration has a mistake: {only}",
        _ => $"The configuration has {mistakes.Count} mistakes:{Wording.Mistakes(mistakes)}",
    };
}
