namespace OrgSchema.Testing;

/// <summary>A folder of a test's own, deleted at the end. Every user may pass through it, so that root's server can.</summary>
public sealed class ScratchFolder : IDisposable
{
    /// <summary>Creates it.</summary>
    public ScratchFolder()
    {
        Directory.CreateDirectory(Path);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path, (UnixFileMode)0b111_101_101);
    }

    /// <summary>Its full path.</summary>
    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"orgschema-{Guid.NewGuid():N}");

    /// <summary>A path in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Deletes it.</summary>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
