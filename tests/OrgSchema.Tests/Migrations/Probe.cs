using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>A group of statements that the old application sends, as a role.</summary>
internal sealed record Probe(string Name, string Role, string Sql)
{
    private const string RoleComment = "-- role: ";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Probe> All { get; } =
        [.. typeof(Probe).Assembly.GetManifestResourceNames().Where(name => name.StartsWith("probe/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Read)];

    /// <summary>Fails the test unless every statement of every probe succeeds. Nothing of it stays.</summary>
    public static async Task AssertAllSucceed(TestDatabase database, string when)
    {
        foreach (var probe in All)
        {
            // As a superuser who became the role: authenticator may not become the auth server's role.
            await using var connection = new NpgsqlConnection(database.SuperuserConnectionString);
            await connection.OpenAsync();
            await connection.ExecuteAsync($"SET ROLE {probe.Role}");
            Assert.That(() => connection.ExecuteAsync($"BEGIN; {probe.Sql}; ROLLBACK"), Throws.Nothing, $"{probe.Name} {when}");
        }
    }

    private static Probe Read(string resource)
    {
        using var reader = new StreamReader(typeof(Probe).Assembly.GetManifestResourceStream(resource)!);
        var text = reader.ReadToEnd();
        var role = text.Split('\n')[0];
        return role.StartsWith(RoleComment, StringComparison.Ordinal)
            ? new Probe(Path.GetFileNameWithoutExtension(resource), role[RoleComment.Length..].Trim(), text)
            : throw new InvalidOperationException($"{resource} does not start with '{RoleComment}'.");
    }
}
