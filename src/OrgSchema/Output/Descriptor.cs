using System.Runtime.InteropServices;
using System.Text;

namespace OrgSchema;

/// <summary>
/// Writes to a file descriptor that this process has inherited: at the position that it shares with others, and without the
/// lock of <see cref="Console"/>.
/// </summary>
internal static class Descriptor
{
    private const int Interrupted = 4;
    private const int BrokenPipe = 32;
    private static readonly int WouldBlock = OperatingSystem.IsMacOS() ? 35 : 11;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(10);

    /// <summary>Writes all of it, and waits for a pipe that is full. What is written to a pipe that nobody reads any more is lost in silence.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(int descriptor, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var from = 0; from < bytes.Length;)
        {
            var written = WriteSome(descriptor, bytes[from..], bytes.Length - from);
            if (written >= 0)
            {
                from += (int)written;
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == BrokenPipe)
                return;
            if (error == WouldBlock)
                Thread.Sleep(BetweenTries);
            else if (error != Interrupted)
                throw new IOException(Marshal.GetPInvokeErrorMessage(error));
        }
    }

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint WriteSome(int descriptor, byte[] bytes, nint count);
}
