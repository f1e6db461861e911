using System.Globalization;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OrgSchema;

/// <summary>
/// Text as it can be shown anywhere. Names, comments and queries come from a database, where whoever writes them chooses: control characters
/// would reach the terminal, and marks that turn the direction of writing would hide what is there.
/// </summary>
internal static class Printable
{
    /// <summary>The text, with control characters (but line breaks and tabs) and marks of direction written out: <c>\x1b</c>, <c>\u202e</c>.</summary>
    public static string Of(string text)
    {
        if (!text.Any(IsHidden))
            return text;
        var shown = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (!IsHidden(c))
                shown.Append(c);
            else
                shown.Append(CultureInfo.InvariantCulture, $"{(c < 0x100 ? $"\\x{(int)c:x2}" : $"\\u{(int)c:x4}")}");
        }

        return shown.ToString();
    }

    /// <summary>Lets a console show only such text.</summary>
    public static IAnsiConsole OnlyPrintable(this IAnsiConsole console)
    {
        console.Pipeline.Attach(new Hook());
        return console;
    }

    // Bidirectional controls: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
    private static bool IsHidden(char c) => char.IsControl(c) ? c is not ('\n' or '\t') : c is '\u061c' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

    private sealed class Hook : IRenderHook
    {
        public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) => renderables.Select(inner => new Shown(inner));
    }

    private sealed class Shown(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        // Segments of control codes are the console's own.
        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => inner.Render(options, maxWidth)
            .Select(segment => segment.IsControlCode || !segment.Text.Any(IsHidden) ? segment : new Segment(Of(segment.Text), segment.Style));
    }
}
