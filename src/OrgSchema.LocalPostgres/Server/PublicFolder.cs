namespace OrgSchema.LocalPostgres;

/// <summary>A folder that other users may pass through.</summary>
internal static class PublicFolder
{
    private const UnixFileMode Mode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Creates the folder and its parents.</summary>
    public static void Create(string path)
    {
        if (Directory.Exists(path))
            return;

        // Root's umask may be 077, and the server's user has to get to what is below. An ordinary user keeps their umask.
        if (ServerUser.IsNeeded && Path.GetDirectoryName(path) is { } parent)
        {
            Create(parent);
            Directory.CreateDirectory(path);
            File.SetUnixFileMode(path, Mode); // not CreateDirectory's argument: that one is masked
        }
        else
        {
            Directory.CreateDirectory(path);
        }
    }
}
