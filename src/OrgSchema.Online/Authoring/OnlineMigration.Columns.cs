using FluentMigrator;

namespace OrgSchema.Online;

/// <content>Columns and tables that change while two versions of the application are at work.</content>
public abstract partial class OnlineMigration
{
    /// <summary>
    /// Adds a column with values for existing rows, without writing the table anew. The old application may go on: its new rows get the default.
    /// Existing rows are filled in batches; where the default is constant, the catalog fills them. Needs <see cref="TransactionBehavior.None"/>.
    /// </summary>
    /// <remarks>
    /// Its Down is <see cref="ArchiveAndDropColumn"/>; values that are in the archive come back first. Triggers of the table do not fire where
    /// this role may set <c>session_replication_role</c>. Names of types and functions outside of <c>public</c> need their schema.
    /// A row for which there is no value fails the migration where the column is NOT NULL.
    /// </remarks>
    /// <param name="table">The table.</param>
    /// <param name="column">The column.</param>
    /// <param name="type">Its type, without a default and without NOT NULL. A domain with a constraint or a default is refused.</param>
    /// <param name="existing">An expression of a row <c>t</c>: the value of an existing row. Default: the value of <paramref name="defaultValue"/>.</param>
    /// <param name="defaultValue">The default, as SQL. Null: none.</param>
    /// <param name="notNull">Whether it becomes NOT NULL, without a scan under an exclusive lock. Default: it does not.</param>
    /// <param name="key">A unique, indexed column that does not change. Default: <c>id</c>.</param>
    protected void AddColumn(
        string table, string column, string type, string? existing = null, string? defaultValue = null, bool notNull = false, string key = "id") =>
        Add(new AddColumn(table, Identifier.Parse(column), type, existing, defaultValue, notNull, Identifier.Parse(key)));
}
