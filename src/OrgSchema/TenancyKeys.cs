using System.Text.Json;

namespace OrgSchema;

/// <summary>The keys of the configuration, as <c>Microsoft.Extensions.Configuration</c> writes them: one table for file and environment.</summary>
internal static class TenancyKeys
{
    public const string OrganizationName = "organization:name";
    public const string OrganizationSlug = "organization:slug";
    public const string Owner = "owner";
    public const string Admins = "admins";
    public const string Members = "members";
    public const string RevokeAccess = "revokeAccess";

    /// <summary>What must stand at each key of the file.</summary>
    public static readonly IReadOnlyDictionary<string, JsonValueKind> Shapes = new Dictionary<string, JsonValueKind>(StringComparer.OrdinalIgnoreCase)
    {
        ["organization"] = JsonValueKind.Object,
        [OrganizationName] = JsonValueKind.String,
        [OrganizationSlug] = JsonValueKind.String,
        [Owner] = JsonValueKind.String,
        [Admins] = JsonValueKind.Array,
        [Members] = JsonValueKind.Array,
        [RevokeAccess] = JsonValueKind.Array,
    };

    /// <summary>The names of the keys directly under <paramref name="parent"/>; an empty one is the root.</summary>
    public static IEnumerable<string> In(string parent) =>
        from key in Shapes.Keys
        let colon = key.LastIndexOf(':')
        where string.Equals(colon < 0 ? "" : key[..colon], parent, StringComparison.OrdinalIgnoreCase)
        select key[(colon + 1)..];

    /// <summary>The environment variable that stands for <paramref name="key"/>.</summary>
    public static string Variable(string key) =>
        TenancyConfiguration.EnvironmentPrefix + key.ToUpperInvariant().Replace(":", "__", StringComparison.Ordinal);

    /// <summary>Every environment variable that is read.</summary>
    public static IEnumerable<string> Variables =>
        Shapes.Where(shape => shape.Value != JsonValueKind.Object).Select(shape => Variable(shape.Key));
}
