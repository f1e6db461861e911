using OrgSchema.Online;

namespace OrgSchema;

/// <summary>In which form people read a plan.</summary>
internal enum PlanFormat
{
    /// <summary>SQL, and the rest in comments.</summary>
    Text,

    /// <summary>A page for a ticket.</summary>
    Markdown,
}

/// <summary>What would run, and whom it would make wait.</summary>
internal static class PlanReport
{
    private const int Width = 100;

    public static void Show(Job job, MigrationPlan plan, PlanFormat format)
    {
        if (job.Terminal.IsJson)
        {
            Terminal.WriteJson(PlanDocument.Of(job.Target.ToString(), plan), JsonDocuments.Default.PlanDocument);
            return;
        }

        // Not through Spectre, which would wrap SQL at the width of the terminal.
        foreach (var line in format == PlanFormat.Markdown ? Markdown(job, plan) : Text(job, plan))
            Console.Out.WriteLine(Printable.Of(line));
    }

    private static IEnumerable<string> Text(Job job, MigrationPlan plan)
    {
        yield return $"-- {PlanWording.Header(plan, job.Target)}";
        if (plan.Migrations.Count == 0)
            yield return $"-- {PlanWording.Nothing(plan)}";
        foreach (var table in plan.Tables)
        {
            foreach (var line in Comment($"{table.Name}: {PlanWording.Table(table)}"))
                yield return line;
        }

        foreach (var line in PlanWording.Removal(plan).SelectMany(Comment))
            yield return line;
        foreach (var planned in plan.Migrations)
        {
            yield return "";
            yield return $"-- {planned.Migration}: {Wording.Phase(planned.Migration)}, {PlanWording.Transaction(planned)}";
            foreach (var line in Comment(PlanWording.WhoWaits(plan, planned)))
                yield return line;
            foreach (var line in PlanWording.Safety(planned).SelectMany(Comment))
                yield return line;
            foreach (var statement in planned.Statements)
            {
                foreach (var line in PlanWording.Notes(plan, statement).SelectMany(Comment))
                    yield return line;
                yield return Sql(statement);
            }
        }
    }

    private static IEnumerable<string> Markdown(Job job, MigrationPlan plan)
    {
        yield return $"# Plan: {(plan.Direction == Direction.Up ? "up" : "down")}";
        yield return "";
        yield return $"{PlanWording.Header(plan, job.Target)}.";
        if (plan.Migrations.Count == 0)
        {
            yield return "";
            yield return PlanWording.Nothing(plan);
            yield break;
        }

        yield return "";
        yield return "| migration | phase | transaction | who waits |";
        yield return "|---|---|---|---|";
        foreach (var planned in plan.Migrations)
        {
            yield return Row(
                $"{planned.Migration}",
                Wording.Phase(planned.Migration),
                PlanWording.Transaction(planned),
                PlanWording.WhoWaits(plan, planned));
        }

        yield return "";
        yield return "| table | now |";
        yield return "|---|---|";
        foreach (var table in plan.Tables)
            yield return Row(table.Name, PlanWording.Table(table));
        if (PlanWording.Removal(plan) is { Count: > 0 } removal)
        {
            yield return "";
            foreach (var line in removal)
            {
                // The SQL of a remedy is below its message.
                var (message, remedy) = line.Split('\n', 2) is [var before, var after] ? (before, after) : (line, null);
                yield return $"- {message.Trim()}{(remedy is null ? "" : $"\n\n{Fenced(remedy)}\n")}";
            }
        }

        foreach (var planned in plan.Migrations)
        {
            yield return "";
            yield return $"## {planned.Migration}";
            foreach (var line in PlanWording.Safety(planned))
            {
                yield return "";
                yield return line;
            }

            foreach (var statement in planned.Statements)
            {
                yield return "";
                foreach (var note in PlanWording.Notes(plan, statement))
                    yield return $"- {note}";
                yield return "";
                yield return Fenced(Sql(statement));
            }
        }
    }

    // Names of a database may hold what ends a cell, a line or a block.
    private static string Row(params string[] cells) =>
        $"| {string.Join(" | ", cells.Select(cell => cell.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal)))} |";

    private static string Fenced(string sql)
    {
        var fence = "```";
        while (sql.Contains(fence, StringComparison.Ordinal))
            fence += "`";
        return $"{fence}sql\n{sql}\n{fence}";
    }

    // FluentMigrator's have a semicolon, ours have none.
    private static string Sql(SqlStatement statement) => $"{statement.Sql.Trim().TrimEnd(';')};";

    /// <summary>A comment, on as many lines as it takes.</summary>
    private static IEnumerable<string> Comment(string text) => text.ReplaceLineEndings("\n").Split('\n').SelectMany(CommentOfLine);

    private static IEnumerable<string> CommentOfLine(string text)
    {
        var line = "--";
        foreach (var word in text.Split(' '))
        {
            if (line.Length + 1 + word.Length > Width)
            {
                yield return line;
                line = "--  ";
            }

            line += $" {word}";
        }

        yield return line;
    }
}
