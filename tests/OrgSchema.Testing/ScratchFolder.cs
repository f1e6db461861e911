namespace OrgSchema.Testing;

/// <summary>A folder of a test's own, deleted at the end. Every user may pass through it, so that root's server can.</summary>
public sealed class ScratchFolder : IDisposable
{
    private const string SharedMemory = "/dev/shm";
    private const long Room = 4L << 30;

    /// <summary>
    /// Where scratch folders are: in memory where there is room. On ext4 a new database of a busy server takes ten times as long, because a file
    /// may not have the number of one that was deleted in the last seconds, and a database has 300 files.
    /// </summary>
    public static string Parent { get; } = Directory.Exists(SharedMemory) && new DriveInfo(SharedMemory).AvailableFreeSpace > Room
        ? SharedMemory
        : System.IO.Path.GetTempPath();

    /// <summary>Creates it.</summary>
    public ScratchFolder()
    {
        Directory.CreateDirectory(Path);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path, (UnixFileMode)0b111_101_101);
    }

    /// <summary>Its full path.</summary>
    public string Path { get; } = System.IO.Path.Combine(Parent, $"orgschema-{Guid.NewGuid():N}");

    /// <summary>A path in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Deletes it.</summary>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
