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
    public void AddColumn(
        string table, string column, string type, string? existing = null, string? defaultValue = null, bool notNull = false, string key = "id") =>
        Add(new AddColumn(table, Identifier.Parse(column), type, existing, defaultValue, notNull, Identifier.Parse(key)));

    /// <summary>
    /// Renames a column so that both names can be read and written until <see cref="FinishRenameColumn"/>: the column gets the new name, and a copy that
    /// a trigger keeps in step has the old one. Needs <see cref="TransactionBehavior.None"/>. Its Down is <see cref="UndoRenameColumn"/>.
    /// </summary>
    /// <remarks>
    /// Constraints, foreign keys, views, policies and comments stay with the column; the copy gets its indexes, privileges and a default that is not
    /// volatile. A new row that says NULL under the old name gets the default where that is volatile. Partitioned tables, generated columns,
    /// triggers with UPDATE OF the column, BEFORE triggers that name it and publications that list it are refused. <c>SELECT *</c> returns
    /// the copy, too.
    /// </remarks>
    /// <param name="table">The table.</param>
    /// <param name="from">The old name.</param>
    /// <param name="to">The new name.</param>
    /// <param name="key">A unique, indexed column, by which the copy is filled. Default: <c>id</c>.</param>
    public void RenameColumn(string table, string from, string to, string key = "id") =>
        Add(new RenameColumn(table, Identifier.Parse(from), Identifier.Parse(to), Identifier.Parse(key)));

    /// <summary>Gives a column its old name again, with everything that was written under either name: the Down of <see cref="RenameColumn"/>.</summary>
    /// <param name="table">The table.</param>
    /// <param name="from">The old name.</param>
    /// <param name="to">The new name.</param>
    public void UndoRenameColumn(string table, string from, string to) => Add(new UndoRenameColumn(table, Identifier.Parse(from), Identifier.Parse(to)));

    /// <summary>
    /// Drops the old name of a column, once no application uses it: for a migration with <c>[Contract]</c>. Its Down is <see cref="UndoFinishRenameColumn"/>.
    /// </summary>
    /// <remarks>What is dropped is a copy, and it is compared with the column before. Where a view reads the old name, the server refuses.</remarks>
    /// <param name="table">The table.</param>
    /// <param name="from">The old name.</param>
    /// <param name="to">The new name.</param>
    public void FinishRenameColumn(string table, string from, string to) => Add(new FinishRenameColumn(table, Identifier.Parse(from), Identifier.Parse(to)));

    /// <summary>Gives a column its old name once more, beside the new one. Needs <see cref="TransactionBehavior.None"/>.</summary>
    /// <param name="table">The table.</param>
    /// <param name="from">The old name.</param>
    /// <param name="to">The new name.</param>
    /// <param name="key">As in <see cref="RenameColumn"/>.</param>
    public void UndoFinishRenameColumn(string table, string from, string to, string key = "id") =>
        Add(new UndoFinishRenameColumn(table, Identifier.Parse(from), Identifier.Parse(to), Identifier.Parse(key)));

    /// <summary>
    /// Changes the type of a column without writing the table anew under a lock: a second column is filled in batches and kept in step by a trigger, then
    /// takes the name. The old one follows, hidden, until <see cref="FinishChangeType"/>. Needs <see cref="TransactionBehavior.None"/>.
    /// Its Down is <see cref="UndoChangeType"/>.
    /// </summary>
    /// <remarks>
    /// Defaults, identities and sequences, NOT NULL, checks, keys, foreign keys from and to the column, indexes, comments, privileges and
    /// extended statistics go along. A value that one of the expressions cannot convert fails its write, by an application, too: of an
    /// <c>integer</c> that becomes a <c>bigint</c>, values beyond the old range can be written after <see cref="FinishChangeType"/>. Views, policies,
    /// generated columns, triggers, publications and functions that name the column, a replica identity, exclusion and deferrable constraints, and
    /// partitioned tables are refused before the first change.
    /// </remarks>
    /// <param name="table">The table.</param>
    /// <param name="column">The column.</param>
    /// <param name="type">Its new type.</param>
    /// <param name="convert">The new value, as an expression of the column by its name. Default: the old value, assigned.</param>
    /// <param name="back">The old value, as an expression of the new one by the same name. Default: the new value, assigned.</param>
    /// <param name="key">A unique, indexed column, by which the second one is filled. Default: <c>id</c>.</param>
    public void ChangeType(string table, string column, string type, string? convert = null, string? back = null, string key = "id") =>
        Add(new ChangeType(table, Identifier.Parse(column), new Conversion(type, convert, back), Identifier.Parse(key)));

    /// <summary>Gives a column its old type again, with everything that was written meanwhile: the Down of <see cref="ChangeType"/>.</summary>
    /// <remarks>Indexes and constraints are built for the old column first, as for the new one before. Needs <see cref="TransactionBehavior.None"/>.</remarks>
    /// <param name="table">The table.</param>
    /// <param name="column">The column.</param>
    /// <param name="back">As in <see cref="ChangeType"/>, for the default of the column.</param>
    public void UndoChangeType(string table, string column, string? back = null) => Add(new UndoChangeType(table, Identifier.Parse(column), back));

    /// <summary>
    /// Archives and drops the old column, once no application needs the old type: for a migration with <c>[Contract]</c>. Needs
    /// <see cref="TransactionBehavior.None"/>. Its Down is <see cref="UndoFinishChangeType"/>.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="column">The column.</param>
    /// <param name="key">A unique, indexed column. Default: <c>id</c>.</param>
    public void FinishChangeType(string table, string column, string key = "id") =>
        Add(new FinishChangeType(table, Identifier.Parse(column), Identifier.Parse(key)));

    /// <summary>
    /// Gives a column its old type beside the new one once more: archived values where the new one is still theirs, converted ones elsewhere. Needs
    /// <see cref="TransactionBehavior.None"/>.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="column">The column.</param>
    /// <param name="type">The old type.</param>
    /// <param name="convert">As in <see cref="ChangeType"/>.</param>
    /// <param name="back">As in <see cref="ChangeType"/>.</param>
    /// <param name="key">A unique, indexed column. Default: <c>id</c>.</param>
    public void UndoFinishChangeType(string table, string column, string type, string? convert = null, string? back = null, string key = "id") =>
        Add(new UndoFinishChangeType(table, Identifier.Parse(column), new Conversion(type, back, convert), Identifier.Parse(key)));

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
    public void RenameTable(string from, string to) => Add(OrgSchema.Online.RenameTable.To(Names(from, to)));

    /// <summary>Gives a table its old name again: the Down of <see cref="RenameTable"/>.</summary>
    /// <param name="from">The old name.</param>
    /// <param name="to">The new name, in the same schema.</param>
    public void UndoRenameTable(string from, string to) => Add(OrgSchema.Online.RenameTable.Undo(Names(from, to)));

    /// <summary>
    /// Drops the view with the old name of a table, once no application uses it: for a migration with <c>[Contract]</c>. Its Down is
    /// <see cref="UndoFinishRenameTable"/>. Where something depends on the view, the server refuses.
    /// </summary>
    /// <param name="from">The old name.</param>
    /// <param name="to">The new name, in the same schema.</param>
    public void FinishRenameTable(string from, string to) => Add(OrgSchema.Online.RenameTable.Finish(Names(from, to)));

    /// <summary>Makes the view with the old name of a table again.</summary>
    /// <param name="from">The old name.</param>
    /// <param name="to">The new name, in the same schema.</param>
    public void UndoFinishRenameTable(string from, string to) => Add(OrgSchema.Online.RenameTable.UndoFinish(Names(from, to)));

    private static OldNameView Names(string from, string to)
    {
        QualifiedName table = from;
        return new OldNameView(table, In(table.Schema, to));
    }
}
