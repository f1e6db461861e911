namespace OrgSchema.Online;

/// <summary>An object, or rows, that a migration removes: archived where it holds something, and left alone where the migration has only found it.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Table">The table that it is, or belongs to.</param>
/// <param name="Name">The name of a column, constraint or index; null for a table and for rows.</param>
/// <param name="Where">For rows: which of them, as <c>t</c>.</param>
internal sealed record Removal(RemovalKind Kind, QualifiedName Table, Identifier? Name = null, string Where = "true")
{
    /// <summary>A query that returns one boolean: whether the object exists.</summary>
    public string IsThere => Kind switch
    {
        RemovalKind.Column => Catalog.ColumnExists(Table, Name!),
        RemovalKind.Constraint => Catalog.ConstraintExists(Table, Name!),
        RemovalKind.Index => Catalog.IndexExists(QualifiedName.OfCatalog(Table.Schema, Name!.Name), Table),
        RemovalKind.NotNull => Catalog.Both(Catalog.ColumnExists(Table, Name!), $"SELECT NOT ({Catalog.ColumnIsNullable(Table, Name!)})"),
        _ => Catalog.TableExists(Table),
    };

    /// <summary>A query for the rows, or values, that would be archived now; null where nothing is.</summary>
    public string? Count => Kind switch
    {
        RemovalKind.Rows or RemovalKind.Table => $"SELECT pg_catalog.count(*) FROM {Table} AS t WHERE {Where}",
        RemovalKind.Column => $"SELECT pg_catalog.count(*) FROM {Table} AS t WHERE t.{Name} IS NOT NULL",
        _ => null,
    };

    /// <summary>The table or column, as people write it.</summary>
    public string What => Kind == RemovalKind.Column ? $"{Table}.{Name}" : Table.ToString();

    /// <summary>The object, as the private schema remembers it.</summary>
    public override string ToString() => Kind switch
    {
        RemovalKind.Rows => $"rows of {Table}",
        RemovalKind.Table => $"table {Table}",
        RemovalKind.Column => $"column {Table}.{Name}",
        RemovalKind.Constraint => $"constraint {Name} on {Table}",
        RemovalKind.Index => $"index {(QualifiedName.IsIdentifier(Table.Schema) ? Table.Schema : QualifiedName.Quoted(Table.Schema))}.{Name}",
        _ => $"NOT NULL of {Table}.{Name}",
    };
}

/// <summary>The kind of a <see cref="Removal"/>.</summary>
internal enum RemovalKind
{
    Rows,
    Table,
    Column,
    Constraint,
    Index,
    NotNull,
}
