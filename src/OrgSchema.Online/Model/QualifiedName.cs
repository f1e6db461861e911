using System.Text.RegularExpressions;

namespace OrgSchema.Online;

/// <summary>A schema-qualified name such as <c>public.dsos</c>, of any characters, as the catalog has it. It is never looked up in a search path.</summary>
public sealed partial record QualifiedName
{
    /// <summary>Names the object <paramref name="name"/> in <paramref name="schema"/>.</summary>
    /// <exception cref="ArgumentException">One of the two is empty, longer than 63 bytes, or has the character U+0000.</exception>
    public QualifiedName(string schema, string name)
        : this((Identifier.Valid(schema), Identifier.Valid(name)))
    {
    }

    private QualifiedName((string Schema, string Name) parts) => (Schema, Name) = parts;

    /// <summary>A name as the catalog has it: of any characters.</summary>
    internal static QualifiedName OfCatalog(string schema, string name) => new((schema, name));

    /// <summary>An identifier as it is written in SQL.</summary>
    internal static string Quoted(string name) => IsIdentifier(name) && !Keyword.Is(name) ? name : InQuotes(name);

    /// <summary>The same, in double quotes in any case.</summary>
    internal static string InQuotes(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The schema.</summary>
    public string Schema { get; }

    /// <summary>The name in the schema.</summary>
    public string Name { get; }

    /// <summary>Reads <c>schema.name</c>, up to the first dot and from there on. A part in double quotes is read as in SQL: <c>public."My.Table"</c>.</summary>
    /// <exception cref="ArgumentException">There is no schema, or a part is empty, longer than 63 bytes, or has the character U+0000.</exception>
    public static QualifiedName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TwoParts().Match(text) is { Success: true, Groups: var parts }
            ? new QualifiedName(Identifier.Read(parts["schema"].Value), Identifier.Read(parts["name"].Value))
            : throw new ArgumentException($"'{text}' is not a name of the form schema.name.", nameof(text));
    }

    /// <summary>Whether a name needs no quotes, if it is no keyword: lower-case letters, digits, underscores, at most 63.</summary>
    internal static bool IsIdentifier(string name) => PlainIdentifier().IsMatch(name);

    /// <summary>The name as it is written in SQL.</summary>
    public override string ToString() => $"{Quoted(Schema)}.{Quoted(Name)}";

    /// <summary>Reads <c>schema.name</c>.</summary>
    public static implicit operator QualifiedName(string text) => Parse(text);

    [GeneratedRegex(@"^[a-z_][a-z0-9_]{0,62}\z")]
    private static partial Regex PlainIdentifier();

    [GeneratedRegex($@"\A(?<schema>{Identifier.PatternInQuotes}|[^"".][^.]*|)\.(?<name>{Identifier.PatternInQuotes}|[^""].*|)\z", RegexOptions.Singleline)]
    private static partial Regex TwoParts();
}
