using FluentMigrator.Expressions;

namespace OrgSchema.Online;

/// <summary>The locks that FluentMigrator's own expressions take. Raw SQL says nothing here: its author does, with <see cref="OnlineMigration.Sql(string, TableLock[])"/>.</summary>
internal static class LockNeeds
{
    public static IReadOnlyList<TableLock> Of(IMigrationExpression expression) => expression switch
    {
        CreateForeignKeyExpression { ForeignKey: var key } =>
            Both(Lock(key.ForeignTableSchema, key.ForeignTable, LockMode.ShareRowExclusive), Lock(key.PrimaryTableSchema, key.PrimaryTable, LockMode.ShareRowExclusive)),
        DeleteForeignKeyExpression { ForeignKey: var key } => Lock(key.ForeignTableSchema, key.ForeignTable, LockMode.AccessExclusive, andReferenced: true),
        CreateIndexExpression { Index: var index } => Lock(index.SchemaName, index.TableName, LockMode.Share),
        DeleteIndexExpression { Index: var index } => Lock(index.SchemaName, index.TableName, LockMode.AccessExclusive),
        CreateConstraintExpression { Constraint: var constraint } => Lock(constraint.SchemaName, constraint.TableName, LockMode.AccessExclusive),
        DeleteConstraintExpression { Constraint: var constraint } => Lock(constraint.SchemaName, constraint.TableName, LockMode.AccessExclusive),
        DeleteTableExpression table => Lock(table.SchemaName, table.TableName, LockMode.AccessExclusive, andReferenced: true),
        DeleteColumnExpression column => Lock(column.SchemaName, column.TableName, LockMode.AccessExclusive, andReferenced: true),
        AlterTableExpression table => Lock(table.SchemaName, table.TableName, LockMode.AccessExclusive),
        CreateColumnExpression column => Lock(column.SchemaName, column.TableName, LockMode.AccessExclusive),
        AlterColumnExpression column => Lock(column.SchemaName, column.TableName, LockMode.AccessExclusive),
        RenameColumnExpression column => Lock(column.SchemaName, column.TableName, LockMode.AccessExclusive),
        RenameTableExpression table => Lock(table.SchemaName, table.OldName, LockMode.AccessExclusive),
        AlterDefaultConstraintExpression column => Lock(column.SchemaName, column.TableName, LockMode.AccessExclusive),
        DeleteDefaultConstraintExpression column => Lock(column.SchemaName, column.TableName, LockMode.AccessExclusive),
        _ => [],
    };

    /// <summary>What they do to rows. A column that changes may be written anew, depending on its types.</summary>
    public static IReadOnlyList<RowWork> RowsOf(IMigrationExpression expression) => expression switch
    {
        CreateForeignKeyExpression { ForeignKey: var key } => Work(key.ForeignTableSchema, key.ForeignTable, RowAccess.Scan),
        CreateIndexExpression { Index: var index } => Work(index.SchemaName, index.TableName, RowAccess.Build),
        CreateConstraintExpression { Constraint: var constraint } => Work(constraint.SchemaName, constraint.TableName, RowAccess.Build),
        AlterColumnExpression column => Work(column.SchemaName, column.TableName, RowAccess.Rewrite),
        InsertDataExpression data => Work(data.SchemaName, data.TableName, RowAccess.Insert),
        UpdateDataExpression data => Work(data.SchemaName, data.TableName, RowAccess.Update),
        DeleteDataExpression data => Work(data.SchemaName, data.TableName, RowAccess.Delete),
        _ => [],
    };

    private static RowWork[] Work(string? schema, string? table, RowAccess access) =>
        [.. Lock(schema, table, LockMode.AccessShare).Select(of => new RowWork(of.Table, access))];

    // Without a schema the table is wherever the search path leads: assume public, as FluentMigrator does.
    private static TableLock[] Lock(string? schema, string? table, LockMode mode, bool andReferenced = false) =>
        string.IsNullOrEmpty(table) ? [] : [new TableLock(QualifiedName.OfCatalog(string.IsNullOrEmpty(schema) ? "public" : schema, table), mode, andReferenced)];

    private static TableLock[] Both(TableLock[] one, TableLock[] other) => [.. one, .. other];
}
