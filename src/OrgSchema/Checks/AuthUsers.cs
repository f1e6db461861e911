namespace OrgSchema;

/// <summary>What this role sees of <c>auth.users</c>: row level security without a policy hides rows and raises no error.</summary>
internal static class AuthUsers
{
    /// <summary>What can be read.</summary>
    public enum View
    {
        /// <summary>Not to be read at all, or not the table that it should be.</summary>
        None,

        /// <summary>To be read, but the rows are hidden.</summary>
        Hidden,

        /// <summary>Every row.</summary>
        Open,
    }

    public const string Sql = """
        -- orgschema checks: is auth.users visible
        SELECT pg_catalog.row_security_active(c.oid)
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
        WHERE n.nspname = 'auth' AND c.relname = 'users'
          AND a.attname = 'id' AND a.atttypid = 'pg_catalog.uuid'::pg_catalog.regtype
          AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
        """;

    /// <summary>View that the rows of <see cref="Sql"/> show.</summary>
    public static View Of(List<bool> rows) => rows switch
    {
        [true] => View.Hidden,
        [false] => View.Open,
        _ => View.None,
    };
}
