namespace OrgSchema.Online;

/// <summary>Judges commands that lock a table for as long as they work on it, and what else the application would miss.</summary>
internal sealed class OtherChange(Judged about)
{
    public async Task<Verdict> JudgeAsync(SqlReader reader)
    {
        if (reader.Skip("WITH") || reader.Skip("MERGE"))
            return await new RowChange(about).JudgeByPlanAsync();
        if (reader.Skip("CREATE"))
            return NoteTrigger(reader);
        if (reader.Skip("TRUNCATE"))
            return JudgeTruncate(reader);
        if (reader.Skip("LOCK"))
            return JudgeLock(reader);
        if (reader.Skip("CLUSTER"))
            return JudgeCluster(reader);
        if (reader.Skip("VACUUM"))
            return JudgeVacuum(reader);
        if (reader.Skip("REINDEX"))
            return JudgeReindex(reader);
        if (reader.Skip("REFRESH", "MATERIALIZED", "VIEW"))
            return JudgeRefresh(reader);
        return reader.Skip("ALTER", "TYPE") ? await JudgeTypeAsync(reader) : Verdict.Fine;
    }

    // It is quick, but an update that follows has another effect in batches.
    private Verdict NoteTrigger(SqlReader reader)
    {
        reader.Skip("OR", "REPLACE");
        reader.Skip("CONSTRAINT");
        if (reader.Skip("TRIGGER"))
        {
            reader.TakeUntil("ON");
            if (reader.Skip("ON") && about.Judge.Relations.Find(reader.TakeQualifiedName()) is { } table)
                about.Judge.Triggered(table);
        }

        return Verdict.Fine;
    }

    private Verdict JudgeTruncate(SqlReader reader)
    {
        reader.Skip("TABLE");
        reader.Skip("ONLY");
        return !about.IsContract && about.Big(reader.TakeQualifiedName()) is { } table
            ? new Refused(
                $"TRUNCATE makes everybody wait who uses {table}, and no client sees its rows any more",
                about.Instead(
                    "Delete the rows in batches. They stay in the archive:",
                    $"ArchiveAndDelete({Recipe.Literal(table.Name.ToString())}, where: null);",
                    $"Restore({Recipe.Literal(table.Name.ToString())});") with
                { Phase = Phase.Backfill })
            : Verdict.Fine;
    }

    private Verdict JudgeLock(SqlReader reader)
    {
        reader.Skip("TABLE");
        reader.Skip("ONLY");
        return about.Big(reader.TakeQualifiedName()) is { } table
            ? new Refused(
                $"LOCK keeps {table} from others until the migration has ended",
                about.Instead(
                    "Each statement locks what it needs, for as long as it needs it. Leave the LOCK out:", "// what follows it", "// what your Down has"))
            : Verdict.Fine;
    }

    private Verdict JudgeCluster(SqlReader reader)
    {
        reader.Skip("VERBOSE");
        return about.Big(reader.TakeQualifiedName()) is { } table
            ? new Refused($"CLUSTER writes {table} anew while everybody waits", Vacuum(table))
            : Verdict.Fine;
    }

    private Verdict JudgeVacuum(SqlReader reader)
    {
        var isFull = reader.TakeParenthesis() is { } choices ? choices.Contains("FULL", StringComparison.OrdinalIgnoreCase) : reader.Skip("FULL");
        while (reader.Skip("FREEZE") || reader.Skip("VERBOSE") || reader.Skip("ANALYZE"))
        {
        }

        return isFull && about.Big(reader.TakeQualifiedName()) is { } table
            ? new Refused($"VACUUM FULL writes {table} anew while everybody waits", Vacuum(table))
            : Verdict.Fine;
    }

    private Recipe Vacuum(Relation table) => about.Instead(
        "VACUUM makes room in the table for new rows, and nobody waits. To give room back to the system, use pg_repack:",
        $"Execute.Sql({Recipe.Raw($"VACUUM (ANALYZE) {table.Name}")});",
        "// nothing to take back");

    private Verdict JudgeReindex(SqlReader reader)
    {
        var choices = reader.TakeParenthesis() ?? "";
        var isTable = reader.Skip("TABLE");
        if (!isTable && !reader.Skip("INDEX") || choices.Contains("CONCURRENTLY", StringComparison.OrdinalIgnoreCase) || reader.Skip("CONCURRENTLY"))
            return Verdict.Fine;
        var relation = about.Judge.Relations.Find(reader.TakeQualifiedName());
        var table = relation is { IsIndex: true } ? about.Judge.Relations.TableOf(relation) : relation;
        return table is not null && about.Judge.IsBig(table, about.IsBegun)
            ? new Refused(
                $"REINDEX makes writers of {table} wait until it has ended",
                about.Instead(
                    "Build it anew while clients write:",
                    $"Execute.Sql({Recipe.Raw($"REINDEX {(isTable ? "TABLE" : "INDEX")} CONCURRENTLY {relation!.Name}")});",
                    "// nothing to take back"))
            : Verdict.Fine;
    }

    private Verdict JudgeRefresh(SqlReader reader) => !reader.Skip("CONCURRENTLY") && about.Big(reader.TakeQualifiedName()) is { } view
        ? new Refused(
            $"REFRESH makes readers of {view} wait until it has ended",
            about.Instead(
                "Refresh it while clients read. It needs a unique index on columns alone:",
                $"Execute.Sql({Recipe.Raw($"REFRESH MATERIALIZED VIEW CONCURRENTLY {view.Name}")});",
                "// nothing to take back"))
        : Verdict.Fine;

    private async Task<Verdict> JudgeTypeAsync(SqlReader reader)
    {
        if (reader.TakeQualifiedName() is not { } type || !reader.Skip("RENAME", "VALUE") || reader.IsAtEnd || about.IsContract)
            return Verdict.Fine;
        var old = reader.Take().Text;
        if (!reader.Skip("TO") || reader.IsAtEnd || !await about.Judge.IsUsedAsync(type, about.IsBegun, about.CancellationToken))
            return Verdict.Fine;
        var name = type.Schema is null ? Identifier.OfCatalog(type.Name).ToString() : QualifiedName.OfCatalog(type.Schema, type.Name).ToString();
        return new Refused(
            $"{about.Sql} makes every statement fail that still uses the old value",
            about.Instead(
                "Add the new value, and give it to rows when all versions of the application know it:",
                $"Execute.Sql({Recipe.Raw($"ALTER TYPE {name} ADD VALUE IF NOT EXISTS {reader.Take().Text} AFTER {old}")});",
                "// a value of an enum stays"));
    }
}
