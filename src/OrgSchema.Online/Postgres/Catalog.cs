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
          AND i.indisunique = {Sql(unique)} AND i.indexprs IS NULL AND i.indpred IS NULL
          AND {NamesOfColumns} = {Literal.Of(columns.Select(column => column.Name))})
        """;

    private const string NamesOfColumns = """
        (SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.place)
               FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place)
               JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum)
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
        ForeignKeyBetween(key, $"{ActsAs(key)}{(validated ? " AND convalidated" : "")}");

    /// <summary>Whether the constraint is a foreign key between these columns that does something else.</summary>
    public static string ForeignKeyActsOtherwise(ForeignKey key) => ForeignKeyBetween(key, $"NOT ({ActsAs(key)})");

    /// <summary>Whether the constraint is a foreign key between these columns for which a condition holds.</summary>
    public static string ForeignKeyBetween(ForeignKey key, string condition) => $"""
        SELECT EXISTS ({Constraint(key.Table, key.Name)} AND contype = 'f' AND confrelid = {Class(key.References)}
          AND conkey = ARRAY[{Numbers(key.Table, key.Columns)}]
          AND confkey = ARRAY[{Numbers(key.References, key.ReferencedColumns)}] AND {condition})
        """;

    private static string ActsAs(ForeignKey key) =>
        $"confdeltype = '{Actions.CatalogCode((int)key.OnDelete)}' AND confupdtype = '{Actions.CatalogCode((int)key.OnUpdate)}'"
        + $" AND confmatchtype = '{(key.MatchFull ? 'f' : 's')}' AND {IsPutOff("", key.Deferrable)}";

    private static string IsPutOff(string constraint, Deferrable deferrable) =>
        $"{constraint}condeferrable = {Sql(deferrable != Deferrable.No)} AND {constraint}condeferred = {Sql(deferrable == Deferrable.InitiallyDeferred)}";

    private static string Numbers(QualifiedName table, IEnumerable<Identifier> columns) => string.Join(", ", columns.Select(column =>
        $"(SELECT attnum FROM pg_catalog.pg_attribute WHERE attrelid = {Class(table)} AND attname = {Literal.Of(column.Name)})"));

    /// <summary>Whether the constraint is this one, and its index is valid.</summary>
    public static string UniqueKeyIs(UniqueKey key) => $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_index AS i ON i.indexrelid = k.conindid
        WHERE k.conrelid = {Class(key.Table)} AND k.conname = {Literal.Of(key.Name.Name)} AND k.contype = '{(key.IsPrimary ? 'p' : 'u')}'
          AND {IsPutOff("k.", key.Deferrable)} AND {IsIndexOf(key)})
        """;

    /// <summary>Whether an index that is no constraint yet is valid and can become this one.</summary>
    public static string UniqueIndexIs(QualifiedName index, UniqueKey key) => $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_index AS i
        WHERE i.indexrelid = {Class(index)} AND i.indrelid = {Class(key.Table)} AND {IsIndexOf(key)})
        """;

    private static string IsIndexOf(UniqueKey key) => $"""
        i.indisvalid AND i.indisready AND i.indisunique AND i.indexprs IS NULL AND i.indpred IS NULL
          AND i.indnkeyatts = {key.Columns.Count} AND i.indnullsnotdistinct = {Sql(key.NullsNotDistinct)}
          AND {NamesOfColumns} = {Literal.Of(key.Columns.Concat(key.Include).Select(column => column.Name))}
        """;

    /// <summary>Whether the table has a primary key of another name.</summary>
    public static string HasOtherPrimaryKey(QualifiedName table, Identifier name) => $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint
        WHERE conrelid = {Class(table)} AND contype = 'p' AND conname <> {Literal.Of(name.Name)})
        """;

    /// <summary>Whether one of these columns may hold NULL.</summary>
    public static string OneIsNullable(QualifiedName table, IEnumerable<Identifier> columns) => $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute
        WHERE attrelid = {Class(table)} AND attname = ANY ({Literal.Of(columns.Select(column => column.Name))}) AND NOT attisdropped AND NOT attnotnull)
        """;

    /// <summary>Whether a valid CHECK of any name says that the column holds no NULL.</summary>
    public static string ColumnIsProven(QualifiedName table, Identifier column) => $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint
        WHERE conrelid = {Class(table)} AND contype = 'c' AND convalidated
          AND pg_catalog.pg_get_expr(conbin, conrelid) = pg_catalog.format('(%I IS NOT NULL)', {Literal.Of(column.Name)}::text))
        """;

    /// <summary>The name of the NOT NULL constraint of a column that is NOT VALID, if there is one. Since PostgreSQL 18.</summary>
    public static string NotNullThatIsNotValid(QualifiedName table, Identifier column) => $"""
        SELECT k.conname FROM pg_catalog.pg_constraint AS k
        WHERE k.conrelid = {Class(table)} AND k.contype = 'n' AND NOT k.convalidated AND k.conkey = ARRAY[{Numbers(table, [column])}]
        """;

    public static string NameIsFree(QualifiedName name) => $"SELECT {Class(name)} IS NULL";

    /// <summary>Whether an enum has a value.</summary>
    public static string EnumHas(QualifiedName type, string value) => $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_enum
        WHERE enumtypid = pg_catalog.to_regtype({Literal.Of(type.ToString())})::oid AND enumlabel = {Literal.Of(value)})
        """;

    /// <summary>Names of all partitioned tables: schema, name.</summary>
    public const string PartitionedTables = """
        -- partitioned tables
        SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind = 'p'
        """;

    public static string TriggerExists(QualifiedName table, Identifier name) => $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = {Class(table)} AND tgname = {Literal.Of(name.Name)})
        """;

    public static string Both(string one, string other) => $"SELECT ({one}) AND ({other})";

    private static string Sql(bool value) => value ? "true" : "false";

    private static string Constraint(QualifiedName table, Identifier name) =>
        $"SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {Class(table)} AND conname = {Literal.Of(name.Name)}";

    // to_regclass, not a cast: a name that does not exist is null, not an error.
    private static string Class(QualifiedName name) => $"pg_catalog.to_regclass({Literal.Of(name.ToString())})::oid";
}
