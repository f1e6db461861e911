namespace OrgSchema.Online;

/// <summary>Judges UPDATE and DELETE.</summary>
internal sealed class RowChange(Judged about)
{
    private static readonly string[] NothingElse = ["FROM", "RETURNING"];

    private static readonly string[] OtherEachTime =
    [
        "DEFAULT", "now", "random", "nextval", "gen_random_uuid", "uuid_generate_v4", "clock_timestamp", "statement_timestamp", "transaction_timestamp",
        "CURRENT_TIMESTAMP", "CURRENT_TIME", "CURRENT_DATE", "LOCALTIMESTAMP", "LOCALTIME",
    ];

    private static readonly string[] WithoutEquality = ["json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle"];

    /// <param name="reader">Behind UPDATE.</param>
    public async Task<Verdict> JudgeUpdateAsync(SqlReader reader)
    {
        reader.Skip("ONLY");
        var table = about.Big(reader.TakeQualifiedName());
        if (table is null || !await ConcernsManyAsync(table))
            return Verdict.Fine;
        var details = await about.DetailsOfAsync(table);
        var isPlain = reader.Skip("SET");
        var set = reader.TakeUntil("WHERE", "FROM", "RETURNING");
        var where = reader.Skip("WHERE") ? reader.Text(reader.TakeUntil(NothingElse)) : "true";
        var assignments = isPlain && reader.IsAtEnd ? Assignments(reader.Text(set)) : null;
        return assignments is not null && details.Key is { } key && LeftBehind(table, details, assignments) is { } left
            ? new Rewritten(SafeForm.Update(table, reader.Text(set), IsAlways(where) ? left : $"({where}) AND ({left})", key, about.Compiled.Context))
            : new Refused(
                $"{SqlStatement.FirstLine(about.Sql)} keeps all rows of {table} that it changes locked until it has ended",
                InBatches(table, details, reader.Text(set), where, assignments));
    }

    /// <param name="reader">Behind DELETE FROM.</param>
    public async Task<Verdict> JudgeDeleteAsync(SqlReader reader)
    {
        reader.Skip("ONLY");
        var table = about.Big(reader.TakeQualifiedName());
        if (table is null || about.Compiled.Context.Direction == Direction.Down || !await ConcernsManyAsync(table))
            return Verdict.Fine;
        var where = reader.Skip("WHERE") && reader.RestText is var text && !IsAlways(text) ? Recipe.Raw(text) : "where: null";
        return new Refused(
            $"{SqlStatement.FirstLine(about.Sql)} keeps all rows of {table} that it deletes locked until it has ended",
            about.Instead(
                "Delete them in batches. They stay in the archive:",
                $"ArchiveAndDelete({Recipe.Literal(table.Name.ToString())}, {where});",
                $"Restore({Recipe.Literal(table.Name.ToString())});") with
            { Phase = Phase.Backfill });
    }

    /// <summary>Judges by its plan what changes rows somewhere in it.</summary>
    public async Task<Verdict> JudgeByPlanAsync()
    {
        foreach (var (name, rows) in await about.Judge.EstimateAsync(about.Sql, about.CancellationToken) ?? [])
        {
            if (about.Big(name) is { } table && rows >= Math.Min(about.Judge.Options.SmallTableRows, table.Rows))
            {
                return new Refused(
                    $"{SqlStatement.FirstLine(about.Sql)} keeps all rows of {table} that it changes locked until it has ended", about.OnlyAsItIs());
            }
        }

        return Verdict.Fine;
    }

    // FluentMigrator writes AllRows so.
    private static bool IsAlways(string where) => where.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant() is "TRUE" or "1=1";

    private async Task<bool> ConcernsManyAsync(Relation table) =>
        about.IsBegun
        || (await about.Judge.EstimateAsync(about.Sql, about.CancellationToken) is { Count: > 0 } changes ? changes.Max(change => change.Rows) : table.Rows)
            >= Math.Min(about.Judge.Options.SmallTableRows, table.Rows);

    /// <summary>The assignments of columns, each by itself; null if there is another kind among them.</summary>
    private static List<Assignment>? Assignments(string set)
    {
        var assignments = new List<Assignment>();
        foreach (var part in new SqlReader(set).SplitRest())
        {
            if (part.TakeName() is not { } column || !part.Skip("="))
                return null;
            assignments.Add(new Assignment(column, part.RestText, part.Rest));
        }

        return assignments;
    }

    /// <summary>Which rows are still to be done. Null: nothing tells, or a trigger would hear of other rows than those.</summary>
    private string? LeftBehind(Relation table, TableDetails details, List<Assignment> assignments)
    {
        var areNew = assignments.TrueForAll(assignment => about.Judge.TypeOfAdded(table, assignment.Column) is not null);
        if (about.Judge.GetsTriggers(table) || details.HasStatementTriggers || details.HasUpdateTriggers && !areNew)
            return null;
        List<string> left = [];
        foreach (var assignment in assignments)
        {
            var type = about.Judge.TypeOfAdded(table, assignment.Column) ?? details.Column(assignment.Column)?.BaseType;
            if (assignment.IsConstant && type is not null && !WithoutEquality.Contains(type.ToLowerInvariant()))
                left.Add(assignment.IsDistinct);
            else if (areNew) // no row has a value in it before the update
                left.Add($"{Identifier.OfCatalog(assignment.Column)} IS NULL AND ({assignment.Value}) IS NOT NULL");
            else
                return null;
        }

        return string.Join(" OR ", left);
    }

    private Recipe InBatches(Relation table, TableDetails details, string set, string where, List<Assignment>? assignments)
    {
        var key = details.Key ?? Identifier.OfCatalog("id");
        if (assignments?.Find(assignment => assignment.DependsOnItself) is { } changed && details.Column(changed.Column) is { } column)
            return InANewColumn(table, column, changed, key);
        var left = assignments is null || assignments.Exists(assignment => assignment.DiffersEachTime)
            ? "false /* true of a row until it is done */"
            : string.Join(" OR ", assignments.Select(assignment => assignment.IsDistinct));
        return about.Instead(
            "Do it in batches. The condition says which rows are still to be done; it must be false of a row once it is:",
            $"""
            Backfill(
                {Recipe.Literal(table.Name.ToString())},
                where: {Recipe.Raw(IsAlways(where) ? left : $"({where}) AND ({left})")},
                apply: {Recipe.Raw($"UPDATE {table.Name} SET {set} WHERE {key} IN (SELECT key FROM batch)")},
                key: {TableChange.Written(key.Name)});
            """,
            "// what your Down has") with
        { Phase = Phase.Backfill };
    }

    // Cut off and begun again, rows would be changed twice.
    private Recipe InANewColumn(Relation table, TableColumn column, Assignment changed, Identifier key)
    {
        var added = Identifier.Derived($"{column.Name}_new");
        return about.Instead(
            "Nothing tells which rows are done already. Give the new values a column of their own, to which the application then changes:",
            $"""
            Alter.Table({Recipe.Literal(table.Name.Name)}).InSchema({Recipe.Literal(table.Name.Schema)})
                .AddColumn({Recipe.Literal(added.Name)}).AsCustom({Recipe.Literal(column.Type)}).Nullable();
            Backfill(
                {Recipe.Literal(table.Name.ToString())},
                where: {Recipe.Raw($"{added} IS DISTINCT FROM ({changed.Value})")},
                apply: {Recipe.Raw($"UPDATE {table.Name} SET {added} = {changed.Value} WHERE {key} IN (SELECT key FROM batch)")},
                key: {TableChange.Written(key.Name)});
            """,
            $"Delete.Column({Recipe.Literal(added.Name)}).FromTable({Recipe.Literal(table.Name.Name)}).InSchema({Recipe.Literal(table.Name.Schema)});")
            with
        { Phase = Phase.Backfill };
    }

    private sealed record Assignment(string Column, string Value, IReadOnlyList<SqlToken> Tokens)
    {
        public bool IsConstant => Tokens.All(token => token.Kind == SqlTokenKind.Literal || token.Text is "-" or "+" || IsWord(token.Text)) && Tokens.Count > 0;

        public bool DiffersEachTime => Tokens.Any(token => OtherEachTime.Any(token.Is));

        public bool DependsOnItself => Tokens.Any(token => token.Kind is SqlTokenKind.Word or SqlTokenKind.Name && token.Name == Column);

        public string IsDistinct => $"{Identifier.OfCatalog(Column)} IS DISTINCT FROM {Value}";

        private static bool IsWord(string text) => text.ToUpperInvariant() is "TRUE" or "FALSE" or "NULL";
    }
}
