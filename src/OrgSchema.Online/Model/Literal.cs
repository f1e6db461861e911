using System.Globalization;

namespace OrgSchema.Online;

/// <summary>Values as SQL literals, for statements that are published before they run and so cannot have parameters.</summary>
public static class Literal
{
    /// <summary>A string literal, the same whatever <c>standard_conforming_strings</c> says: an author's statement runs with the target's setting.</summary>
    public static string Of(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.Contains('\0', StringComparison.Ordinal)
            ? throw new ArgumentException("PostgreSQL text cannot hold the character U+0000.", nameof(value))
            : Quoted(value.Replace("'", "''", StringComparison.Ordinal));
    }

    private static string Quoted(string value) =>
        value.Contains('\\', StringComparison.Ordinal) ? $@"E'{value.Replace(@"\", @"\\", StringComparison.Ordinal)}'" : $"'{value}'";

    /// <summary>A pattern of <c>format()</c> as a string literal. Percent signs are those of the pattern, not those of the values in it.</summary>
    internal static string OfPattern(FormattableString pattern) =>
        Of(string.Format(CultureInfo.InvariantCulture, pattern.Format, [.. pattern.GetArguments().Select(value => InPattern(value!))]));

    /// <summary>A text as a part of a pattern of <c>format()</c> or RAISE, where a percent sign has a meaning.</summary>
    internal static string InPattern(object text) => $"{text}".Replace("%", "%%", StringComparison.Ordinal);

    /// <summary>A uuid literal.</summary>
    public static string Of(Guid value) => $"'{value:D}'::uuid";

    /// <summary>An array of text, as in <c>= ANY (...)</c>.</summary>
    public static string Of(IEnumerable<string> values) => $"ARRAY[{string.Join(", ", values.Select(Of))}]::text[]";

    /// <summary>An array of uuid, as in <c>= ANY (...)</c>.</summary>
    public static string Of(IEnumerable<Guid> values) => $"ARRAY[{string.Join(", ", values.Select(value => $"'{value:D}'"))}]::uuid[]";
}
