using System.Text.RegularExpressions;

namespace OrgSchema.Online;

/// <summary>Statements that block no client while they wait, whoever wrote them.</summary>
internal static partial class PatientSql
{
    /// <summary>
    /// A statement as it is to be sent: one of such a kind waits patiently, and an INVALID index that an interrupted build has left is dropped before
    /// it is built again.
    /// </summary>
    public static IReadOnlyList<SqlStatement> Of(SqlStatement statement)
    {
        var sql = Comment().Replace(statement.Sql, " ");
        if (Alone().Match(sql) is { Success: true } alone)
        {
            var patient = Patient(statement) with { IsAlone = true };
            if (Build().Match(sql) is { Success: true } build)
                return [DropInvalid(build, patient), patient with { IsFinished = Found(build, "i.indisvalid AND i.indisready") }];
            if (Drop().Match(sql) is { Success: true } drop)
                return [patient with { IsFinished = $"SELECT pg_catalog.to_regclass({Literal.Of(drop.Groups["name"].Value)}) IS NULL" }];
            return [patient with { IsFinished = alone.Groups["again"].Success ? "SELECT false" : null }];
        }

        return [Validation().IsMatch(sql) ? Patient(statement) : statement];
    }

    /// <summary>Whether a text may leave an INVALID index.</summary>
    public static bool MayLeaveInvalid(string sql) => sql.Contains("CONCURRENTLY", StringComparison.OrdinalIgnoreCase);

    // FluentMigrator's verb without CONCURRENTLY would lock more.
    private static SqlStatement Patient(SqlStatement statement) => statement with
    {
        Waits = WaitsFor.Patiently,
        Locks = [.. statement.Locks.Select(wanted => wanted with { Mode = (LockMode)Math.Min((int)wanted.Mode, (int)LockMode.ShareUpdateExclusive) })],
    };

    private static SqlStatement DropInvalid(Match build, SqlStatement statement) => new(
        $"DROP INDEX CONCURRENTLY IF EXISTS {build.Groups["schema"]}{build.Groups["index"]}")
    {
        Said = "",
        OnlyIf = Found(build, "NOT (i.indisvalid AND i.indisready)"),
        Condition = "an interrupted build has left it INVALID",
        Locks = statement.Locks,
        Waits = WaitsFor.Patiently,
        IsAlone = true,
        IsAuthors = statement.IsAuthors,
    };

    private static string Found(Match build, string condition)
    {
        var index = build.Groups["index"].Value;
        var name = index[0] == '"' ? index[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : index.ToLowerInvariant();
        return $"""
            SELECT EXISTS (
                SELECT FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
                WHERE i.indrelid = pg_catalog.to_regclass({Literal.Of(build.Groups["table"].Value)}) AND c.relname = {Literal.Of(name)} AND {condition})
            """;
    }

    private const string Name = """(?:"(?:[^"]|"")+"|\w+)""";

    [GeneratedRegex(
        @"^\s*(?:CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY|DROP\s+INDEX\s+CONCURRENTLY|(?<again>REINDEX\b[^;]*\bCONCURRENTLY)"
            + @"|(?<again>REFRESH\s+MATERIALIZED\s+VIEW\s+CONCURRENTLY|VACUUM)|ALTER\s+TABLE\s[^;]*\bDETACH\s+PARTITION\s[^;]*\bCONCURRENTLY)\b[^;]*;?\s*$",
        RegexOptions.IgnoreCase)]
    private static partial Regex Alone();

    [GeneratedRegex(
        @"^\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(?<index>" + Name + @")\s+ON\s+(?:ONLY\s+)?(?<table>(?<schema>"
            + Name + @"\.)?" + Name + ")",
        RegexOptions.IgnoreCase)]
    private static partial Regex Build();

    [GeneratedRegex(
        @"^\s*DROP\s+INDEX\s+CONCURRENTLY\s+(?:IF\s+EXISTS\s+)?(?<name>(?:" + Name + @"\.)?" + Name + @")\s*(?:RESTRICT\s*|CASCADE\s*)?;?\s*$",
        RegexOptions.IgnoreCase)]
    private static partial Regex Drop();

    [GeneratedRegex(@"^\s*ALTER\s+TABLE\s[^;,]*\bVALIDATE\s+CONSTRAINT\s[^;,]*;?\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex Validation();

    [GeneratedRegex(@"--[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();
}
