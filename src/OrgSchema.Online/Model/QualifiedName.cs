using System.Text.RegularExpressions;

namespace OrgSchema.Online;

/// <summary>A schema-qualified name such as <c>public.dsos</c>: lower case, no quotes needed, never looked up in a search path.</summary>
public sealed partial record QualifiedName
{
    /// <summary>Names the object <paramref name="name"/> in <paramref name="schema"/>.</summary>
    /// <exception cref="ArgumentException">One of the two is not a plain identifier.</exception>
    public QualifiedName(string schema, string name)
        : this((Identifier(schema), Identifier(name)))
    {
    }

    private QualifiedName((string Schema, string Name) parts) => (Schema, Name) = parts;

    /// <summary>A name as the catalog has it: of any characters.</summary>
    internal static QualifiedName OfCatalog(string schema, string name) => new((schema, name));

    /// <summary>An identifier as it is written in SQL.</summary>
    internal static string Quoted(string name) => IsIdentifier(name) && !Keyword.Is(name) ? name : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The schema.</summary>
    public string Schema { get; }

    /// <summary>The name in the schema.</summary>
    public string Name { get; }

    /// <summary>Reads <c>schema.name</c>.</summary>
    /// <exception cref="ArgumentException">There is no schema, or a part is not a plain identifier.</exception>
    public static QualifiedName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split('.') is [var schema, var name]
            ? new QualifiedName(schema, name)
            : throw new ArgumentException($"'{text}' is not a name of the form schema.name.", nameof(text));
    }

    /// <summary>Returns <paramref name="name"/> if it is a plain identifier: lower-case letters, digits, underscores, at most 63 bytes.</summary>
    /// <remarks>PostgreSQL cuts longer names silently: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS.</remarks>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static string Identifier(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return IsIdentifier(name)
            ? name
            : throw new ArgumentException($"'{name}' is not a plain identifier (lower-case letters, digits and underscores, at most 63).", nameof(name));
    }

    internal static bool IsIdentifier(string name) => PlainIdentifier().IsMatch(name);

    /// <summary>The name as it is written in SQL.</summary>
    public override string ToString() => $"{Quoted(Schema)}.{Quoted(Name)}";

    /// <summary>Reads <c>schema.name</c>.</summary>
    public static implicit operator QualifiedName(string text) => Parse(text);

    [GeneratedRegex(@"^[a-z_][a-z0-9_]{0,62}\z")]
    private static partial Regex PlainIdentifier();
}
