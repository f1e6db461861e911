using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace OrgSchema;

/// <summary>Makes a <see cref="Tenancy"/> of what file and environment say, and collects what is wrong with it.</summary>
internal sealed partial class TenancyReader(TenancyFile file, IConfiguration environment)
{
    /// <summary>A DNS label is the narrowest place where a slug ends up.</summary>
    private const int LongestSlug = 63;

    private readonly List<string> _mistakes = [.. file.Mistakes];
    private readonly List<User> _users = [];

    /// <summary>Every mistake so far, with its place.</summary>
    public IReadOnlyList<string> Mistakes => _mistakes;

    public Tenancy Read()
    {
        var shipped = new Tenancy();
        CheckVariables();
        var tenancy = new Tenancy
        {
            OrganizationName = Text(TenancyKeys.OrganizationName, NameMistake) ?? shipped.OrganizationName,
            OrganizationSlug = Text(TenancyKeys.OrganizationSlug, SlugMistake) ?? shipped.OrganizationSlug,
            Owner = Owner(shipped.Owner),
            Admins = Users(TenancyKeys.Admins, shipped.Admins),
            Members = Users(TenancyKeys.Members, shipped.Members),
            RevokeAccess = Users(TenancyKeys.RevokeAccess, shipped.RevokeAccess),
        };
        CheckUsers();
        return tenancy;
    }

    private static string? NameMistake(string name) =>
        string.IsNullOrWhiteSpace(name) ? "is empty; an organization needs a name"
        : name.Any(char.IsControl) ? "contains a control character"
        : null;

    private static string? SlugMistake(string slug) =>
        slug.Length == 0 ? "is empty; an organization is looked up by its slug"
        : slug.Length > LongestSlug ? $"is {slug.Length} characters long; at most {LongestSlug} are allowed"
        : Slug().IsMatch(slug) ? null
        : $"'{slug}' is not a slug: lower-case letters, digits and single hyphens between them"
            + (NotSlug().Replace(slug.ToLowerInvariant(), "-").Trim('-') is { Length: > 0 } proposal ? $", such as '{proposal}'" : "");

    private string? Text(string key, Func<string, string?> mistakeIn)
    {
        if (Given(key) is not { } given)
            return null;
        if (mistakeIn(given.Text) is { } mistake)
            _mistakes.Add($"{given.Place}: {mistake}");
        return given.Text;
    }

    private Guid Owner(Guid shipped)
    {
        if (Given(TenancyKeys.Owner) is { } given)
            return Uuid(TenancyKeys.Owner, given) ?? shipped;
        if (!file.IsMisshapen(TenancyKeys.Owner))
            AddShipped(TenancyKeys.Owner, shipped);
        return shipped;
    }

    private IReadOnlyList<Guid> Users(string key, IReadOnlyList<Guid> shipped)
    {
        if (environment[key] is { } text)
        {
            return [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(item => Uuid(key, new(item, TenancyKeys.Variable(key)))).OfType<Guid>()];
        }

        if (file.Has(key))
            return [.. file.Elements(key).Select(item => Uuid(key, new(file[item], file.Place(item)))).OfType<Guid>()];
        if (!file.IsMisshapen(key))
            shipped.ToList().ForEach(user => AddShipped(key, user));
        return shipped;
    }

    /// <summary>The text that counts for <paramref name="key"/>, and where it stands; null if only the default does.</summary>
    private Value? Given(string key) =>
        environment[key] is { } text ? new(text, TenancyKeys.Variable(key))
        : file.Has(key) ? new(file[key], file.Place(key))
        : null;

    private Guid? Uuid(string key, Value given)
    {
        if (Guid.TryParseExact(given.Text.Trim(), "D", out var id))
        {
            _users.Add(new(id, key, given.Place));
            return id;
        }

        _mistakes.Add($"{given.Place}: '{given.Text}' is not a uuid, such as 8a84898d-0266-4dc1-b97c-744d70d7a4ec");
        return null;
    }

    private void AddShipped(string key, Guid id) => _users.Add(new(id, key, "shipped default"));

    private void CheckVariables()
    {
        foreach (var (key, value) in environment.AsEnumerable().OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (value is not null && !TenancyKeys.Variables.Contains(TenancyKeys.Variable(key)))
                _mistakes.Add($"{TenancyConfiguration.EnvironmentPrefix}{key.Replace(":", "__", StringComparison.Ordinal)}: unknown variable; known are {string.Join(", ", TenancyKeys.Variables)}");
        }
    }

    private void CheckUsers()
    {
        foreach (var places in _users.GroupBy(user => user.Id))
        {
            var first = places.First();
            foreach (var other in places.Skip(1))
                _mistakes.Add($"{other.Place}: user {other.Id} in {other.Key} is already in {first.Key} ({first.Place}); {Rule(first.Key, other.Key)}");
        }
    }

    private static string Rule(string one, string other) =>
        one == other ? "list a user once"
        : other == TenancyKeys.RevokeAccess ? "a member keeps the access, so revoke it or leave the user out of the organization"
        : "a user has one role";

    [GeneratedRegex(@"^[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex Slug();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotSlug();

    private sealed record Value(string Text, string Place);

    private sealed record User(Guid Id, string Key, string Place);
}
