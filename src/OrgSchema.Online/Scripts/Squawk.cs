namespace OrgSchema.Online;

/// <summary>Why a script is as squawk, a linter of migrations, would not have it: comments that it and a reader understand.</summary>
/// <remarks>https://squawkhq.com/docs/rules</remarks>
internal static class Squawk
{
    /// <summary>For a whole file.</summary>
    /// <param name="timeouts">Where its timeouts come from.</param>
    /// <param name="rerun">Why it can be run again, though a statement does not look so; null: because nobody would think otherwise.</param>
    public static string File(string timeouts, string? rerun) =>
        $"-- squawk-ignore-file require-lock-timeout, require-statement-timeout -- {timeouts}\n" +
        (rerun is null ? "" : $"-- squawk-ignore-file prefer-robust-stmts -- {rerun}\n");

    /// <summary>For the line that follows.</summary>
    public static string Line(SqlStatement statement, ScriptedMigration migration, string privateSchema) => statement.Sql switch
    {
        var sql when sql.StartsWith($"DROP TABLE IF EXISTS {privateSchema}.", StringComparison.Ordinal) =>
            "-- squawk-ignore ban-drop-table -- no client uses the private schema\n",
        var sql when sql.StartsWith("CREATE INDEX ", StringComparison.Ordinal) && sql.Contains($" ON {privateSchema}.", StringComparison.Ordinal) =>
            "-- squawk-ignore require-concurrent-index-creation -- no client uses the private schema\n",
        var sql when sql.Contains(" DROP NOT NULL", StringComparison.Ordinal) =>
            "-- squawk-ignore ban-drop-not-null -- a rollback to what clients knew before\n",
        var sql when sql.Contains(" VALIDATE CONSTRAINT ", StringComparison.Ordinal) && migration.IsTransactional && IsNew(statement.Locks[0].Table, migration) =>
            "-- squawk-ignore constraint-missing-not-valid -- the table is made in this transaction\n",
        _ => "",
    };

    private static bool IsNew(QualifiedName table, ScriptedMigration migration) => migration.Statements.Any(statement =>
        statement.Sql.StartsWith("CREATE TABLE ", StringComparison.Ordinal)
        && statement.Sql.Contains(table.Name.Replace("\"", "\"\"", StringComparison.Ordinal), StringComparison.Ordinal));
}
