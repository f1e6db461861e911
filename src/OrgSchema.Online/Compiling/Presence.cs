using FluentMigrator.Expressions;

namespace OrgSchema.Online;

/// <summary>Whether what FluentMigrator's Create verbs would make is there already, by its name.</summary>
internal static class Presence
{
    /// <summary>A query that is true if it is not; null for what such a verb does not make.</summary>
    public static string? IsMissing(IMigrationExpression expression) => expression switch
    {
        CreateTableExpression table => $"SELECT NOT ({Catalog.TableExists(Name(table.SchemaName, table.TableName))})",
        CreateIndexExpression { Index: var index } => $"SELECT NOT ({Catalog.IndexExists(Name(index.SchemaName, index.Name), Name(index.SchemaName, index.TableName))})",
        CreateConstraintExpression { Constraint: var constraint } =>
            Catalog.ConstraintIsMissing(Name(constraint.SchemaName, constraint.TableName), Identifier.OfCatalog(constraint.ConstraintName)),
        CreateForeignKeyExpression { ForeignKey: var key } =>
            Catalog.ConstraintIsMissing(Name(key.ForeignTableSchema, key.ForeignTable), Identifier.OfCatalog(key.Name)),
        _ => null,
    };

    // As FluentMigrator does without a schema.
    private static QualifiedName Name(string? schema, string name) => QualifiedName.OfCatalog(string.IsNullOrEmpty(schema) ? "public" : schema, name);
}
