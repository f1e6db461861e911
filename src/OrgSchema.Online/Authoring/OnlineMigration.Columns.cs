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

    /// <summary>
    /// Renames a table so that both names can be read and written until <see cref="FinishRenameTable"/>: the table gets the new name, and an updatable view
    /// the old one, in one short transaction. Its Down is <see cref="UndoRenameTable"/>.
    /// </summary>
    /// <remarks>
    /// The view runs with the rights of the client, and has the table's privileges. SELECT, INSERT, UPDATE, DELETE, RETURNING, FOR UPDATE and
    /// ON CONFLICT with columns work through it, with defaults and identities. These do not: COPY, TRUNCATE, ON CONFLICT ON CONSTRAINT, system columns
    /// such as <c>ctid</c>, <c>pg_get_serial_sequence</c>, MERGE before PostgreSQL 17, and DDL. Names of sequences, indexes and
    /// constraints stay. A subscriber of a publication with the table needs a table of the new name first.
    /// </remarks>
    /// <param name="from">The table.</param>
    /// <param name="to">Its new name, in the same schema.</param>
    protected void RenameTable(string from, string to) => Add(OrgSchema.Online.RenameTable.To(Names(from, to)));

    /// <summary>Gives a table its old name again: the Down of <see cref="RenameTable"/>.</summary>
    /// <param name="from">The old name.</param>
    /// <param name="to">The new name, in the same schema.</param>
    protected void UndoRenameTable(string from, string to) => Add(OrgSchema.Online.RenameTable.Undo(Names(from, to)));

    /// <summary>
    /// Drops the view with the old name of a table, once no application uses it: for a migration with <c>[Contract]</c>. Its Down is
    /// <see cref="UndoFinishRenameTable"/>. Where something depends on the view, the server refuses.
    /// </summary>
    /// <param name="from">The old name.</param>
    /// <param name="to">The new name, in the same schema.</param>
    protected void FinishRenameTable(string from, string to) => Add(OrgSchema.Online.RenameTable.Finish(Names(from, to)));

    /// <summary>Makes the view with the old name of a table again.</summary>
    /// <param name="from">The old name.</param>
    /// <param name="to">The new name, in the same schema.</param>
    protected void UndoFinishRenameTable(string from, string to) => Add(OrgSchema.Online.RenameTable.UndoFinish(Names(from, to)));

    private static OldNameView Names(string from, string to)
    {
        QualifiedName table = from;
        return new OldNameView(table, In(table.Schema, to));
    }
}
