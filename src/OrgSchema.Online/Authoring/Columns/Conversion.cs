namespace OrgSchema.Online;

/// <summary>How the second column of a table gets its values, and the first one back.</summary>
/// <param name="Type">The second type.</param>
/// <param name="There">The expression for the second value, of the first column by its name. Null: that value, assigned.</param>
/// <param name="Back">The expression for the first value, of the second one by the same name. Null: that value, assigned.</param>
internal sealed record Conversion(string Type, string? There, string? Back)
{
    /// <summary>Settings of the trigger's function: a value must not depend on those of a client.</summary>
    public const string Settings =
        "SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD' SET intervalstyle = 'postgres' SET timezone = 'UTC' "
        + "SET extra_float_digits = 1 SET bytea_output = 'hex'";

    /// <summary>PL/pgSQL statements that fail unless the second column could have the default of a column.</summary>
    public string TryDefault(QualifiedName table, Identifier first, Identifier second) => $"""
        {MoveDefault(table, first, second, There)}
        ALTER TABLE {table} ALTER COLUMN {second} DROP DEFAULT;
        """;

    /// <summary>PL/pgSQL statements that give a column the default of another one, in its own type.</summary>
    /// <remarks>A value is converted as those of rows are. What may be another one later, such as <c>nextval()</c>, is assigned.</remarks>
    /// <param name="table">The table.</param>
    /// <param name="from">The column that has it.</param>
    /// <param name="to">The column that gets it.</param>
    /// <param name="expression">As <see cref="There"/>, of <paramref name="from"/>.</param>
    /// <param name="name">The name of the column in the expression. Default: that of <paramref name="from"/>.</param>
    public static string MoveDefault(QualifiedName table, Identifier from, Identifier to, string? expression, Identifier? name = null)
    {
        var inExpression = name ?? from;
        var value = Literal.OfPattern($"SELECT ({expression ?? inExpression.ToString()})::text FROM (SELECT (%s)::%s) AS v ({inExpression})");
        return $"""
            DECLARE
                initial record;
                converted text;
            BEGIN
                FOR initial IN
                    SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS sql, pg_catalog.format_type(t.atttypid, t.atttypmod) AS type,
                           pg_catalog.format_type(a.atttypid, a.atttypmod) AS old_type, {ColumnDefault.IsConstant} AS is_constant
                    FROM pg_catalog.pg_attribute AS a
                    JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                    JOIN pg_catalog.pg_attribute AS t ON t.attrelid = a.attrelid AND t.attname = {Literal.Of(to.Name)}
                    WHERE a.attrelid = pg_catalog.to_regclass({Literal.Of(table.ToString())}) AND a.attname = {Literal.Of(from.Name)} AND a.attidentity = ''
                LOOP
                    IF initial.is_constant THEN
                        EXECUTE pg_catalog.format({value}, initial.sql, initial.old_type) INTO converted;
                        initial.sql := pg_catalog.format('%L::%s', converted, initial.type);
                    END IF;
                    EXECUTE pg_catalog.format({Literal.OfPattern($"ALTER TABLE {table} ALTER COLUMN {to} SET DEFAULT %s")}, initial.sql);
                END LOOP;
            END;
            """;
    }
}
