namespace OrgSchema.Online;

/// <summary>Row level security with a policy for a role: whoever set it up has decided what the role may see, and it keeps its privileges.</summary>
public static class PolicyDecision
{
    /// <summary>The SQL condition that a table has row level security and a policy that applies to a role, which does not bypass it.</summary>
    /// <param name="table">SQL for the table's oid.</param>
    /// <param name="role">SQL for the role's oid; zero for PUBLIC, to whom only a policy for PUBLIC applies.</param>
    public static string IsMade(string table, string role) => $"""
        EXISTS (
            SELECT FROM pg_catalog.pg_class AS secured
            JOIN pg_catalog.pg_policy AS policy ON policy.polrelid = secured.oid
            CROSS JOIN LATERAL pg_catalog.unnest(policy.polroles) AS named (oid)
            WHERE secured.oid = {table} AND secured.relrowsecurity
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS free WHERE free.oid = {role} AND (free.rolsuper OR free.rolbypassrls))
              AND CASE WHEN named.oid = 0 THEN true WHEN {role} = 0 THEN false ELSE pg_catalog.pg_has_role({role}, named.oid, 'USAGE') END)
        """;
}
