using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace OrgSchema.Online;

/// <summary>A migration for <c>supabase db push</c>, which sends a file as one transaction and keeps its version in a ledger.</summary>
/// <remarks>
/// https://supabase.com/docs/reference/cli/supabase-db-push. A statement that the server refuses in a transaction is alone in its
/// file. One that locks a table in use is, too: its lock ends with the file.
/// </remarks>
internal sealed partial class SupabaseScript(MigratorOptions options)
{
    private const string VersionFormat = "yyyyMMddHHmmss";

    /// <summary>Its files, in order; a version of its own for each, a second after the one before.</summary>
    public IEnumerable<ScriptFile> Write(ScriptedMigration scripted, bool first)
    {
        var migration = scripted.Migration;
        List<SqlStatement> statements = [.. scripted.Statements];
        if (first)
            statements.Insert(0, new SqlStatement(PrivateSchema.Create(options.PrivateSchema)));
        if (scripted.VersionRow is not null)
            statements.Add(new SqlStatement(scripted.VersionRow));

        var files = new List<StringBuilder>();
        var joins = false;
        foreach (var statement in statements)
        {
            if (!joins || IsAlone(statement) || statement.Locks.Count > 0 && !scripted.IsTransactional)
                files.Add(new StringBuilder(Header(migration, statement)));
            files[^1].Append($"\n{Squawk.Line(statement, scripted, options.PrivateSchema)}{Step(statement).Trim().TrimEnd(';')};\n");
            joins = !IsAlone(statement);
        }

        return files.Select((text, number) => new ScriptFile(migration, Direction.Up, Name(migration, number), text.ToString()));
    }

    private static bool IsAlone(SqlStatement statement) => statement.IsAlone || statement.Loop is not null;

    // A statement of its own would make one that must be alone a part of a transaction: only the comment goes before it.
    private string Header(KnownMigration migration, SqlStatement statement) => IsAlone(statement)
        ? $"-- {migration}: alone in its file, because it cannot run in a transaction\n{Squawk.File("no setting may go before it: those of the session hold", null)}"
        : $"-- {migration}\n{Squawk.File("set by set_config, to the end of the transaction", "a file is a transaction")}SELECT pg_catalog.set_config('lock_timeout', '{(statement.Waits == WaitsFor.Patiently ? options.PatientLockTimeout : options.LockTimeout).TotalMilliseconds:0}', true), pg_catalog.set_config('statement_timeout', '0', true);\n";

    private static string Step(SqlStatement statement) => statement switch
    {
        { Kind: StatementKind.Check } => ScriptedMigration.Check(statement),
        { Loop: { } loop } => loop,
        { IsAlone: true } or { Needs: null, OnlyIf: null } => statement.Sql,
        _ => $"""
            -- only if {statement.Condition}
            {statement.AsksItself}
            """,
    };

    private static string Name(KnownMigration migration, int number)
    {
        var version = migration.Version.ToString(CultureInfo.InvariantCulture);
        if (!DateTime.TryParseExact(version, VersionFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            throw new RequestException($"The version of {migration} is no timestamp such as {VersionFormat}, as the Supabase command line wants it.", "Use --format sql.");
        return $"{time.AddSeconds(number).ToString(VersionFormat, CultureInfo.InvariantCulture)}_{Hump().Replace(migration.Name, "_").ToLowerInvariant()}{(number == 0 ? "" : $"_{number + 1}")}.sql";
    }

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex Hump();
}
