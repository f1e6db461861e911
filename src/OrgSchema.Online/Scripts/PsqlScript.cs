using System.Text;

namespace OrgSchema.Online;

/// <summary>A migration for psql. What the runner asks before a statement, <c>\if</c> asks.</summary>
/// <remarks>https://www.postgresql.org/docs/current/app-psql.html</remarks>
internal sealed class PsqlScript(MigratorOptions options)
{
    public ScriptFile Write(ScriptedMigration scripted, bool first)
    {
        var (migration, direction) = (scripted.Migration, scripted.Direction);
        var text = new StringBuilder($"""
            -- {migration}, {(direction == Direction.Up ? "up" : "down")}: {(scripted.IsTransactional ? "one transaction" : "each statement commits on its own")}.
            -- psql --no-psqlrc --file THIS URL. Stopped by an error, a lock that was not to be had or a kill: run it again.
            {Squawk.File("set by $pin$", scripted.IsTransactional ? null : "what is done already is asked before each")}\set ON_ERROR_STOP on
            DO $pin$
            BEGIN
                PERFORM {Session.Settings(options)};
            END
            $pin$;

            """);
        if (first && direction == Direction.Up)
            Add(text, $"BEGIN;\n{PrivateSchema.Create(options.PrivateSchema)};\nCOMMIT");
        if (scripted.IsTransactional)
            Add(text, "BEGIN");
        foreach (var statement in scripted.Statements)
            Add(text, statement, scripted);
        if (scripted.VersionRow is not null)
            Add(text, scripted.VersionRow);
        if (scripted.IsTransactional)
            Add(text, "COMMIT");
        return new ScriptFile(migration, direction, $"{migration.Version}_{migration.Name}.{(direction == Direction.Up ? "up" : "down")}.sql", text.ToString());
    }

    private void Add(StringBuilder text, SqlStatement statement, ScriptedMigration scripted)
    {
        string[] questions = [.. new[] { statement.Needs, statement.Loop is null ? statement.OnlyIf : null }.OfType<string>()];
        text.Append('\n');
        if (statement.Condition is not null)
            text.Append($"-- only if {statement.Condition}\n");
        foreach (var question in questions)
            text.Append($"SELECT ({question.Trim()}) AS wanted \\gset\n\\if :wanted\n");
        if (statement.Waits == WaitsFor.Patiently)
            text.Append($"SET lock_timeout = '{options.PatientLockTimeout.TotalMilliseconds:0}';\n");
        text.Append(Squawk.Line(statement, scripted, options.PrivateSchema));
        text.Append($"{End(statement.Kind == StatementKind.Check ? ScriptedMigration.Check(statement) : statement.Loop ?? statement.Sql)}\n");
        if (statement.Waits == WaitsFor.Patiently)
            text.Append($"SET lock_timeout = '{options.LockTimeout.TotalMilliseconds:0}';\n");
        foreach (var _ in questions)
            text.Append("\\endif\n");
    }

    private static void Add(StringBuilder text, string sql) => text.Append($"\n{End(sql)}\n");

    // FluentMigrator's have one, ours have none.
    private static string End(string sql) => $"{sql.Trim().TrimEnd(';')};";
}
