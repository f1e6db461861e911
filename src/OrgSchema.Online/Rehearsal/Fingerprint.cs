using Npgsql;

namespace OrgSchema.Online;

/// <summary>One fact about a database.</summary>
/// <param name="Subject">What it is about: the table for its columns, indexes, privileges and rows, such as <c>public.dsos</c>.</param>
/// <param name="Text">The fact, on one line.</param>
public sealed record FingerprintLine(string Subject, string Text)
{
    /// <summary>Subject and fact, as they show in a difference.</summary>
    public override string ToString() => $"{Subject}: {Text}";
}

/// <summary>
/// A picture of a database, line by line: its catalog, without whatever differs between two equal databases (object
/// identifiers, dropped columns, files, statistics), and its rows. Comparable within one server version only.
/// </summary>
public sealed class Fingerprint
{
    private static readonly Comparer<FingerprintLine> BySubject = Comparer<FingerprintLine>.Create((one, other) =>
        string.CompareOrdinal(one.Subject, other.Subject) is var order and not 0 ? order : string.CompareOrdinal(one.Text, other.Text));

    private Fingerprint(IEnumerable<FingerprintLine> lines) => Lines = [.. lines.Order(BySubject)];

    /// <summary>All facts, sorted by subject.</summary>
    public IReadOnlyList<FingerprintLine> Lines { get; }

    /// <summary>
    /// Reads the database of an open connection, inside its transaction if it has one. The role must be able to read every
    /// row: a policy that hides some is an error, not a shorter fingerprint.
    /// </summary>
    /// <param name="connection">An open connection; its settings are afterwards as they were.</param>
    /// <param name="scope">What to look at. Default: <see cref="FingerprintScope.Default"/>.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public static async Task<Fingerprint> ReadAsync(
        NpgsqlConnection connection, FingerprintScope? scope = null, CancellationToken cancellationToken = default)
    {
        var reader = new FactReader(connection, scope ?? FingerprintScope.Default);
        return new Fingerprint(await reader.ReadAsync(cancellationToken));
    }

    /// <summary>The same picture without some objects, tables with all that hangs on them: <c>Without("public.organizations")</c>.</summary>
    public Fingerprint Without(params string[] subjects) => Where(line => !subjects.Contains(line.Subject));

    /// <summary>The lines that meet a condition, as a picture of their own.</summary>
    public Fingerprint Where(Func<FingerprintLine, bool> condition) => new(Lines.Where(condition));

    /// <summary>What differs: <c>- line</c> was expected and is not here, <c>+ line</c> is here and was not expected.</summary>
    public IReadOnlyList<string> DifferencesFrom(Fingerprint expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        var differences = new List<string>();
        var (mine, theirs) = (0, 0);
        while (mine < Lines.Count || theirs < expected.Lines.Count)
        {
            var order = mine == Lines.Count ? 1
                : theirs == expected.Lines.Count ? -1
                : BySubject.Compare(Lines[mine], expected.Lines[theirs]);
            if (order < 0)
                differences.Add($"+ {Lines[mine]}");
            else if (order > 0)
                differences.Add($"- {expected.Lines[theirs]}");

            mine += order <= 0 ? 1 : 0;
            theirs += order >= 0 ? 1 : 0;
        }

        return differences;
    }

    /// <summary>All lines, to keep or to compare with a tool.</summary>
    public override string ToString() => string.Join('\n', Lines);
}
