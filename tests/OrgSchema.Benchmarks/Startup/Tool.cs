namespace OrgSchema.Benchmarks;

/// <summary>A program that applies migrations to the live database, and finds nothing to do the second time.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="What">Version, and what kind of program it is.</param>
/// <param name="Command">Program and arguments that apply all.</param>
/// <param name="Environment">What it wants to be told otherwise.</param>
internal sealed record Tool(string Name, string What, IReadOnlyList<string> Command, IReadOnlyDictionary<string, string?> Environment);

/// <summary>One that cannot be had here.</summary>
internal sealed record MissingTool(string Name, string Why);
