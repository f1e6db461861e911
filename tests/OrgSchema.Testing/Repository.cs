namespace OrgSchema.Testing;

/// <summary>The folder that the tests were built from.</summary>
public static class Repository
{
    /// <summary>Its full path.</summary>
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    /// <summary>A path in it.</summary>
    public static string PathOf(string relative) => Path.Combine(Root, relative);

    private static string Find(DirectoryInfo? folder) =>
        folder is null ? throw new InvalidOperationException("These tests read files of the repository, and run outside of it.")
        : File.Exists(Path.Combine(folder.FullName, "OrgSchema.sln")) ? folder.FullName
        : Find(folder.Parent);
}
