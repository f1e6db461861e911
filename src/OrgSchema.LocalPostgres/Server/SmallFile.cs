namespace OrgSchema.LocalPostgres;

/// <summary>Reads files in a folder of somebody else, who may have put a link or a pipe there.</summary>
internal static class SmallFile
{
    private const int AtMost = 64 * 1024;

    /// <summary>The end of a file: 64 KiB at most. Null if there is none that can be read, or it is something else than a file.</summary>
    public static string? TryRead(string path)
    {
        try
        {
            // A pipe, a socket and a device have no length; to open a pipe would wait for its other end.
            var file = new FileInfo(path);
            if (!file.Exists || file.LinkTarget is not null || file.Length == 0)
                return null;
            using var stream = file.Open(FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            stream.Seek(-Math.Min(AtMost, stream.Length), SeekOrigin.End);
            using var reader = new StreamReader(stream);
            var text = new char[AtMost];
            return new string(text, 0, reader.ReadBlock(text));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
