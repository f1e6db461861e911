using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace OrgSchema.Online;

/// <summary>A name of one part, such as a column's. It may have any characters, and is quoted in SQL where necessary.</summary>
internal sealed partial record Identifier
{
    private const int Longest = 63;
    private const int DigestLength = 16;

    /// <summary>The pattern of a name in double quotes.</summary>
    internal const string PatternInQuotes = "\"(?:[^\"]|\"\")*\"";

    private Identifier(string name) => Name = name;

    /// <summary>The name as the catalog has it.</summary>
    public string Name { get; }

    /// <summary>A name of the catalog, where it is certain that there is one.</summary>
    public static Identifier OfCatalog(string name) => new(name);

    /// <summary>Reads a name as an author writes it: as the catalog has it, or in double quotes as in SQL.</summary>
    /// <exception cref="ArgumentException">It cannot be one.</exception>
    public static Identifier Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return !text.StartsWith('"') || OneInQuotes().IsMatch(text)
            ? new Identifier(Valid(Read(text)))
            : throw new ArgumentException($"'{text}' begins with a double quote, and is not a name in double quotes as in SQL.", nameof(text));
    }

    /// <summary>Reads names that are separated by commas, in double quotes or not.</summary>
    /// <exception cref="ArgumentException">One of them cannot be one.</exception>
    public static IReadOnlyList<Identifier> ParseList(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = Part().Matches(text);
        return parts.Sum(part => part.Length) == text.Length
            ? [.. parts.Select(part => Parse(part.Groups["name"].Value))]
            : throw new ArgumentException($"'{text}' is not a list of names, separated by commas.", nameof(text));
    }

    /// <summary>A name that is made of other names. One that is too long is cut, and ends in a digest of all of it: no two become the same.</summary>
    public static Identifier Derived(string name) =>
        new(Encoding.UTF8.GetByteCount(name) <= Longest ? name : $"{Cut(name, Longest - DigestLength - 1)}_{Digest(name)[..DigestLength]}");

    /// <summary>The name, if PostgreSQL takes it as it is.</summary>
    /// <remarks>It cuts longer names silently: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS.</remarks>
    /// <exception cref="ArgumentException">It does not.</exception>
    public static string Valid(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0)
            throw new ArgumentException("A name is empty.", nameof(name));
        if (name.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"'{name.Replace("\0", @"\0", StringComparison.Ordinal)}' has U+0000, which no name can have.", nameof(name));
        var bytes = Encoding.UTF8.GetByteCount(name);
        return bytes <= Longest
            ? name
            : throw new ArgumentException($"'{name}' is a name of {bytes} bytes, and PostgreSQL would cut it to {Longest}.", nameof(name));
    }

    /// <summary>A name without the double quotes that it may be in.</summary>
    public static string Read(string part) => part.StartsWith('"') ? part[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : part;

    /// <summary>As many whole characters of a text as have so many bytes.</summary>
    public static string Cut(string text, int bytes)
    {
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0)
                break;
            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }

    /// <summary>A digest of a text, as hexadecimal digits.</summary>
    public static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The name as it is written in SQL.</summary>
    /// <remarks>A word such as <c>position</c> can be a name without quotes, and checksums have it so.</remarks>
    public override string ToString() => QualifiedName.IsIdentifier(Name) && !Keyword.IsReserved(Name) ? Name : QualifiedName.InQuotes(Name);

    [GeneratedRegex($@"\A{PatternInQuotes}\z")]
    private static partial Regex OneInQuotes();

    [GeneratedRegex($@"(?:\A|,)\s*(?<name>{PatternInQuotes}|[^"",\s][^,]*?|)\s*(?=,|\z)")]
    private static partial Regex Part();
}
