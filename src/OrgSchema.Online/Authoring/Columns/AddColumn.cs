namespace OrgSchema.Online;

/// <summary>A new column with values for existing rows: the default is for new rows only, the others are filled in batches.</summary>
/// <remarks>
/// ADD COLUMN with a volatile default writes the table anew while everybody waits.
/// https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
/// </remarks>
internal sealed class AddColumn(
    QualifiedName table, Identifier column, string type, string? existing, string? initial, bool notNull, Identifier key) : OnlineExpression
{
    // Of no class of the server's.
    private const string IsConstant = "OS001";

    private string? Value => existing ?? initial;

    internal override IEnumerable<Step> Steps(StepContext context) => Step.InOrder(context, Verbs(context));

    private IReadOnlyList<OnlineExpression> Verbs(StepContext context) =>
    [
        new SqlExpression([
            SqlStatement.Check(
                $"SELECT pg_catalog.to_regtype({Literal.Of(type)}) IS NOT NULL",
                $"'{type}' is not the name of a type. Give the default and NOT NULL as parameters, not with the type.") with { Said = Said },
            SqlStatement.Check(
                $"SELECT NOT ({IsDemandingDomain})",
                $"{type} is a domain with a constraint or a default, and ADD COLUMN would write {table} anew while everybody waits. "
                    + "Use the type that it is based on, and AddCheck.") with { Said = "" },
            Add(context),
            SqlStatement.Check(HasType, $"The column {column} of {table} exists with another type than {type}.") with { Said = "" },
        ]),
        new RestoreColumn(table, column, key, $"d.{column} IS NULL", references: null),
        .. Value is null ? [] : SilentBackfill.Of(context, Fill(Value)),
        .. notNull ? new OnlineExpression[] { new RequireNotNull(table, column) } : [],
    ];

    internal override bool RestoresDefinitions => true;

    internal override bool NeedsNoTransaction => true;

    internal override string? IsFree => $"SELECT NOT ({Catalog.ColumnExists(table, column)})";

    internal override IEnumerable<SqlStatement> Cleanup(StepContext context) => context.Found.Contains(new Removal(RemovalKind.Column, table, column)) ? [] :
    [
        new($"ALTER TABLE {table} DROP COLUMN {column}")
        {
            OnlyIf = Catalog.ColumnExists(table, column),
            Condition = "it exists",
            Locks = [new(table, LockMode.AccessExclusive)],
            Why = "Rows refuse the column: it is dropped again, as at the end of a transaction that fails.",
        },
    ];

    public override string ToString() => $"add column {column} to {table}";

    private string Said => $"add column {column} {type} to {table} by {key}, {existing}, {initial}, {notNull}";

    private SqlStatement Add(StepContext context) => new(existing is null && initial is not null ? AddByCatalogIfConstant(context) : AddEmpty)
    {
        Said = "",
        OnlyIf = IsFree,
        Condition = "it does not exist",
        Locks = [new(table, LockMode.AccessExclusive)],
        Why = initial is null
            ? "A change of the catalog: existing rows have NULL, and no row is read."
            : "SET DEFAULT gives new rows a value from here on. In ADD COLUMN a volatile default would write all rows while everybody waits.",
    };

    private string AddEmpty => $"ALTER TABLE {table} ADD COLUMN {column} {type}{(initial is null ? "" : $", ALTER COLUMN {column} SET DEFAULT {initial}")}";

    // Only the catalog can tell whether a default is constant. With an archive, existing rows get their values from there.
    private string AddByCatalogIfConstant(StepContext context) => Dollars.Do("add", $"""
        BEGIN
            {AddEmpty};
            IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = {Class} AND a.attname = {Literal.Of(column.Name)}
                AND {ColumnDefault.IsVolatile})
                AND NOT ({Catalog.TableExists(new ColumnArchive(table, column, key, "", context).Name)}) THEN
                RAISE SQLSTATE '{IsConstant}';
            END IF;
        EXCEPTION WHEN SQLSTATE '{IsConstant}' THEN
            -- the catalog holds the value of existing rows
            ALTER TABLE {table} ADD COLUMN {column} {type} DEFAULT {initial}{(notNull ? " NOT NULL" : "")};
        END
        """);

    private BackfillExpression Fill(string value) => new(
        table,
        key,
        where: $"t.{column} IS NULL{(notNull ? "" : $" AND ({value}) IS NOT NULL")}",
        apply: $"UPDATE {table} AS t SET {column} = {value} FROM batch WHERE t.{key} = batch.key AND t.{column} IS NULL")
    {
        Needs = Catalog.Both(Catalog.ColumnExists(table, column), $"SELECT NOT ({IsFilledByCatalog})"),
        Said = "",
        Silent = true,
    };

    private string IsFilledByCatalog => Attribute("a.atthasmissing");

    private string HasType => Attribute($"a.atttypid = pg_catalog.to_regtype({Literal.Of(type)})::oid");

    private string Attribute(string condition) => $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = {Class} AND a.attname = {Literal.Of(column.Name)} AND NOT a.attisdropped AND {condition})
        """;

    private string IsDemandingDomain => $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_type AS y
        WHERE y.oid = pg_catalog.to_regtype({Literal.Of(type)})::oid AND y.typtype = 'd'
          AND (y.typnotnull OR y.typdefault IS NOT NULL OR EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.contypid = y.oid)))
        """;

    private string Class => $"pg_catalog.to_regclass({Literal.Of(table.ToString())})";
}
