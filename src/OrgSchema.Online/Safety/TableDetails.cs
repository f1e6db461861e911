namespace OrgSchema.Online;

/// <summary>What the catalog tells about a table whose change is judged.</summary>
/// <param name="Columns">Its columns.</param>
/// <param name="Key">A column by which a backfill can walk; null: there is none.</param>
/// <param name="HasUpdateTriggers">Whether triggers of the application fire on updates.</param>
/// <param name="HasStatementTriggers">Whether some of them fire once for a statement: in batches, more often.</param>
/// <param name="Constraints">Its constraints.</param>
internal sealed record TableDetails(
    IReadOnlyList<TableColumn> Columns, Identifier? Key, bool HasUpdateTriggers, bool HasStatementTriggers, IReadOnlyList<TableConstraint> Constraints)
{
    /// <summary>The column of a name; null if it is not there yet.</summary>
    public TableColumn? Column(string? name) => Columns.FirstOrDefault(column => column.Name == name);

    /// <summary>The constraint of a name; null if it is not there yet.</summary>
    public TableConstraint? Constraint(string? name) => Constraints.FirstOrDefault(constraint => constraint.Name == name);

    public static async Task<TableDetails> ReadAsync(Session session, Relation table, CancellationToken cancellationToken)
    {
        var columns = await session.QueryAsync(
            $"""
            SELECT a.attname::text, pg_catalog.format_type(a.atttypid, NULL), pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
                EXISTS (SELECT FROM pg_catalog.pg_index AS i
                    WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indisvalid AND i.indisready AND i.indimmediate
                      AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum AND a.attnotnull) AS is_key
            FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = {table.Oid} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
            """,
            row => (Column: new TableColumn(row.GetString(0), row.GetString(1), row.GetString(2), row.GetBoolean(3)), IsKey: row.GetBoolean(4)),
            cancellationToken);
        var constraints = await session.QueryAsync(
            $"""
            SELECT conname::text, contype::text, pg_catalog.pg_get_constraintdef(oid)
            FROM pg_catalog.pg_constraint WHERE conrelid = {table.Oid} ORDER BY conname
            """,
            row => new TableConstraint(row.GetString(0), row.GetString(1)[0], row.GetString(2)),
            cancellationToken);
        var triggers = await session.QueryAsync(
            $"""
            SELECT DISTINCT tgtype & 1 > 0 FROM pg_catalog.pg_trigger
            WHERE tgrelid = {table.Oid} AND NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 16 > 0
            """,
            row => row.GetBoolean(0),
            cancellationToken);
        var key = columns.Where(column => column.IsKey).Select(column => Identifier.OfCatalog(column.Column.Name)).FirstOrDefault();
        return new TableDetails([.. columns.Select(column => column.Column)], key, triggers.Count > 0, triggers.Contains(false), constraints);
    }
}

/// <summary>A column, as the catalog has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="BaseType">Its type without length or precision.</param>
/// <param name="Type">Its type.</param>
/// <param name="IsNotNull">Whether it is NOT NULL.</param>
internal sealed record TableColumn(string Name, string BaseType, string Type, bool IsNotNull);

/// <summary>A constraint, as the catalog has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">As <c>pg_constraint.contype</c> has it.</param>
/// <param name="Definition">What it says.</param>
internal sealed record TableConstraint(string Name, char Kind, string Definition)
{
    /// <summary>Whether it says what is unique: an INSERT may name it in ON CONFLICT.</summary>
    public bool IsUnique => Kind is 'u' or 'p' or 'x';
}
