using System.Text.RegularExpressions;

namespace OrgSchema;

/// <summary>Names from the catalog, as they must be typed in SQL.</summary>
internal static partial class Quote
{
    public static string Identifier(string name) =>
        Plain().IsMatch(name) ? name : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    [GeneratedRegex(@"^[a-z_][a-z0-9_]*\z")]
    private static partial Regex Plain();
}
