namespace OrgSchema.Online;

/// <summary>A check or a foreign key in which a column takes part, of its own table or of one that refers to it.</summary>
/// <param name="Of">The table of the column.</param>
/// <param name="Column">The column.</param>
/// <param name="Table">The table of the constraint.</param>
/// <param name="Name">Its name.</param>
/// <param name="Comment">Its comment. Null: none.</param>
/// <param name="Check">The definition of a check, as PostgreSQL writes it. Null: it is a foreign key.</param>
/// <param name="Columns">Of a foreign key: its columns.</param>
/// <param name="Parent">Of a foreign key: the table that it refers to.</param>
/// <param name="ParentColumns">Of a foreign key: the columns that it refers to.</param>
/// <param name="Options">Of a foreign key: what follows.</param>
internal sealed record ColumnConstraint(
    QualifiedName Of,
    Identifier Column,
    QualifiedName Table,
    string Name,
    string? Comment,
    string? Check,
    IReadOnlyList<string> Columns,
    QualifiedName? Parent,
    IReadOnlyList<string> ParentColumns,
    string Options)
{
    private const string NotValid = " NOT VALID";

    private bool IsValid => !(Check ?? Options).EndsWith(NotValid, StringComparison.Ordinal);

    /// <summary>The name of its copy for another column.</summary>
    public Identifier CopyName(Identifier other) => Identifier.Derived($"{Name}~{other.Name}");

    /// <summary>Adds a copy for another column, NOT VALID.</summary>
    public string Add(Identifier other) =>
        $"ALTER TABLE {Table} ADD CONSTRAINT {CopyName(other)} {Definition(other)}{(IsValid ? NotValid : "")}";

    /// <summary>The statements that add a copy for another column, and validate it.</summary>
    /// <param name="other">The other column.</param>
    /// <param name="needs">As in <see cref="SqlStatement.Needs"/>.</param>
    public IEnumerable<SqlStatement> Copy(Identifier other, string needs)
    {
        var copy = CopyName(other);
        yield return new(Add(other))
        {
            Said = "",
            Needs = needs,
            OnlyIf = Catalog.ConstraintIsMissing(Table, copy),
            Condition = "it is not there",
            Locks = Parent is null ? [new(Table, LockMode.AccessExclusive)] : [new(Table, LockMode.ShareRowExclusive), new(Parent, LockMode.ShareRowExclusive)],
            Why = $"{Name} holds for the other column too, before that takes its place. NOT VALID leaves existing rows to VALIDATE.",
        };
        if (!IsValid)
            yield break;
        yield return new($"ALTER TABLE {Table} VALIDATE CONSTRAINT {copy}")
        {
            Said = "",
            Needs = needs,
            OnlyIf = Catalog.ConstraintIsNotValid(Table, copy),
            Condition = "it is not validated",
            Rows = [new(Table, RowAccess.Scan)],
            Locks = Parent is null ? [new(Table, LockMode.ShareUpdateExclusive)] : [new(Table, LockMode.ShareUpdateExclusive), new(Parent, LockMode.RowShare)],
            Waits = WaitsFor.Patiently,
        };
    }

    /// <summary>PL/pgSQL statements that put the copy in its place.</summary>
    public string Swap(Identifier other) => $"""
        ALTER TABLE {Table} DROP CONSTRAINT {Identifier.OfCatalog(Name)};
        ALTER TABLE {Table} RENAME CONSTRAINT {CopyName(other)} TO {Identifier.OfCatalog(Name)};
        {(Comment is null ? "" : $"COMMENT ON CONSTRAINT {Identifier.OfCatalog(Name)} ON {Table} IS {Literal.Of(Comment)};")}
        """;

    /// <summary>PL/pgSQL statements that drop the copy.</summary>
    public string Drop(Identifier other) => $"ALTER TABLE {Table} DROP CONSTRAINT IF EXISTS {CopyName(other)};";

    private string Definition(Identifier other)
    {
        if (Parent is null)
            return ColumnNames.Replaced(Check!, Column, other);
        var (isOwn, isParent) = (Table == Of, Parent == Of);
        var options = isOwn ? ColumnNames.Replaced(Options, Column, other) : Options;
        return $"FOREIGN KEY ({Names(Columns, isOwn)}) REFERENCES {Parent} ({Names(ParentColumns, isParent)}){options}";

        string Names(IReadOnlyList<string> columns, bool replaced) => string.Join(
            ", ", columns.Select(column => QualifiedName.InQuotes(replaced && column == Column.Name ? other.Name : column)));
    }

    /// <summary>Reads those of a column. Those of partitions come with their table's.</summary>
    public static async Task<IReadOnlyList<ColumnConstraint>> ReadAsync(
        Session session, QualifiedName table, Identifier column, CancellationToken cancellationToken) => await session.QueryAsync(
        $"""
        -- constraints of a column
        SELECT n.nspname::text, c.relname::text, k.conname::text, pg_catalog.obj_description(k.oid, 'pg_constraint'),
               CASE k.contype WHEN 'c' THEN pg_catalog.pg_get_constraintdef(k.oid) END,
               coalesce(f.names, ARRAY[]::text[]), pn.nspname::text, p.relname::text, coalesce(pf.names, ARRAY[]::text[]),
               CASE k.contype WHEN 'f' THEN pg_catalog.substr(pg_catalog.pg_get_constraintdef(k.oid), pg_catalog.length(pg_catalog.format(
                   'FOREIGN KEY (%s) REFERENCES %s(%s)', f.list, p.oid::pg_catalog.regclass, pf.list)) + 1) ELSE '' END
        FROM pg_catalog.pg_attribute AS a
        JOIN pg_catalog.pg_constraint AS k
            ON k.contype IN ('c', 'f') AND k.conparentid = 0
            AND (k.conrelid = a.attrelid AND a.attnum = ANY (k.conkey) OR k.confrelid = a.attrelid AND a.attnum = ANY (k.confkey))
        JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_class AS p ON p.oid = k.confrelid
        LEFT JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
        CROSS JOIN LATERAL ({NamesOf("k.conrelid", "k.conkey")}) AS f
        CROSS JOIN LATERAL ({NamesOf("k.confrelid", "k.confkey")}) AS pf
        WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attname = $2 AND NOT a.attisdropped
        ORDER BY k.oid
        """,
        row => new ColumnConstraint(
            table,
            column,
            QualifiedName.OfCatalog(row.GetString(0), row.GetString(1)),
            row.GetString(2),
            row.IsDBNull(3) ? null : row.GetString(3),
            row.IsDBNull(4) ? null : row.GetString(4),
            row.GetFieldValue<string[]>(5),
            row.IsDBNull(6) ? null : QualifiedName.OfCatalog(row.GetString(6), row.GetString(7)),
            row.GetFieldValue<string[]>(8),
            row.GetString(9)),
        cancellationToken,
        table.ToString(),
        column.Name);

    private static string NamesOf(string table, string columns) => $"""
        SELECT pg_catalog.array_agg(a.attname::text ORDER BY u.place) AS names,
               pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY u.place) AS list
        FROM pg_catalog.unnest({columns}) WITH ORDINALITY AS u (attnum, place)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = {table} AND a.attnum = u.attnum
        """;
}
