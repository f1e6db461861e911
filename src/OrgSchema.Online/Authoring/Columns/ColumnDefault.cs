namespace OrgSchema.Online;

/// <summary>What the catalog says of the default of a column.</summary>
internal static class ColumnDefault
{
    /// <summary>
    /// An expression: whether each evaluation of the default of a row <c>a</c> of pg_attribute may give another value. <c>now()</c> does not,
    /// within a transaction.
    /// </summary>
    /// <remarks>pg_depend has no rows for the server's own functions, so they are looked up in the stored expression.</remarks>
    public const string IsVolatile = """
        (a.attidentity <> '' OR EXISTS (
            SELECT FROM pg_catalog.pg_attrdef AS d
            CROSS JOIN LATERAL pg_catalog.regexp_matches(d.adbin::text, ':(?:funcid|opfuncid) (\d+)', 'g') AS m (found)
            JOIN pg_catalog.pg_proc AS p ON p.oid = m.found[1]::oid
            WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND p.provolatile = 'v'))
        """;

    /// <summary>An expression: whether each evaluation of the default of a row <c>d</c> of pg_attrdef gives the same value, whoever asks and when.</summary>
    public const string IsConstant = """
        (d.adbin::text !~ 'SQLVALUEFUNCTION|NEXTVALUEEXPR' AND NOT EXISTS (
            SELECT FROM pg_catalog.regexp_matches(d.adbin::text, ':(?:funcid|opfuncid) (\d+)', 'g') AS m (found)
            JOIN pg_catalog.pg_proc AS p ON p.oid = m.found[1]::oid
            WHERE p.provolatile <> 'i'))
        """;
}
