namespace OrgSchema.Online;

/// <summary>The steps that do what a statement of an author does, and hold no strong lock for long.</summary>
/// <param name="Why">Why it is not done as it is written.</param>
/// <param name="Steps">The steps. Each asks whether it is still to be done.</param>
internal sealed record SafeForm(string Why, IReadOnlyList<Step> Steps)
{
    /// <summary>Removes what it has made before rows refused it.</summary>
    public IReadOnlyList<SqlStatement> Cleanup { get; init; } = [];

    /// <summary>A query that is true where the statement can begin. Where it cannot, the statement fails at once as it is written. Null: it can.</summary>
    public string? MayBegin { get; init; }

    /// <summary>What <see cref="MayBegin"/> is about, by its name; null: nothing.</summary>
    public string? Subject { get; init; }

    /// <summary>The column that is required, and the check that proves it on the way: nobody else knows that name. Null: none is.</summary>
    public (Identifier Column, Identifier Check)? Required { get; init; }

    /// <summary>One after the other.</summary>
    public static SafeForm Of(IReadOnlyList<SafeForm> forms) => new(
        string.Join(' ', forms.Select(form => form.Why).Where(why => why.Length > 0).Distinct()),
        [.. forms.SelectMany(form => form.Steps)])
    {
        Cleanup = [.. forms.Reverse().SelectMany(form => form.Cleanup)],
        MayBegin = forms.Select(form => form.MayBegin).OfType<string>().ToList() is { Count: > 0 } questions
            ? string.Join(" AND ", questions.Select(question => $"({question})")) is var all && questions.Count > 1 ? $"SELECT {all}" : questions[0]
            : null,
        Subject = forms.Select(form => form.Subject).OfType<string>().FirstOrDefault(),
        Required = forms.Select(form => form.Required).FirstOrDefault(required => required is not null),
    };

    /// <summary>A part of a statement that is quick as it is, and can be done again.</summary>
    public static SafeForm Quick(Relation table, string action) => new(
        "", [One(new SqlStatement($"ALTER TABLE {table.Name} {action}") { IsAuthors = true, Locks = [new(table.Name, LockMode.AccessExclusive)] })]);

    /// <summary>An index, built while clients write.</summary>
    /// <param name="table">Its table.</param>
    /// <param name="index">Its name.</param>
    /// <param name="sql">CREATE INDEX CONCURRENTLY.</param>
    public static SafeForm Index(Relation table, QualifiedName index, string sql) => new(
        $"CREATE INDEX would make writers of {table} wait until it is built.",
        [
            One(CreateIndexConcurrently.DropInvalid(index, table.Name)),
            One(new SqlStatement(sql)
            {
                IsAuthors = true,
                OnlyIf = $"SELECT NOT ({Catalog.IndexExists(index, table.Name)})",
                Condition = "it is not there",
                Locks = [new(table.Name, LockMode.ShareUpdateExclusive)],
                Rows = [new(table.Name, RowAccess.Build)],
                Waits = WaitsFor.Patiently,
                IsAlone = true,
            }),
        ])
    {
        Cleanup = [CreateIndexConcurrently.DropInvalid(index, table.Name)],
        MayBegin = $"SELECT {Class(index)} IS NULL",
        Subject = index.Name,
    };

    /// <summary>The end of an index that nobody waits for.</summary>
    public static SafeForm DropIndex(Relation table, QualifiedName index) => new(
        $"DROP INDEX would make readers of {table} wait behind it.",
        [One(DropIndex(table, index, Catalog.IndexExists(index, table.Name), "it exists"))])
    {
        MayBegin = Catalog.IndexExists(index, table.Name),
        Subject = index.Name,
    };

    /// <summary>A constraint by a unique index that is built while clients write.</summary>
    /// <param name="table">Its table.</param>
    /// <param name="name">Its name.</param>
    /// <param name="index">What CREATE UNIQUE INDEX says behind the table.</param>
    /// <param name="kind">UNIQUE or PRIMARY KEY.</param>
    /// <param name="timing">What follows the index: DEFERRABLE and the like.</param>
    /// <param name="before">What must be done before the constraint, when its index is there: what rows refuse leaves nothing.</param>
    public static SafeForm Unique(Relation table, Identifier name, string index, string kind, string timing, SafeForm? before)
    {
        var ofIndex = QualifiedName.OfCatalog(table.Name.Schema, name.Name);
        var build = Index(table, ofIndex, $"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table.Name} {index}");
        var isThere = Catalog.ConstraintExists(table.Name, name);
        return new(
            $"ADD CONSTRAINT {kind} would make everybody who uses {table} wait until its index is built.",
            [
                .. build.Steps,
                .. before?.Steps ?? [],
                One(new SqlStatement($"ALTER TABLE {table.Name} ADD CONSTRAINT {name} {kind} USING INDEX {name} {timing}".TrimEnd())
                {
                    IsAuthors = true,
                    OnlyIf = $"SELECT NOT ({isThere})",
                    Condition = "it is not there",
                    Locks = [new(table.Name, LockMode.AccessExclusive)],
                }),
            ])
        {
            Cleanup =
            [
                DropIndex(table, ofIndex, Catalog.Both(Catalog.IndexExists(ofIndex, table.Name), $"SELECT NOT ({isThere})"), "no constraint has it"),
                .. before?.Cleanup ?? [],
            ],
            MayBegin = build.MayBegin,
            Subject = name.Name,
            Required = before?.Required,
        };
    }

    /// <summary>A foreign key or a check: NOT VALID, which reads no row, then VALIDATE, which blocks nobody.</summary>
    /// <param name="table">Its table.</param>
    /// <param name="name">Its name.</param>
    /// <param name="action">ADD CONSTRAINT, without NOT VALID.</param>
    /// <param name="locks">What ADD CONSTRAINT locks.</param>
    /// <param name="referenced">The table that it references; null: none that was there before.</param>
    public static SafeForm Validated(Relation table, Identifier name, string action, LockMode locks, Relation? referenced) => new(
        $"ADD CONSTRAINT would read all rows of {table} while {(locks.BlocksReads() ? "everybody" : "writers")} wait.",
        [
            One(new SqlStatement($"ALTER TABLE {table.Name} {action} NOT VALID")
            {
                IsAuthors = true,
                OnlyIf = Catalog.ConstraintIsMissing(table.Name, name),
                Condition = "it is not there",
                Locks = [new(table.Name, locks), .. Referenced(referenced, locks)],
            }),
            One(Validate(table, name, referenced)),
        ])
    {
        Cleanup = [DropConstraint.NotValid(table.Name, name)],
        MayBegin = Catalog.ConstraintIsMissing(table.Name, name),
        Subject = name.Name,
    };

    /// <summary>NOT NULL, proven without a scan under a strong lock.</summary>
    public static SafeForm NotNull(Relation table, Identifier column, StepContext context)
    {
        var verb = new RequireNotNull(table.Name, column);
        return new($"SET NOT NULL would read all rows of {table} while everybody waits.", [.. verb.Steps(context)])
        {
            Cleanup = [.. verb.Cleanup(context)],
            Required = (column, RequireNotNull.Check(table.Name, column)),
        };
    }

    /// <summary>A column whose values the existing rows get in batches.</summary>
    /// <param name="table">Its table.</param>
    /// <param name="column">The column.</param>
    /// <param name="type">Its type, with a collation.</param>
    /// <param name="value">Its default.</param>
    /// <param name="isNotNull">Whether it is NOT NULL in the end.</param>
    /// <param name="key">The column by which the backfill walks.</param>
    /// <param name="context">Where checkpoints are.</param>
    public static SafeForm Column(Relation table, Identifier column, string type, string value, bool isNotNull, Identifier key, StepContext context)
    {
        var isMissing = $"SELECT NOT ({Catalog.ColumnExists(table.Name, column)})";
        var fill = new BackfillExpression(
            table.Name, key, $"t.{column} IS NULL", $"UPDATE {table.Name} AS u SET {column} = {value} FROM batch AS b WHERE u.{key} = b.key");
        var required = isNotNull ? NotNull(table, column, context) : null;
        return new(
            $"A default that differs from row to row would write {table} anew while everybody waits.",
            [
                // One command: a row that comes in between would have no value.
                One(new SqlStatement($"ALTER TABLE {table.Name} ADD COLUMN {column} {type}, ALTER COLUMN {column} SET DEFAULT {value}")
                {
                    IsAuthors = true,
                    OnlyIf = isMissing,
                    Condition = "it is not there",
                    Locks = [new(table.Name, LockMode.AccessExclusive)],
                }),
                .. Step.InOrder(context, [fill]),
                .. required?.Steps ?? [],
            ])
        {
            Cleanup =
            [
                .. required?.Cleanup ?? [],
                new($"ALTER TABLE {table.Name} DROP COLUMN {column}")
                {
                    IsAuthors = true,
                    OnlyIf = Catalog.ColumnExists(table.Name, column),
                    Condition = "it exists",
                    Locks = [new(table.Name, LockMode.AccessExclusive)],
                },
            ],
            MayBegin = isMissing,
            Subject = column.Name,
            Required = required?.Required,
        };
    }

    /// <summary>An update of many rows, in batches.</summary>
    /// <param name="table">The table.</param>
    /// <param name="set">What comes behind SET.</param>
    /// <param name="where">Which rows, with columns as they are named: those that are done must not be among them.</param>
    /// <param name="key">The column by which it walks.</param>
    /// <param name="context">Where checkpoints are.</param>
    public static SafeForm Update(Relation table, string set, string where, Identifier key, StepContext context) => new(
        $"UPDATE would keep all rows of {table} that it changes locked until it has ended.",
        [
            .. Step.InOrder(
                context,
                [new BackfillExpression(table.Name, key, where, $"UPDATE {table.Name} SET {set} WHERE {key} IN (SELECT b.key FROM batch AS b) AND ({where})")]),
        ]);

    private static StatementStep One(SqlStatement statement) => new(statement.Sql, [statement]);

    private static SqlStatement Validate(Relation table, Identifier name, Relation? referenced) => RequireNotNull.Validate(table.Name, name) with
    {
        IsAuthors = true,
        Locks = [new(table.Name, LockMode.ShareUpdateExclusive), .. Referenced(referenced, LockMode.RowShare)],
    };

    private static SqlStatement DropIndex(Relation table, QualifiedName index, string onlyIf, string condition) => new($"DROP INDEX CONCURRENTLY {index}")
    {
        IsAuthors = true,
        OnlyIf = onlyIf,
        Condition = condition,
        Locks = [new(table.Name, LockMode.ShareUpdateExclusive)],
        Waits = WaitsFor.Patiently,
        IsAlone = true,
    };

    private static IEnumerable<TableLock> Referenced(Relation? referenced, LockMode mode) => referenced is null ? [] : [new(referenced.Name, mode)];

    private static string Class(QualifiedName name) => $"pg_catalog.to_regclass({Literal.Of(name.ToString())})";
}
