using System.Collections.Concurrent;
using System.Globalization;

namespace OrgSchema;

/// <summary>
/// Standard output and standard error, as <see cref="Console"/> has them while this exists. A run goes on to its end whether
/// they are read or not: a stream that is closed or fails loses its text, and a pipe that is full is waited for by a thread
/// of its own, because a run may hold locks while it reports.
/// </summary>
internal sealed class StandardStreams : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly BlockingCollection<(StandardStream To, string Text)> _waiting = [];
    private readonly StandardStream _output;
    private readonly StandardStream _error;
    private readonly Thread _writer;

    public StandardStreams()
    {
        _output = Open(descriptor: 1, Console.IsOutputRedirected, () => Console.Out);
        _error = Open(descriptor: 2, Console.IsErrorRedirected, () => Console.Error);
        _writer = new Thread(WriteAll) { IsBackground = true, Name = "standard streams" };
        _writer.Start();
        Console.SetOut(_output);
        Console.SetError(_error);
    }

    /// <summary>Waits until all is written, and says on standard error what keeps it from being so.</summary>
    public void Dispose()
    {
        _waiting.CompleteAdding();
        if (!_writer.Join(Patience))
        {
            _error.WriteNow($"{Wording.OutputNotRead}\n");
            _writer.Join();
        }

        if (_output.Failure is { } failure)
            _error.WriteNow($"{Wording.OutputLost(failure)}\n");
        _waiting.Dispose();
    }

    private void WriteAll()
    {
        foreach (var (to, text) in _waiting.GetConsumingEnumerable())
            to.WriteNow(text);
    }

    // The writers of Console hold its lock while they wait for a pipe: then nobody else could write to the other stream.
    private StandardStream Open(int descriptor, bool isRedirected, Func<TextWriter> console)
    {
        if (!IsInherited(descriptor))
            return new StandardStream(static _ => throw new IOException("it is closed"), wait: null);
        if (isRedirected && !OperatingSystem.IsWindows())
            return new StandardStream(text => Descriptor.Write(descriptor, text), (to, text) => _waiting.Add((to, text)));
        var terminal = console();
        return new StandardStream(terminal.Write, wait: null);
    }

    // Where a shell has closed a stream, the runtime gets its number for a pipe of its own, and must not be written to. What the
    // process has inherited is never close-on-exec, and all that the runtime opens is.
    // https://man7.org/linux/man-pages/man5/proc_pid_fdinfo.5.html
    private static bool IsInherited(int descriptor)
    {
        const int CloseOnExec = 0x80000;
        try
        {
            var flags = File.ReadLines($"/proc/self/fdinfo/{descriptor.ToString(CultureInfo.InvariantCulture)}")
                .First(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return (Convert.ToInt32(flags["flags:".Length..].Trim(), fromBase: 8) & CloseOnExec) == 0;
        }
        catch (FileNotFoundException)
        {
            return !OperatingSystem.IsLinux();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or FormatException)
        {
            return true; // no /proc
        }
    }
}
