namespace OrgSchema.Online;

/// <summary>An index in which a column takes part.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Column">The column.</param>
/// <param name="Name">Its name.</param>
/// <param name="IsUnique">Whether it is unique at every moment: that of a deferrable constraint is not.</param>
/// <param name="Definition">What follows the name of the table, as PostgreSQL writes it.</param>
internal sealed record ColumnIndex(QualifiedName Table, Identifier Column, string Name, bool IsUnique, string Definition)
{
    /// <summary>The kind of its constraint, as in ADD CONSTRAINT. Null: it has none.</summary>
    public string? Constraint { get; init; }

    /// <summary>Whether CLUSTER goes by it.</summary>
    public bool IsClustered { get; init; }

    /// <summary>Its comment. Null: none.</summary>
    public string? Comment { get; init; }

    /// <summary>The comment on its constraint. Null: none.</summary>
    public string? ConstraintComment { get; init; }

    private QualifiedName FullName => QualifiedName.OfCatalog(Table.Schema, Name);

    private Identifier OwnName => Identifier.OfCatalog(Name);

    /// <summary>PL/pgSQL statements that put its copy in its place, without a scan.</summary>
    public string Swap(Identifier other) => $"""
        {(Constraint is null
            ? $"DROP INDEX {FullName}; ALTER INDEX {CopyName(other)} RENAME TO {OwnName};"
            : $"ALTER TABLE {Table} DROP CONSTRAINT {OwnName}; ALTER INDEX {CopyName(other)} RENAME TO {OwnName}; "
                + $"ALTER TABLE {Table} ADD CONSTRAINT {OwnName} {Constraint} USING INDEX {OwnName};")}
        {(IsClustered ? $"ALTER TABLE {Table} CLUSTER ON {OwnName};" : "")}
        {(Comment is null ? "" : $"COMMENT ON INDEX {FullName} IS {Literal.Of(Comment)};")}
        {(ConstraintComment is null ? "" : $"COMMENT ON CONSTRAINT {OwnName} ON {Table} IS {Literal.Of(ConstraintComment)};")}
        """;

    /// <summary>The name of its copy for another column.</summary>
    public QualifiedName CopyName(Identifier other) => QualifiedName.OfCatalog(Table.Schema, Identifier.Derived($"{Name}~{other.Name}").Name);

    /// <summary>The statements that build a copy for another column, without blocking writers.</summary>
    /// <param name="other">The other column.</param>
    /// <param name="needs">As in <see cref="SqlStatement.Needs"/>.</param>
    public IEnumerable<SqlStatement> Copy(Identifier other, string needs)
    {
        var copy = CopyName(other);
        var name = QualifiedName.InQuotes(copy.Name);
        return
        [
            SqlStatement.Check(Catalog.IndexNameIsFree(copy, Table), $"The name {copy} is taken by something that is not an index of {Table}.") with
            {
                Said = "",
                Needs = needs,
            },
            new($"DROP INDEX CONCURRENTLY IF EXISTS {copy}")
            {
                Said = "",
                Needs = needs,
                OnlyIf = Catalog.IndexIsInvalid(copy, Table),
                Condition = "an interrupted build has left it INVALID",
                Locks = [new(Table, LockMode.ShareUpdateExclusive)],
                Waits = WaitsFor.Patiently,
                IsAlone = true,
            },
            new($"CREATE {(IsUnique ? "UNIQUE " : "")}INDEX CONCURRENTLY {name} ON {Table}{ColumnNames.Replaced(Definition, Column, other)}")
            {
                Said = "",
                Needs = needs,
                OnlyIf = $"SELECT NOT ({Catalog.IndexExists(copy, Table)})",
                Condition = "it is not there",
                Locks = [new(Table, LockMode.ShareUpdateExclusive)],
                Rows = [new(Table, RowAccess.Build)],
                Why = $"{Name} serves the other column: each of the two has its own, so that no query becomes slower.",
                Waits = WaitsFor.Patiently,
                IsAlone = true,
            },
        ];
    }

    /// <summary>Reads those of a column.</summary>
    public static async Task<IReadOnlyList<ColumnIndex>> ReadAsync(
        Session session, QualifiedName table, Identifier column, CancellationToken cancellationToken) => await session.QueryAsync(
        $"""
        -- indexes of a column
        SELECT c.relname::text, i.indisunique AND i.indimmediate, pg_catalog.substr(d.sql, pg_catalog.length(pg_catalog.format(
            'CREATE %sINDEX %I ON %I.%I', CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname, n.nspname, t.relname)) + 1),
            CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' END, i.indisclustered,
            pg_catalog.obj_description(i.indexrelid, 'pg_class'), pg_catalog.obj_description(k.oid, 'pg_constraint')
        FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
        JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attname = $2 AND NOT a.attisdropped
        LEFT JOIN pg_catalog.pg_constraint AS k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u')
        CROSS JOIN LATERAL pg_catalog.pg_get_indexdef(i.indexrelid) AS d (sql)
        WHERE i.indrelid = pg_catalog.to_regclass($1) AND i.indisvalid
          AND (a.attnum = ANY (i.indkey) OR EXISTS (
              SELECT FROM pg_catalog.pg_depend AS o WHERE o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objid = i.indexrelid
                  AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.refobjid = i.indrelid AND o.refobjsubid = a.attnum))
        ORDER BY i.indexrelid
        """,
        row => new ColumnIndex(table, column, row.GetString(0), row.GetBoolean(1), row.GetString(2))
        {
            Constraint = row.IsDBNull(3) ? null : row.GetString(3),
            IsClustered = row.GetBoolean(4),
            Comment = row.IsDBNull(5) ? null : row.GetString(5),
            ConstraintComment = row.IsDBNull(6) ? null : row.GetString(6),
        },
        cancellationToken,
        table.ToString(),
        column.Name);
}
