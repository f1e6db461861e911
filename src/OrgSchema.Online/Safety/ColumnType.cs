using System.Text.RegularExpressions;

namespace OrgSchema.Online;

/// <summary>A type of a column, and whether another one holds the same bytes.</summary>
/// <param name="Base">Without length or precision, as <c>format_type</c> writes it.</param>
/// <param name="Modifiers">Length, or precision and scale.</param>
internal sealed partial record ColumnType(string Base, IReadOnlyList<int> Modifiers)
{
    private const int AnyLength = int.MaxValue;

    /// <summary>Reads a type, with the name that the server has for it.</summary>
    /// <param name="name">The name, as <c>format_type</c> writes it.</param>
    /// <param name="text">As an author or the catalog writes it.</param>
    public static ColumnType Of(string name, string text) => new(
        name,
        Parenthesis().Match(text) is { Success: true } found ? [.. Number().Matches(found.Value).Select(match => int.Parse(match.Value, null))] : []);

    /// <summary>Whether the rows of a table stay as they are when its column becomes the other type.</summary>
    /// <param name="other">The other type.</param>
    /// <param name="isCoercible">Whether the catalog says that the same bytes are a value of the other one.</param>
    /// <remarks>https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES</remarks>
    public bool KeepsRowsAs(ColumnType other, bool isCoercible) =>
        Base != other.Base
            ? isCoercible && other.Modifiers.Count == 0
            : Base switch
            {
                _ when Modifiers.SequenceEqual(other.Modifiers) => true,
                "numeric" => other.Modifiers.Count == 0 || Modifiers.Count > 0 && other.Modifiers[0] >= Modifiers[0] && Scale == other.Scale,
                "character varying" or "bit varying" => Length <= other.Length,
                "timestamp without time zone" or "timestamp with time zone" => Length <= other.Length,
                "time without time zone" or "time with time zone" or "interval" => Length <= other.Length,
                _ => false,
            };

    private int Length => Modifiers is [var length, ..] ? length : AnyLength;

    private int Scale => Modifiers is [_, var scale, ..] ? scale : 0;

    [GeneratedRegex(@"\([^)]*\)")]
    private static partial Regex Parenthesis();

    [GeneratedRegex(@"-?\d+")]
    private static partial Regex Number();
}
