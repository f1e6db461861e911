using System.Text;

namespace OrgSchema;

/// <summary>One of the <see cref="StandardStreams"/>: writing to it never fails.</summary>
/// <param name="write">Writes, and may fail.</param>
/// <param name="wait">Takes text that is written later; null if it is written at once.</param>
internal sealed class StandardStream(Action<string> write, Action<StandardStream, string>? wait) : TextWriter
{
    private readonly Lock _lock = new();

    /// <summary>Why text was lost; null if none was.</summary>
    public string? Failure { get; private set; }

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return;
        if (wait is null)
            WriteNow(value);
        else
            wait(this, value);
    }

    public override void WriteLine(string? value) => Write(value + NewLine);

    /// <summary>Writes, or remembers why not.</summary>
    public void WriteNow(string text)
    {
        lock (_lock)
        {
            try
            {
                if (Failure is null)
                    write(text);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Failure = e.Message.TrimEnd('.');
            }
        }
    }
}
