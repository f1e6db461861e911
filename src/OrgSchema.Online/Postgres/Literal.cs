namespace OrgSchema.Online;

/// <summary>Values as SQL literals, for statements that are published before they run and so cannot have parameters.</summary>
public static class Literal
{
    /// <summary>A string literal, safe under <c>standard_conforming_strings = on</c>, which every session of ours pins.</summary>
    public static string Of(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.Contains('\0', StringComparison.Ordinal)
            ? throw new ArgumentException("PostgreSQL text cannot hold the character U+0000.", nameof(value))
            : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
    }

    /// <summary>A uuid literal.</summary>
    public static string Of(Guid value) => $"'{value:D}'::uuid";

    /// <summary>An array of text, as in <c>= ANY (...)</c>.</summary>
    public static string Of(IEnumerable<string> values) => $"ARRAY[{string.Join(", ", values.Select(Of))}]::text[]";

    /// <summary>An array of uuid, as in <c>= ANY (...)</c>.</summary>
    public static string Of(IEnumerable<Guid> values) => $"ARRAY[{string.Join(", ", values.Select(value => $"'{value:D}'"))}]::uuid[]";
}
