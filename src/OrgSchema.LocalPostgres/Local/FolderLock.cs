namespace OrgSchema.LocalPostgres;

/// <summary>One process at a time works on a folder. The system lets go of the lock when the process ends, however it ends.</summary>
internal sealed class FolderLock : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>How .NET says that somebody has it: EWOULDBLOCK of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows.</summary>
    private static readonly int[] Taken = [11, 35, unchecked((int)0x80070020)];

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Waits until nobody else has it.</summary>
    public static async Task<FolderLock> TakeAsync(string folder, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FolderLock(new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException failure) when (Taken.Contains(failure.HResult))
            {
                await Task.Delay(PollInterval, cancellationToken);
            }
        }
    }

    /// <summary>Lets the next one in. The file stays: deleting it would let two processes lock two files of one name.</summary>
    public void Dispose() => _file.Dispose();
}
