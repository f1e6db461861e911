using System.Diagnostics;
using System.Globalization;

namespace OrgSchema.LocalPostgres;

/// <summary>
/// The file in which a running server notes its process and port. A crash leaves it behind, and its process number may
/// by then belong to somebody else (containers reuse small numbers quickly).
/// Lines: https://github.com/postgres/postgres/blob/REL_17_STABLE/src/include/utils/pidfile.h
/// </summary>
internal sealed record PostmasterFile(string Path, string Content, int ProcessId, int Port, bool IsReady)
{
    private const string Name = "postmaster.pid";

    /// <summary>Reads it; <see langword="null"/> when there is none, or one that is not written to its end.</summary>
    public static PostmasterFile? Read(string dataFolder)
    {
        var path = System.IO.Path.Combine(dataFolder, Name);
        if (SmallFile.TryRead(path) is not { } content)
            return null;

        var lines = content.Split('\n');
        if (!int.TryParse(lines[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out var processId))
            return null;

        var port = lines.Length > 3 && int.TryParse(lines[3], NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : 0;
        return new PostmasterFile(path, content, processId, port, lines.Length > 7 && lines[7].Trim() == "ready");
    }

    /// <summary>Refuses a pipe, a link or an empty file in its place: the server's programs would wait for it, or stumble over it.</summary>
    /// <exception cref="LocalPostgresException">There is one.</exception>
    public static void EnsureIsFile(string dataFolder)
    {
        var file = new FileInfo(System.IO.Path.Combine(dataFolder, Name));
        if (file.LinkTarget is not null || file is { Exists: true, Length: 0 })
            throw new LocalPostgresException($"{file.FullName} is not a file that a server has written. Look at it, delete it, and try again.");
    }

    /// <summary>Whether the process is alive and is the server that wrote this file.</summary>
    public bool IsAlive()
    {
        try
        {
            using var process = Process.GetProcessById(ProcessId);
            if (!OperatingSystem.IsLinux())
                return process.ProcessName.StartsWith("postgres", StringComparison.Ordinal);
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException)
        {
            return false;
        }

        // A server's working folder is its data folder, so its own file is found there: another process has none, and
        // another server has one with another text. The status in the last line may have moved on since we read.
        return SmallFile.TryRead($"/proc/{ProcessId}/cwd/{Name}") is { } theirs && Identity(theirs).SequenceEqual(Identity(Content));
    }

    /// <summary>Process, data folder and start time.</summary>
    private static IEnumerable<string> Identity(string content) => content.Split('\n').Take(3);
}
