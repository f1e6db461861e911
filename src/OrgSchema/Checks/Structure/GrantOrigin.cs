using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Where a grant that no migration makes comes from.</summary>
/// <param name="IsDecided">Row level security is on, and a policy applies to the role: see <see cref="PolicyDecision"/>.</param>
/// <param name="IsByDefault">The default privileges of the database give it on every new table.</param>
/// <param name="Named">For PUBLIC: roles that policies name, and that hold the privileges through PUBLIC.</param>
internal sealed record GrantOrigin(bool IsDecided, bool IsByDefault, string[] Named)
{
    public static readonly GrantOrigin Unknown = new(false, false, []);

    /// <summary>SQL: where each grant on the tables of the migrations comes from.</summary>
    public static readonly string Sql = $"""
        -- orgschema checks: where grants come from
        WITH tables AS (
            SELECT c.oid, c.relowner, c.relnamespace, c.relacl, n.nspname || '.' || pg_catalog.quote_ident(c.relname) AS qualified
            FROM pg_catalog.pg_class AS c
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND c.relname IN ('organizations', 'org_members', 'user_profiles')
        ), grants AS (
            SELECT 'Grant' AS kind, t.oid, t.relowner, t.relnamespace, t.qualified, a.grantee, a.privilege_type
            FROM tables AS t
            CROSS JOIN LATERAL pg_catalog.aclexplode(t.relacl) AS a
            UNION ALL
            SELECT 'ColumnGrant', t.oid, t.relowner, t.relnamespace, t.qualified, a.grantee, a.privilege_type
            FROM tables AS t
            JOIN pg_catalog.pg_attribute AS c ON c.attrelid = t.oid AND NOT c.attisdropped
            CROSS JOIN LATERAL pg_catalog.aclexplode(c.attacl) AS a
        )
        SELECT g.kind, g.qualified, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END,
               {PolicyDecision.IsMade("g.oid", "g.grantee")},
               g.kind = 'Grant' AND pg_catalog.bool_and(EXISTS (
                   SELECT FROM pg_catalog.pg_default_acl AS d
                   CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) AS e
                   WHERE d.defaclrole = g.relowner AND d.defaclobjtype = 'r' AND d.defaclnamespace IN (0, g.relnamespace)
                     AND e.grantee = g.grantee AND e.privilege_type = g.privilege_type)),
               ARRAY(SELECT DISTINCT pg_catalog.quote_ident(r.rolname)
                     FROM pg_catalog.pg_policy AS p
                     JOIN pg_catalog.pg_roles AS r ON r.oid = ANY (p.polroles)
                     WHERE g.grantee = 0 AND p.polrelid = g.oid AND {PolicyDecision.IsMade("g.oid", "r.oid")} ORDER BY 1)
        FROM grants AS g
        WHERE g.grantee <> g.relowner
        GROUP BY g.kind, g.oid, g.relowner, g.relnamespace, g.qualified, g.grantee
        """;

    /// <summary>Origin that a row of <see cref="Sql"/> shows, and the key of the grant.</summary>
    public static ((FactKind, string, string) Key, GrantOrigin Origin) Of(NpgsqlDataReader row) => (
        (Enum.Parse<FactKind>(row.GetString(0)), row.GetString(1), row.GetString(2)),
        new GrantOrigin(row.GetBoolean(3), row.GetBoolean(4), row.GetFieldValue<string[]>(5)));
}
