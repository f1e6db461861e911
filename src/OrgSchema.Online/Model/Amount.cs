using System.Globalization;

namespace OrgSchema.Online;

/// <summary>A number of things, as people write it.</summary>
public static class Amount
{
    /// <summary><c>1 row</c>, <c>2,000 rows</c>.</summary>
    /// <param name="count">How many.</param>
    /// <param name="noun">What one of them is called; more of them have an <c>s</c>.</param>
    public static string Of(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count:#,0} {noun}{(count == 1 ? "" : "s")}");
}
