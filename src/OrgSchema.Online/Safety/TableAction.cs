namespace OrgSchema.Online;

/// <summary>Judges one action of ALTER TABLE.</summary>
internal sealed class TableAction(Judged about, Relation table, string text)
{
    private static readonly string[] ColumnConstraints =
    [
        "COLLATE", "CONSTRAINT", "NOT", "NULL", "DEFAULT", "GENERATED", "UNIQUE", "PRIMARY", "REFERENCES", "CHECK",
        "STORAGE", "COMPRESSION", "DEFERRABLE", "INITIALLY",
    ];

    private static readonly string[] TableConstraints = ["CHECK", "UNIQUE", "PRIMARY", "FOREIGN", "EXCLUDE", "CONSTRAINT"];

    private static readonly string[] Serials = ["serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"];

    private bool IsBig => about.Judge.IsBig(table, about.IsBegun);

    public async Task<Verdict> JudgeAsync()
    {
        var reader = new SqlReader(text);
        if (reader.Skip("ADD"))
            return await JudgeAddAsync(reader);
        if (reader.Skip("ALTER"))
        {
            reader.Skip("COLUMN");
            return reader.TakeName() is { } column ? await JudgeColumnAsync(column, reader) : Verdict.Fine;
        }

        if (reader.Skip("DROP"))
            return await JudgeDropAsync(reader);
        return IsBig && (reader.Skip("SET", "LOGGED") || reader.Skip("SET", "UNLOGGED") || reader.Skip("SET", "TABLESPACE") || reader.Skip("SET", "ACCESS"))
            ? new Refused($"{text} writes {table} anew while everybody waits", about.OnlyAsItIs())
            : Verdict.Fine;
    }

    /// <summary>A change of a column by itself, which can be made again after an interruption; null of others.</summary>
    public static SafeForm? Repeatable(Relation table, string action) => new SqlReader(action).Skip("ALTER") ? SafeForm.Quick(table, action) : null;

    private async Task<Verdict> JudgeAddAsync(SqlReader reader)
    {
        if (reader.Skip("CONSTRAINT"))
            return reader.TakeName() is { } name && IsBig ? await JudgeConstraintAsync(Identifier.OfCatalog(name), reader) : Verdict.Fine;
        if (StartsConstraint(reader))
            return IsBig ? new Refused($"{text} reads all rows of {table} while others wait", Named()) : Verdict.Fine;
        reader.Skip("COLUMN");
        var isOptional = reader.Skip("IF", "NOT", "EXISTS");
        if (reader.TakeName() is not { } column)
            return Verdict.Fine;
        about.Judge.Added(table, column, new SqlReader(reader.RestText) is var rest ? rest.Text(rest.TakeUntil(ColumnConstraints)) : "");
        return IsBig ? await JudgeNewColumnAsync(Identifier.OfCatalog(column), isOptional, reader) : Verdict.Fine;
    }

    private static bool StartsConstraint(SqlReader reader) => reader.Next is { } next && TableConstraints.Any(next.Is);

    private async Task<Verdict> JudgeConstraintAsync(Identifier name, SqlReader reader)
    {
        if (reader.RestText.EndsWith("NOT VALID", StringComparison.OrdinalIgnoreCase))
            return Verdict.Fine;
        var action = $"ADD CONSTRAINT {name} {reader.RestText}";
        if (reader.Skip("CHECK"))
            return new Rewritten(SafeForm.Validated(table, name, action, LockMode.AccessExclusive, referenced: null));
        if (reader.Skip("FOREIGN", "KEY"))
        {
            reader.TakeParenthesis();
            reader.Skip("REFERENCES");
            var referenced = about.Judge.Relations.Find(reader.TakeQualifiedName());
            return table.IsPartitioned && about.Compiled.Context.ServerMajor < 18
                ? new Refused($"a foreign key of a partitioned table reads all rows of {table} while writers wait", about.OnlyAsItIs())
                : new Rewritten(SafeForm.Validated(table, name, action, LockMode.ShareRowExclusive, referenced));
        }

        var isPrimary = reader.Skip("PRIMARY", "KEY");
        if (!isPrimary && !reader.Skip("UNIQUE"))
            return new Refused($"{text} builds an index of {table} while everybody waits", about.OnlyAsItIs());
        if (reader.Skip("USING", "INDEX"))
            return Verdict.Fine;
        if (table.IsPartitioned)
            return new Refused($"{text} builds an index of {table} while everybody waits", about.OnlyAsItIs());
        var nulls = reader.Text(reader.TakeUntil("("));
        if (reader.TakeParenthesis() is not { } columns)
            return Verdict.Fine;
        var include = reader.Skip("INCLUDE") ? $"INCLUDE {reader.TakeParenthesis()}" : "";
        var storage = reader.Text(reader.TakeUntil("DEFERRABLE", "INITIALLY", "NOT"))
            .Replace("USING INDEX TABLESPACE", "TABLESPACE", StringComparison.OrdinalIgnoreCase);
        var index = string.Join(' ', new[] { columns, include, nulls, storage }.Where(part => part.Length > 0));
        var before = isPrimary ? await RequiredAsync(columns) : null;
        return new Rewritten(SafeForm.Unique(table, name, index, isPrimary ? "PRIMARY KEY" : "UNIQUE", reader.RestText, before));
    }

    private async Task<SafeForm?> RequiredAsync(string columns)
    {
        var details = await about.DetailsOfAsync(table);
        List<SafeForm> required =
        [
            .. new SqlReader(columns[1..^1]).SplitRest()
                .Select(part => part.TakeName())
                .Where(name => name is not null && (about.IsBegun || details.Column(name) is not { IsNotNull: true }))
                .Select(name => SafeForm.NotNull(table, Identifier.OfCatalog(name!), about.Compiled.Context)),
        ];
        return required.Count == 0 ? null : SafeForm.Of(required);
    }

    private async Task<Verdict> JudgeNewColumnAsync(Identifier column, bool isOptional, SqlReader reader)
    {
        var type = reader.Text(reader.TakeUntil(ColumnConstraints));
        if (reader.Skip("COLLATE"))
            type += $" COLLATE {reader.Text(reader.TakeUntil(ColumnConstraints))}";
        var (isNotNull, value) = (false, "");
        while (!reader.IsAtEnd)
        {
            if (reader.Skip("NOT", "NULL"))
                isNotNull = true;
            else if (reader.Skip("NULL"))
                isNotNull = false;
            else if (reader.Skip("DEFAULT"))
                value = reader.Text(DefaultOf(reader));
            else if (reader.Next!.Is("REFERENCES") && value.Length == 0)
                return Verdict.Fine; // without values there is nothing to check
            else
                return new Refused($"{text} reads or writes all rows of {table} while everybody waits", Plain(column, type));
        }

        if (Serials.Contains(type.ToLowerInvariant()))
            return new Refused($"{text} writes {table} anew while everybody waits", Numbered(column, type));
        if (value.Length == 0 || !await about.Judge.AreVolatileAsync(FunctionsOf(value), about.CancellationToken))
            return Verdict.Fine;
        if ((await about.DetailsOfAsync(table)).Key is not { } key)
            return new Refused($"{text} writes {table} anew while everybody waits, and no unique key leads through its rows", about.OnlyAsItIs());
        var form = SafeForm.Column(table, column, type, value, isNotNull, key, about.Compiled.Context);
        return new Rewritten(isOptional ? form with { MayBegin = null } : form);
    }

    // NOT NULL may follow a default, and NULL may be one.
    private static List<SqlToken> DefaultOf(SqlReader reader)
    {
        List<SqlToken> tokens = [reader.Take()];
        tokens.AddRange(reader.TakeUntil(ColumnConstraints));
        return tokens;
    }

    private static List<string> FunctionsOf(string expression)
    {
        var tokens = SqlTokens.Of(expression);
        return
        [
            .. tokens.Zip(tokens.Skip(1))
                .Where(two => two.First.Kind is SqlTokenKind.Word or SqlTokenKind.Name && two.Second.Is("("))
                .Select(two => two.First.Name),
        ];
    }

    private async Task<Verdict> JudgeColumnAsync(string column, SqlReader reader)
    {
        if (!IsBig)
            return Verdict.Fine;
        if (reader.Skip("SET", "NOT", "NULL"))
        {
            return !about.IsBegun && (await about.DetailsOfAsync(table)).Column(column) is { IsNotNull: true }
                ? Verdict.Fine
                : new Rewritten(SafeForm.NotNull(table, Identifier.OfCatalog(column), about.Compiled.Context));
        }

        if (reader.Skip("TYPE") || reader.Skip("SET", "DATA", "TYPE"))
            return await JudgeTypeAsync(column, reader);
        return Verdict.Fine;
    }

    private async Task<Verdict> JudgeTypeAsync(string column, SqlReader reader)
    {
        var type = reader.Text(reader.TakeUntil("COLLATE", "USING"));
        var collation = reader.Skip("COLLATE") ? reader.Text(reader.TakeUntil("USING")) : null;
        var conversion = reader.Skip("USING") ? reader.RestText : null;
        if ((await about.DetailsOfAsync(table)).Column(column) is not { } known)
            return Verdict.Fine; // a migration of this run adds it, and says its type again with NOT NULL
        return conversion is null && collation is null && await about.Judge.KeepsRowsAsync(known, type, about.CancellationToken)
            ? Verdict.Fine
            : new Refused($"{text} writes {table} anew while everybody waits", await ChangeTypeAsync(known, type, conversion));
    }

    private async Task<Recipe> ChangeTypeAsync(TableColumn column, string type, string? conversion)
    {
        var name = $"({OfTable}, {TableChange.Written(column.Name)}";
        var key = Recipe.Key(await about.DetailsOfAsync(table));
        // Nobody but the author knows what an old application is to see of a new value.
        var back = conversion is null ? "" : $", back: {Recipe.Literal($"NULL::{column.Type}")}";
        var convert = conversion is null ? "" : $", convert: {Recipe.Literal(conversion)}";
        var finish = about.Instead("", $"FinishChangeType{name}{key});", $"UndoFinishChangeType{name}, {Recipe.Literal(column.Type)}{convert}{back}{key});");
        return about.Instead(
            "Let both types work until no version of the application uses the old one, which 'contract' then takes away:",
            $"ChangeType{name}, {Recipe.Literal(type)}{convert}{back}{key});",
            $"UndoChangeType{name}{back});") with
        { Contract = finish with { Phase = Phase.Contract } };
    }

    private async Task<Verdict> JudgeDropAsync(SqlReader reader)
    {
        if (about.IsContract || !IsBig)
            return Verdict.Fine;
        var details = await about.DetailsOfAsync(table);
        if (reader.Skip("CONSTRAINT"))
        {
            reader.Skip("IF", "EXISTS");
            return details.Constraint(reader.TakeName()) is { IsUnique: true } constraint
                ? new Refused(
                    $"{text} makes every INSERT ... ON CONFLICT fail that still counts on it, and nothing keeps rows of {table} apart any more",
                    about.Instead(
                        "Drop it when no version of the application counts on it any more. 'contract' applies this:",
                        $"DropConstraint({TableChange.Written(constraint.Name)}, {OfTable});",
                        Sql($"ADD CONSTRAINT {Identifier.OfCatalog(constraint.Name)} {constraint.Definition}"))
                    with
                    { Phase = Phase.Contract, IsTransactional = true })
                : Verdict.Fine;
        }

        reader.Skip("COLUMN");
        reader.Skip("IF", "EXISTS");
        return details.Column(reader.TakeName()) is { } column
            ? new Refused(
                $"{text} makes every statement fail that still uses the column of {table}",
                about.Instead(
                    "Drop it when no version of the application uses it any more. 'contract' applies this, and the values stay in the archive:",
                    $"ArchiveAndDropColumn({OfTable}, {TableChange.Written(column.Name)}{Recipe.Key(details)});",
                    $"""
                    Alter.Table({Recipe.Literal(table.Name.Name)}).InSchema({Recipe.Literal(table.Name.Schema)})
                        .AddColumn({Recipe.Literal(column.Name)}).AsCustom({Recipe.Literal(column.Type)}).Nullable();
                    RestoreColumn({OfTable}, {TableChange.Written(column.Name)}{Recipe.Key(details)});
                    """) with
                { Phase = Phase.Contract })
            : Verdict.Fine;
    }

    /// <summary>ALTER TABLE as raw SQL of a migration.</summary>
    private string Sql(string action) => $"Execute.Sql({Recipe.Raw($"ALTER TABLE {table.Name} {action}")});";

    private string OfTable => Recipe.Literal(table.Name.ToString());

    private Recipe Named() => about.Instead(
        "Give the constraint a name, so that it can be made without a scan and validated afterwards:",
        Sql($"ADD CONSTRAINT {Identifier.Derived($"{table.Name.Name}_constraint")} {text["ADD".Length..].Trim()}"),
        $"DropConstraint({TableChange.Written(Identifier.Derived($"{table.Name.Name}_constraint").Name)}, {OfTable});");

    private Recipe Plain(Identifier column, string type) => about.Instead(
        "Add the column alone. Its constraint, or its values, get a statement of their own:",
        Sql($"ADD COLUMN {column} {type}"),
        Sql($"DROP COLUMN {column}"));

    private Recipe Numbered(Identifier column, string type)
    {
        var sequence = QualifiedName.OfCatalog(table.Name.Schema, Identifier.Derived($"{table.Name.Name}_{column.Name}_seq").Name);
        var of = Literal.Of(sequence.ToString());
        var integer = type.Contains("big", StringComparison.OrdinalIgnoreCase) || type.EndsWith('8') ? "bigint" : "integer";
        return about.Instead(
            "Make the sequence first. Existing rows then get their numbers in batches:",
            $"""
            Execute.Sql({Recipe.Raw($"CREATE SEQUENCE {sequence}")});
            Execute.Sql({Recipe.Raw($"ALTER TABLE {table.Name} ADD COLUMN {column} {integer} NOT NULL DEFAULT nextval({of})")});
            """,
            $"""
            Execute.Sql({Recipe.Raw($"ALTER TABLE {table.Name} DROP COLUMN {column}")});
            Execute.Sql({Recipe.Raw($"DROP SEQUENCE {sequence}")});
            """) with
        { IsTransactional = true };
    }
}
