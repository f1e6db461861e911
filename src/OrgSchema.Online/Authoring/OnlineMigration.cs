using FluentMigrator;
using FluentMigrator.Expressions;
using FluentMigrator.Infrastructure;

namespace OrgSchema.Online;

/// <summary>
/// A migration of a database in use. Beside FluentMigrator's own verbs it has those that could block the application, or
/// must go on after an interruption: each publishes its SQL and converges when it is run again.
/// </summary>
public abstract partial class OnlineMigration : Migration
{
    private ICollection<IMigrationExpression>? _expressions;

    /// <summary>Whether a migration is of this kind, and not a plain one of FluentMigrator's.</summary>
    internal static bool Is(KnownMigration migration) => typeof(OnlineMigration).IsAssignableFrom(migration.Type);

    /// <summary>A migration with verbs of its own.</summary>
    protected OnlineMigration()
    {
    }

    /// <summary>The verbs of another migration.</summary>
    private protected OnlineMigration(ICollection<IMigrationExpression> expressions) => _expressions = expressions;

    /// <inheritdoc />
    public sealed override void GetUpExpressions(IMigrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _expressions = context.Expressions;
        base.GetUpExpressions(context);
    }

    /// <inheritdoc />
    public sealed override void GetDownExpressions(IMigrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _expressions = context.Expressions;
        base.GetDownExpressions(context);
    }

    /// <summary>Builds an index without blocking writers. Needs <see cref="TransactionBehavior.None"/>.</summary>
    /// <remarks>On a partitioned table PostgreSQL cannot: writers wait there, and the plan says so.</remarks>
    /// <param name="name">Name of the index; its schema is the table's.</param>
    /// <param name="on">The table.</param>
    /// <param name="columns">
    /// Its columns, separated by commas, each with COLLATE, operator class, ASC, DESC and NULLS FIRST or LAST as in SQL: <c>team, Created DESC</c>.
    /// An expression has parentheses, and is SQL: <c>lower(name)</c>.
    /// </param>
    /// <param name="unique">Whether it is unique.</param>
    /// <param name="where">Which rows are in it, as SQL. Default: all.</param>
    /// <param name="include">Columns that it has for reading only, separated by commas.</param>
    /// <param name="method">The access method, such as <c>gin</c>. Default: <c>btree</c>.</param>
    /// <param name="nullsNotDistinct">Whether a unique index takes two rows with NULL for the same.</param>
    /// <param name="with">Storage parameters, such as <c>fillfactor = 70</c>.</param>
    /// <param name="tablespace">Its tablespace.</param>
    public void CreateIndexConcurrently(
        string name,
        string on,
        string columns,
        bool unique = false,
        string? where = null,
        string? include = null,
        string? method = null,
        bool nullsNotDistinct = false,
        string? with = null,
        string? tablespace = null)
    {
        QualifiedName table = on;
        var clauses = new IndexClauses(
            method is null ? null : $"{Identifier.Parse(method)}",
            include is null ? null : string.Join(", ", Identifier.ParseList(include)),
            nullsNotDistinct,
            with,
            tablespace is null ? null : $"{Identifier.Parse(tablespace)}",
            where);
        Add(new CreateIndexConcurrently(In(table.Schema, name), table, WantedIndex.Parse(columns, unique, clauses)));
    }

    /// <summary>Drops an index without blocking anybody. Needs <see cref="TransactionBehavior.None"/>.</summary>
    /// <param name="name">Name of the index; its schema is the table's.</param>
    /// <param name="on">The table.</param>
    public void DropIndexConcurrently(string name, string on)
    {
        QualifiedName table = on;
        Add(new DropIndexConcurrently(In(table.Schema, name), table));
    }

    /// <summary>Adds a foreign key NOT VALID, then validates it. Outside a transaction, so that the scan holds no strong lock.</summary>
    /// <param name="name">Constraint name.</param>
    /// <param name="table">The table that has the key.</param>
    /// <param name="column">Its column.</param>
    /// <param name="references">The referenced table.</param>
    /// <param name="referencedColumn">Its column. Default: <c>id</c>.</param>
    /// <param name="onDelete">What a delete of the referenced row does. Default: it is refused.</param>
    /// <param name="onUpdate">What a change of the referenced column does. Default: it is refused.</param>
    /// <param name="deferrable">Whether a transaction may put off the check. Default: it may not.</param>
    public void AddForeignKey(
        string name,
        string table,
        string column,
        string references,
        string referencedColumn = "id",
        OnDelete onDelete = OnDelete.Restrict,
        OnUpdate onUpdate = OnUpdate.NoAction,
        Deferrable deferrable = Deferrable.No) =>
        AddForeignKey(name, table, [column], references, [referencedColumn], onDelete, onUpdate, matchFull: false, deferrable);

    /// <summary>Adds a foreign key of several columns NOT VALID, then validates it. Outside a transaction, so that the scan holds no strong lock.</summary>
    /// <param name="name">Constraint name.</param>
    /// <param name="table">The table that has the key.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="references">The referenced table.</param>
    /// <param name="referencedColumns">Its columns, in the same order.</param>
    /// <param name="onDelete">What a delete of the referenced row does. Default: it is refused.</param>
    /// <param name="onUpdate">What a change of the referenced columns does. Default: it is refused.</param>
    /// <param name="matchFull">Whether a row with NULL in one column must have it in all.</param>
    /// <param name="deferrable">Whether a transaction may put off the check. Default: it may not.</param>
    public void AddForeignKey(
        string name,
        string table,
        string[] columns,
        string references,
        string[] referencedColumns,
        OnDelete onDelete = OnDelete.Restrict,
        OnUpdate onUpdate = OnUpdate.NoAction,
        bool matchFull = false,
        Deferrable deferrable = Deferrable.No)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(referencedColumns);
        if (columns.Length == 0 || columns.Length != referencedColumns.Length)
            throw new ArgumentException($"{name} has {columns.Length} columns and refers to {referencedColumns.Length}.", nameof(referencedColumns));
        Add(new AddForeignKey(new ForeignKey(Identifier.Parse(name), table, Names(columns), references, Names(referencedColumns), onDelete)
        {
            OnUpdate = onUpdate,
            MatchFull = matchFull,
            Deferrable = deferrable,
        }));
    }

    /// <summary>
    /// Adds a unique constraint: its index is built without blocking writers, then becomes the constraint. Needs <see cref="TransactionBehavior.None"/>.
    /// </summary>
    /// <remarks>On a partitioned table PostgreSQL cannot: everybody waits there, and the plan says so. <see cref="DropConstraint"/> is its Down.</remarks>
    /// <param name="name">Constraint name; its index has the same.</param>
    /// <param name="table">The table.</param>
    /// <param name="columns">Its columns, separated by commas.</param>
    /// <param name="include">Columns that its index has for reading only, separated by commas.</param>
    /// <param name="nullsNotDistinct">Whether two rows with NULL are the same.</param>
    /// <param name="deferrable">Whether a transaction may put off the check. Default: it may not.</param>
    public void AddUnique(
        string name, string table, string columns, string? include = null, bool nullsNotDistinct = false, Deferrable deferrable = Deferrable.No) =>
        Add(new AddUniqueKey(new UniqueKey(Identifier.Parse(name), table, Identifier.ParseList(columns))
        {
            Include = include is null ? [] : Identifier.ParseList(include),
            NullsNotDistinct = nullsNotDistinct,
            Deferrable = deferrable,
        }));

    /// <summary>
    /// Adds a primary key: its index is built without blocking writers, then becomes the key, and its columns NOT NULL without a scan. Needs
    /// <see cref="TransactionBehavior.None"/>.
    /// </summary>
    /// <remarks>
    /// On a partitioned table PostgreSQL cannot: everybody waits there, and the plan says so. <see cref="DropConstraint"/> is its Down. As in SQL,
    /// the columns stay NOT NULL: a Down that is to allow NULL has <see cref="AllowNull"/>, too.
    /// </remarks>
    /// <param name="name">Constraint name; its index has the same.</param>
    /// <param name="table">The table.</param>
    /// <param name="columns">Its columns, separated by commas.</param>
    public void AddPrimaryKey(string name, string table, string columns) =>
        Add(new AddUniqueKey(new UniqueKey(Identifier.Parse(name), table, Identifier.ParseList(columns), IsPrimary: true)));

    /// <summary>Adds a check NOT VALID, then validates it; one of that name that is there already stays. On a table in use outside a transaction, so that the scan holds no strong lock.</summary>
    /// <param name="name">Constraint name.</param>
    /// <param name="table">The table.</param>
    /// <param name="condition">What must be true, or null, of every row.</param>
    public void AddCheck(string name, string table, string condition) => Add(new AddCheck(Identifier.Parse(name), table, condition));

    /// <summary>Drops a constraint, if it is there, and what an interrupted <see cref="AddUnique"/> or <see cref="AddPrimaryKey"/> has left of it.</summary>
    public void DropConstraint(string name, string table) => Add(new DropConstraint(table, Identifier.Parse(name)));

    /// <summary>Makes a column NOT NULL without a scan under an exclusive lock. Needs <see cref="TransactionBehavior.None"/>.</summary>
    public void RequireNotNull(string table, string column) => Add(new RequireNotNull(table, Identifier.Parse(column)));

    /// <summary>Makes a column nullable.</summary>
    public void AllowNull(string table, string column) => Add(new AllowNull(table, Identifier.Parse(column)));

    /// <summary>
    /// Adds a value to an enum, unless it has it. In a transaction the value cannot be used before the end: use it in a later migration, or take
    /// <see cref="TransactionBehavior.None"/>.
    /// </summary>
    /// <remarks>PostgreSQL cannot remove a value: Down has nothing to do, and leaves it.</remarks>
    /// <param name="type">The enum.</param>
    /// <param name="value">The value.</param>
    /// <param name="before">The value that it comes before. Default: it is the last one.</param>
    /// <param name="after">The value that it comes after.</param>
    public void AddEnumValue(string type, string value, string? before = null, string? after = null)
    {
        if (before is not null && after is not null)
            throw new ArgumentException($"The value {value} of {type} comes before {before} or after {after}: only one can be said.", nameof(after));
        Add(new AddEnumValue(type, value, before, after));
    }

    /// <summary>Fails the migration unless a row can be updated through a trigger. The UPDATE that proves it is rolled back.</summary>
    /// <param name="table">The table, with or without rows.</param>
    /// <param name="trigger">The row trigger whose function is to be proven.</param>
    public void ProveUpdates(string table, string trigger) => Add(new ProveUpdates(table, Identifier.Parse(trigger)));

    /// <summary>Grants <paramref name="privileges"/> on a table to some roles and takes all from others and from PUBLIC.</summary>
    /// <remarks>A role keeps what it has where the table has row level security and a policy for that role: somebody has decided it.</remarks>
    /// <param name="table">The table.</param>
    /// <param name="to">Roles that get them.</param>
    /// <param name="nothingTo">Roles that default privileges may have given something.</param>
    /// <param name="privileges">What is granted. Default: ALL.</param>
    public void GrantOnly(string table, string[] to, string[] nothingTo, string privileges = "ALL") =>
        Add(new GrantOnly(table, privileges, Names(to), Names(nothingTo)));

    /// <summary>Walks a table by its key in short transactions. Needs <see cref="TransactionBehavior.None"/>.</summary>
    /// <param name="table">The table that is walked.</param>
    /// <param name="where">Which of its rows, as <c>t</c>, are still to be done.</param>
    /// <param name="apply">One statement that does the rows whose keys are in <c>batch</c>, a table with the one column <c>key</c>.</param>
    /// <param name="key">A unique, indexed column. Default: <c>id</c>.</param>
    public void Backfill(string table, string where, string apply, string key = "id") =>
        Add(new BackfillExpression(table, Identifier.Parse(key), where, apply));

    /// <summary>Runs one statement.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="locks">Locks that it takes on tables that others use: raw SQL cannot be asked.</param>
    public void Sql(string sql, params TableLock[] locks) =>
        Add(new SqlExpression(PatientSql.Of(new(sql) { IsAuthors = true, Locks = locks, Rows = RowsOf(sql) })));

    /// <summary>Runs one statement.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="why">Why it is done this way, for the plan.</param>
    /// <param name="locks">Locks that it takes on tables that others use: raw SQL cannot be asked.</param>
    public void Sql(string sql, string why, params TableLock[] locks) =>
        Add(new SqlExpression(PatientSql.Of(new(sql) { IsAuthors = true, Locks = locks, Rows = RowsOf(sql), Why = why })));

    /// <summary>Fails the migration with <paramref name="failure"/> unless the query returns true.</summary>
    public void Require(string query, string failure) => Add(new SqlExpression([SqlStatement.Check(query, failure) with { IsAuthors = true }]));

    /// <summary>Shows the line of text that the query returns to the person who runs this; null is not shown.</summary>
    public void Report(string query) => Add(new SqlExpression([SqlStatement.Report(query) with { IsAuthors = true }]));

    /// <summary>
    /// Deletes rows and archives them, with the rows of other tables that go along through foreign keys. They come back where the other
    /// direction has <see cref="Restore"/>. With <see cref="TransactionBehavior.None"/> in batches, so that no client waits for more than one.
    /// </summary>
    /// <param name="table">The table. It needs a unique key without NULL, as every table does whose rows go along.</param>
    /// <param name="where">Which of its rows, as <c>t</c>. Null: all.</param>
    /// <param name="locks">Locks beyond those of a DELETE.</param>
    public void ArchiveAndDelete(string table, string? where, params TableLock[] locks) => Add(new ArchiveAndDelete(table, where, locks));

    /// <summary>
    /// Drops a table and archives its rows and what others have added to it: columns, indexes, policies, grants, comments and more, as SQL.
    /// A run is refused before its first step where something of another table needs this one.
    /// </summary>
    /// <param name="table">The table.</param>
    public void ArchiveAndDropTable(string table) => Add(new ArchiveAndDropTable(table));

    /// <summary>
    /// Brings back what the other direction of this migration has archived of a table, and in an Up also what earlier migrations have: definitions of
    /// others, rows as they were, and what went along in other tables. What no longer has its place stays in the archive, and the run says why.
    /// </summary>
    /// <remarks>To be called last in the migration that makes the table. A link to a row that is gone is forgotten where its key is ON DELETE SET NULL.</remarks>
    public void Restore(string table) => Add(new Restore(table));

    /// <summary>Drops a column and keeps its values in the archive: copied in batches while a trigger follows the table. Needs <see cref="TransactionBehavior.None"/>.</summary>
    /// <param name="table">The table.</param>
    /// <param name="column">The column.</param>
    /// <param name="unchosen">
    /// Which values of a row <c>d</c> nobody has chosen, as in <see cref="RestoreColumn"/>: they do not take the place of an archived
    /// value that has not come back yet. Default: NULL.
    /// </param>
    /// <param name="key">A unique, indexed column that does not change. Default: <c>id</c>.</param>
    public void ArchiveAndDropColumn(string table, string column, string? unchosen = null, string key = "id") =>
        Add(new ArchiveAndDropColumn(table, Identifier.Parse(column), Identifier.Parse(key), unchosen ?? IsNull(column)));

    /// <summary>Gives rows the values again that a Down has archived, in batches. Needs <see cref="TransactionBehavior.None"/>.</summary>
    /// <remarks>Triggers of the table do not fire where this role may set <c>session_replication_role</c>: nothing has changed for them.</remarks>
    /// <param name="table">The table.</param>
    /// <param name="column">The column.</param>
    /// <param name="unchosen">Which values of a row <c>d</c> nobody has chosen: only they are replaced. Default: NULL.</param>
    /// <param name="references">The table that it refers to, if it does: a value that is gone from there stays in the archive.</param>
    /// <param name="key">A unique, indexed column that does not change. Default: <c>id</c>.</param>
    /// <param name="referencedColumn">The column of that table. Default: <c>id</c>.</param>
    public void RestoreColumn(
        string table, string column, string? unchosen = null, string? references = null, string key = "id", string referencedColumn = "id") =>
        Add(new RestoreColumn(
            table,
            Identifier.Parse(column),
            Identifier.Parse(key),
            unchosen ?? IsNull(column),
            references is null ? null : new ReferencedColumn(references, Identifier.Parse(referencedColumn))));

    /// <summary>Lets verbs run as they are written, although clients of the application may wait or fail. The run log keeps the reason.</summary>
    /// <param name="reason">Why it is right here, for those who read the run log.</param>
    /// <param name="verbs">The verbs, of FluentMigrator or raw SQL.</param>
    public void Unsafe(string reason, Action verbs)
    {
        ArgumentNullException.ThrowIfNull(verbs);
        Add(new UnsafeMark(reason));
        verbs();
        Add(new UnsafeMark(reason: null));
    }

    private static RowWork[] RowsOf(string sql) => RowWork.Of(sql) is { } work ? [work] : [];

    private static string IsNull(string column) => $"d.{Identifier.Parse(column)} IS NULL";

    private void Add(OnlineExpression expression) =>
        (_expressions ?? throw new InvalidOperationException("Verbs are for Up() and Down().")).Add(expression);

    private static QualifiedName In(string schema, string name) => new(schema, Identifier.Parse(name).Name);

    private static Identifier[] Names(string[] names) => [.. names.Select(Identifier.Parse)];
}
