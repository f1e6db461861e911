namespace OrgSchema.Benchmarks;

/// <summary>A table that reads well as text, too.</summary>
internal static class MarkdownTable
{
    /// <summary>Writes it; the first row is the head.</summary>
    public static string Of(IReadOnlyList<string[]> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var rule = $"|{string.Join('|', widths.Select(width => new string('-', width + 2)))}|";
        return string.Join('\n', [Line(rows[0]), rule, .. rows.Skip(1).Select(Line)]);

        string Line(string[] cells) => $"| {string.Join(" | ", cells.Select((cell, column) => cell.PadRight(widths[column])))} |";
    }
}
