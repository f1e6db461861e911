using System.Reflection;
using System.Text.Json;

namespace OrgSchema.Online;

/// <summary>A group of statements that an application sends, as a role. None of it stays.</summary>
/// <remarks>
/// A file of SQL. Its first line is <c>-- role: authenticated</c>; the second may be <c>-- claims: {"sub": "..."}</c>: what the
/// data API says about the user, in <c>request.jwt.claims</c>.
/// </remarks>
/// <param name="Name">Name of the file, without its extension.</param>
/// <param name="Role">The role that the statements run as.</param>
/// <param name="Claims">The user's claims, as JSON; null: none.</param>
/// <param name="Statements">What it sends, in order: each sees what those before it have done.</param>
public sealed record Probe(string Name, string Role, string? Claims, IReadOnlyList<FileStatement> Statements)
{
    private const string RoleComment = "-- role:";
    private const string ClaimsComment = "-- claims:";
    private const string ResourcePrefix = "probe/";

    /// <summary>Reads a probe.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">What is in its file.</param>
    /// <exception cref="RequestException">It does not say its role, the claims are no JSON object, there is no statement, or one would end the transaction.</exception>
    public static Probe Parse(string name, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var role = Value(lines[0], RoleComment);
        var claims = lines.Length > 1 ? Value(lines[1], ClaimsComment) : null;
        var statements = new SqlFile(name, text).Statements();
        return string.IsNullOrEmpty(role) ? throw Wrong(name, 1, $"it does not begin with '{RoleComment} NAME'")
            : claims is not null && !IsObject(claims) ? throw Wrong(name, 2, "the claims are not a JSON object")
            : statements.Count == 0 ? throw Wrong(name, lines.Length, "there is no statement in it")
            : statements.FirstOrDefault(LeavesTransaction) is { } wrong ? throw Wrong(name, wrong.Place.Line, $"{wrong.Words[0]} would leave the transaction that is rolled back in the end")
            : new Probe(name, role, claims, statements);
    }

    /// <summary>Reads the probes in a folder, <c>*.sql</c>, by name.</summary>
    /// <exception cref="RequestException">There are none, or one of them cannot be read.</exception>
    public static IReadOnlyList<Probe> ReadAll(string folder)
    {
        try
        {
            Probe[] probes = [.. Directory.EnumerateFiles(folder, "*.sql").Order(StringComparer.Ordinal).Select(file => Parse(Path.GetFileNameWithoutExtension(file), File.ReadAllText(file)))];
            return probes.Length > 0 ? probes : throw new RequestException($"There are no probes in {folder}.", $"A probe is a file *.sql that begins with '{RoleComment} NAME'.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RequestException($"The probes in {folder} cannot be read: {e.Message}", "Give a folder that exists and can be read.");
        }
    }

    /// <summary>Reads the probes embedded in an assembly as <c>probe/NAME.sql</c>, by name.</summary>
    public static IReadOnlyList<Probe> EmbeddedIn(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        return [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Read)];

        Probe Read(string resource)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            return Parse(Path.GetFileNameWithoutExtension(resource), reader.ReadToEnd());
        }
    }

    private static bool LeavesTransaction(FileStatement statement) => statement.Begins || statement.Ends || statement.IsSavepoint || statement.Words is ["PREPARE", "TRANSACTION", ..];

    private static string? Value(string line, string comment) => line.StartsWith(comment, StringComparison.Ordinal) ? line[comment.Length..].Trim() : null;

    private static bool IsObject(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static RequestException Wrong(string name, int line, string why) => new($"The probe {name} cannot be used: {why} (line {line}).", "Mend the file.");
}
