namespace OrgSchema.Online;

/// <summary>Questions about the catalog, each a query that returns one boolean: what <see cref="SqlStatement.OnlyIf"/> and checks are made of.</summary>
internal static class Catalog
{
    public static string TableExists(QualifiedName table) => $"SELECT pg_catalog.to_regclass({Literal.Of(table.ToString())}) IS NOT NULL";

    public static string ColumnExists(QualifiedName table, Identifier column) => $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute
        WHERE attrelid = {Class(table)} AND attname = {Literal.Of(column.Name)} AND attnum > 0 AND NOT attisdropped)
        """;

    public static string ColumnIsNullable(QualifiedName table, Identifier column) => $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute
        WHERE attrelid = {Class(table)} AND attname = {Literal.Of(column.Name)} AND NOT attisdropped AND NOT attnotnull)
        """;

    public static string IndexExists(QualifiedName index, QualifiedName table) => $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_index WHERE indexrelid = {Class(index)} AND indrelid = {Class(table)})
        """;

    public static string IndexIsInvalid(QualifiedName index, QualifiedName table) => $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_index
        WHERE indexrelid = {Class(index)} AND indrelid = {Class(table)} AND NOT (indisvalid AND indisready))
        """;

    /// <summary>Whether the index is valid, on this table, over these columns in this order, and nothing else.</summary>
    public static string IndexIs(QualifiedName index, QualifiedName table, IReadOnlyList<Identifier> columns, bool unique) => $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_index AS i
        WHERE i.indexrelid = {Class(index)} AND i.indrelid = {Class(table)} AND i.indisvalid AND i.indisready
          AND i.indisunique = {(unique ? "true" : "false")} AND i.indexprs IS NULL AND i.indpred IS NULL
          AND (SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.place)
               FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place)
               JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) = {Literal.Of(columns.Select(column => column.Name))})
        """;

    /// <summary>Whether the name is free, or taken by an index of this table.</summary>
    public static string IndexNameIsFree(QualifiedName index, QualifiedName table) => $"""
        SELECT {Class(index)} IS NULL
            OR ({IndexExists(index, table)})
        """;

    public static string ConstraintExists(QualifiedName table, Identifier name) => $"SELECT EXISTS ({Constraint(table, name)})";

    public static string ConstraintIsNotValid(QualifiedName table, Identifier name) => $"SELECT EXISTS ({Constraint(table, name)} AND NOT convalidated)";

    public static string ConstraintIsMissing(QualifiedName table, Identifier name) => $"SELECT NOT EXISTS ({Constraint(table, name)})";

    /// <summary>Whether the constraint is a foreign key of this definition.</summary>
    public static string ForeignKeyIs(ForeignKey key, bool validated) =>
        $"SELECT EXISTS ({ForeignKey(key)} AND confdeltype = '{key.OnDelete.CatalogCode()}'{(validated ? " AND convalidated" : "")})";

    /// <summary>Whether the constraint is a foreign key between these columns, but its rows become something else on a delete.</summary>
    public static string ForeignKeyActsOtherwise(ForeignKey key) => $"SELECT EXISTS ({ForeignKey(key)} AND confdeltype <> '{key.OnDelete.CatalogCode()}')";

    private static string ForeignKey(ForeignKey key) => $"""
        {Constraint(key.Table, Identifier.OfCatalog(key.Name))} AND contype = 'f' AND confrelid = {Class(key.References)}
          AND conkey = ARRAY[(SELECT attnum FROM pg_catalog.pg_attribute WHERE attrelid = {Class(key.Table)} AND attname = {Literal.Of(key.Column)})]
          AND confkey = ARRAY[(SELECT attnum FROM pg_catalog.pg_attribute WHERE attrelid = {Class(key.References)} AND attname = {Literal.Of(key.ReferencedColumn)})]
        """;

    public static string TriggerExists(QualifiedName table, Identifier name) => $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = {Class(table)} AND tgname = {Literal.Of(name.Name)})
        """;

    public static string Both(string one, string other) => $"SELECT ({one}) AND ({other})";

    private static string Constraint(QualifiedName table, Identifier name) =>
        $"SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {Class(table)} AND conname = {Literal.Of(name.Name)}";

    // to_regclass, not a cast: a name that does not exist is null, not an error.
    private static string Class(QualifiedName name) => $"pg_catalog.to_regclass({Literal.Of(name.ToString())})::oid";
}
