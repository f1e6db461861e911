namespace OrgSchema.Online;

/// <summary>A column that has two names for a time: the column itself gets the new one, and a copy that a trigger keeps in step has the old one.</summary>
/// <remarks>
/// So everything that belongs to the column stays with it: constraints, foreign keys, views, policies, comments. The copy needs only
/// its indexes, for queries of the old application and for its upserts.
/// </remarks>
internal sealed class RenameColumn(QualifiedName table, Identifier from, Identifier to, Identifier key) : OnlineExpression
{
    internal override IEnumerable<Step> Steps(StepContext context) => Step.InOrder(context, Verbs(context));

    private IReadOnlyList<OnlineExpression> Verbs(StepContext context)
    {
        var twin = TwinColumn.OfRename(table, from, to, key, context);
        var isTaken = $"SELECT {Literal.Of($"{table}.{to} exists already")} WHERE ({Catalog.ColumnExists(table, to)})";
        return
        [
            new SqlExpression([
                new UnfollowableColumn(table, from, TwinColumn.Name(from, to), context)
                    .Refuse($"The rename of {table}.{from} to {to}", twin.IsFollowed, isTaken) with
                {
                    Said = $"rename {table}.{from} to {to} by {key}",
                },
            ]),
            new SqlExpression([twin.Make(from)]),
            .. twin.Fill(from),
            .. twin.CopyIndexes(from),
            new SqlExpression([Switch(twin)]),
        ];
    }

    internal override (QualifiedName Table, Identifier Column)? Copies => (table, from);

    internal override bool NeedsNoTransaction => true;

    internal override bool Renames => true;

    public override string ToString() => $"rename column {from} of {table} to {to}";

    private SqlStatement Switch(TwinColumn twin) => new(Dollars.Do("rename", $"""
        BEGIN
            ALTER TABLE {table} RENAME COLUMN {from} TO {to};
            ALTER TABLE {table} RENAME COLUMN {TwinColumn.Name(from, to)} TO {from};
            {twin.Follow(to, from, isFilling: true)}
        END
        """))
    {
        Said = "",
        OnlyIf = twin.IsFilling,
        Condition = "the copy is not in its place",
        Locks = [new(table, LockMode.AccessExclusive)],
        Why = "A change of the catalog, in one transaction: no client ever sees a table without one of the two names.",
    };
}

/// <summary>Gives a column its former name again: the copy is dropped, and what clients have written to either is in the column.</summary>
internal sealed class UndoRenameColumn(QualifiedName table, Identifier from, Identifier to) : OnlineExpression
{
    public override IEnumerable<SqlStatement> Statements(StepContext context)
    {
        var name = TwinColumn.Name(from, to);
        var twin = TwinColumn.OfRename(table, from, to, from, context);
        return
        [
            new(Dollars.Do("rename", $"""
                BEGIN
                    LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
                    {twin.Forget}
                    IF ({twin.IsFilling}) THEN
                        ALTER TABLE {table} DROP COLUMN {name};
                    ELSE
                        ALTER TABLE {table} DROP COLUMN {from};
                        ALTER TABLE {table} RENAME COLUMN {to} TO {from};
                    END IF;
                END
                """))
            {
                Said = $"undo the rename of {table}.{from} to {to}",
                OnlyIf = twin.IsFollowed,
                Condition = "the column has both names",
                Locks = [new(table, LockMode.AccessExclusive)],
                Why = "The column that stays has everything that was written, under either name: what is dropped is its copy.",
            },
            SqlStatement.Check(
                Catalog.Both(Catalog.ColumnExists(table, from), $"SELECT NOT ({Catalog.ColumnExists(table, to)})"),
                $"{table} has not the column {from} alone, and nothing keeps {from} and {to} in step.") with { Said = "" },
        ];
    }

    internal override bool Renames => true;

    public override string ToString() => $"undo the rename of column {from} of {table}";
}

/// <summary>Ends the time in which a column has two names.</summary>
internal sealed class FinishRenameColumn(QualifiedName table, Identifier from, Identifier to) : OnlineExpression
{
    public override IEnumerable<SqlStatement> Statements(StepContext context)
    {
        var twin = TwinColumn.OfRename(table, from, to, from, context);
        return
        [
            SqlStatement.Check(
                Catalog.Both(Catalog.ColumnExists(table, to), $"SELECT NOT ({twin.IsFilling})"),
                $"The rename of {table}.{from} to {to} has not come to its end.") with { Said = $"finish the rename of {table}.{from} to {to}" },
            twin.AreInStep(to, from),
            new(Dollars.Do("rename", $"""
                BEGIN
                    LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
                    {twin.Forget}
                    ALTER TABLE {table} DROP COLUMN {from};
                END
                """))
            {
                Said = "",
                OnlyIf = twin.IsFollowed,
                Condition = "the column has both names",
                Locks = [new(table, LockMode.AccessExclusive)],
                Why = "Every value of the copy is in the column, as the check before has seen: nothing is lost, and no row is read under this lock.",
            },
        ];
    }

    internal override bool Renames => true;

    public override string ToString() => $"finish the rename of column {from} of {table}";
}

/// <summary>Gives a column its old name once more, beside the new one.</summary>
internal sealed class UndoFinishRenameColumn(QualifiedName table, Identifier from, Identifier to, Identifier key) : OnlineExpression
{
    internal override IEnumerable<Step> Steps(StepContext context) => Step.InOrder(context, Verbs(context));

    private IReadOnlyList<OnlineExpression> Verbs(StepContext context)
    {
        var name = TwinColumn.Name(from, to);
        var twin = TwinColumn.OfRename(table, from, to, key == from ? to : key, context);
        var isTaken = $"SELECT {Literal.Of($"{table}.{from} exists already")} WHERE ({Catalog.ColumnExists(table, from)})";
        return
        [
            new SqlExpression([
                new UnfollowableColumn(table, to, name, context).Refuse($"The old name {from} for {table}.{to}", twin.IsFollowed, isTaken) with
                {
                    Said = $"undo the end of the rename of {table}.{from} to {to} by {key}",
                },
            ]),
            new SqlExpression([twin.Make(to)]),
            .. twin.Fill(to),
            .. twin.CopyIndexes(to),
            new SqlExpression([
                new(Dollars.Do("rename", $"""
                    BEGIN
                        ALTER TABLE {table} RENAME COLUMN {name} TO {from};
                        {twin.Follow(to, from, isFilling: true)}
                    END
                    """))
                {
                    Said = "",
                    OnlyIf = twin.IsFilling,
                    Condition = "the copy is not in its place",
                    Locks = [new(table, LockMode.AccessExclusive)],
                },
            ]),
        ];
    }

    internal override (QualifiedName Table, Identifier Column)? Copies => (table, to);

    internal override bool NeedsNoTransaction => true;

    internal override bool Renames => true;

    public override string ToString() => $"undo the end of the rename of column {from} of {table}";
}
