namespace OrgSchema.Online;

/// <summary>Judges ALTER TABLE and DROP TABLE.</summary>
internal sealed class TableChange(Judged about)
{
    /// <param name="reader">Behind ALTER TABLE.</param>
    public async Task<Verdict> JudgeAsync(SqlReader reader)
    {
        reader.Skip("IF", "EXISTS");
        reader.Skip("ONLY");
        var name = reader.TakeQualifiedName();
        reader.Skip("*");
        if (about.Judge.Relations.Find(name) is not { Kind: 'r' or 'p' } table)
            return Verdict.Fine;
        if (await RenamedAsync(table, new SqlReader(reader.RestText)) is { } renamed)
            return renamed;
        List<string> actions = [.. reader.SplitRest().Select(action => action.RestText)];
        var verdicts = new List<Verdict>();
        foreach (var action in actions)
            verdicts.Add(await new TableAction(about, table, action).JudgeAsync());
        if (verdicts.OfType<Refused>().FirstOrDefault() is { } refused)
            return refused;
        if (!verdicts.OfType<Rewritten>().Any())
            return Verdict.Fine;

        // As FluentMigrator alters a column: its type stays, and NOT NULL is new. What rows refuse comes first, so that it leaves nothing.
        var others = actions.Zip(verdicts).Where(of => of.Second is not Rewritten).Select(of => TableAction.Repeatable(table, of.First)).ToList();
        return verdicts.OfType<Rewritten>().ToList() is [var only] && !others.Contains(null)
            ? new Rewritten(SafeForm.Of([only.Form, .. others.OfType<SafeForm>()]))
            : new Refused($"one ALTER TABLE does several things to {table}, and one of them for long", Apart(table, actions));
    }

    /// <param name="reader">Behind DROP TABLE.</param>
    public async Task<Verdict> JudgeDropAsync(SqlReader reader)
    {
        reader.Skip("IF", "EXISTS");
        Verdict verdict = Verdict.Fine;
        foreach (var part in new SqlReader(reader.Text(reader.TakeUntil("CASCADE", "RESTRICT"))).SplitRest())
        {
            if (about.Judge.Relations.Find(part.TakeQualifiedName()) is not { } table)
                continue;
            var refuses = !about.IsContract && about.Judge.IsBig(table, about.IsBegun);
            if (refuses)
                verdict = new Refused($"DROP TABLE makes every statement fail that still uses {table}", await DropAsync(table));
            if (!refuses || about.RunsAnyway)
                about.Judge.Relations.Drop(table);
        }

        return verdict;
    }

    private async Task<Refused?> RenamedAsync(Relation table, SqlReader reader)
    {
        var isMove = reader.Skip("SET", "SCHEMA");
        if (!isMove && !reader.Skip("RENAME") || !isMove && reader.Skip("CONSTRAINT"))
            return null;
        var refuses = !about.IsContract && about.Judge.IsBig(table, about.IsBegun);
        if (isMove || reader.Skip("TO"))
        {
            if (reader.TakeName() is not { } to)
                return null;
            var renamed = isMove ? QualifiedName.OfCatalog(to, table.Name.Name) : QualifiedName.OfCatalog(table.Name.Schema, to);
            if (!refuses || about.RunsAnyway)
                about.Judge.Relations.Rename(table, renamed); // else what follows is judged by the name that the table keeps
            return refuses
                ? new Refused(
                    $"a rename makes every statement fail that still uses {table} by its old name", isMove ? about.OnlyAsItIs() : Rename(table, renamed))
                : null;
        }

        reader.Skip("COLUMN");
        return reader.TakeName() is { } from && reader.Skip("TO") && reader.TakeName() is { } column && refuses
            ? new Refused(
                $"a rename makes every statement fail that still uses {Identifier.OfCatalog(from)} of {table}", await RenameColumnAsync(table, from, column))
            : null;
    }

    private Recipe Rename(Relation table, QualifiedName to)
    {
        var names = $"({Recipe.Literal(table.Name.ToString())}, {Recipe.Literal(to.ToString())});";
        var finish = about.Instead("", $"FinishRenameTable{names}", $"UndoFinishRenameTable{names}") with { Phase = Phase.Contract, IsTransactional = true };
        return about.Instead(
            "Let both names work until no version of the application uses the old one, which 'contract' then takes away:",
            $"RenameTable{names}",
            $"UndoRenameTable{names}") with
        { IsTransactional = true, Contract = finish };
    }

    private async Task<Recipe> RenameColumnAsync(Relation table, string from, string to)
    {
        var key = Recipe.Key(await about.DetailsOfAsync(table));
        var names = $"({Recipe.Literal(table.Name.ToString())}, {Written(from)}, {Written(to)}";
        var finish = about.Instead("", $"FinishRenameColumn{names});", $"UndoFinishRenameColumn{names}{key});") with { Phase = Phase.Contract };
        return about.Instead(
            "Let both names work until no version of the application uses the old one, which 'contract' then takes away:",
            $"RenameColumn{names}{key});",
            $"UndoRenameColumn{names});") with
        { Contract = finish };
    }

    private async Task<Recipe> DropAsync(Relation table)
    {
        var details = await about.DetailsOfAsync(table);
        var columns = details.Columns.Select(column =>
            $"    .WithColumn({Recipe.Literal(column.Name)}).AsCustom({Recipe.Literal(column.Type)}).{(column.IsNotNull ? "NotNullable" : "Nullable")}()");
        return about.Instead(
            "Drop it when no version of the application uses it any more. 'contract' applies this, and the rows stay in the archive:",
            $"ArchiveAndDropTable({Recipe.Literal(table.Name.ToString())});",
            $"""
            Create.Table({Recipe.Literal(table.Name.Name)}).InSchema({Recipe.Literal(table.Name.Schema)})
            {string.Join('\n', columns)};
            Restore({Recipe.Literal(table.Name.ToString())});
            """) with
        { Phase = Phase.Contract, IsTransactional = true };
    }

    private Recipe Apart(Relation table, IEnumerable<string> actions) =>
        Recipe.OneByOne(about.Compiled.Migration, actions.Select(action => $"ALTER TABLE {table.Name} {action}"));

    internal static string Written(string name) => Recipe.Literal(Identifier.OfCatalog(name).ToString());
}
