using FluentMigrator.Expressions;

namespace OrgSchema.Online;

/// <summary>
/// Gives a table exactly the privileges named, whatever the default privileges of the database have granted before. A role that
/// is meant to get nothing keeps what it has where a <see cref="PolicyDecision"/> is made for it.
/// </summary>
internal sealed class GrantOnly(QualifiedName table, string privileges, IReadOnlyList<Identifier> to, IReadOnlyList<Identifier> nothingTo) : OnlineExpression
{
    public override IEnumerable<SqlStatement> Statements(StepContext context) => Commands;

    // What is said of it is what the statement was before it asked for policies: a database that has run it does not count as changed.
    private IEnumerable<SqlStatement> Commands =>
    [
        new(Close)
        {
            Said = $"REVOKE ALL ON TABLE {table} FROM PUBLIC, {Roles([.. nothingTo, .. to])}",
            Why = "Whoever has set up row level security with a policy for a role has decided what it may see: it keeps its privileges.",
        },
        new($"GRANT {privileges} ON TABLE {table} TO {Roles(to)}"),
    ];

    internal override IEnumerable<DeclaredGrant> Grants => [new(table, [.. to.Select(role => role.Name)])];

    internal override IEnumerable<IMigrationExpression> Plain(bool isPostgres) =>
        isPostgres ? Commands.Select(command => PlainForm.Sql(command.Sql)) : base.Plain(isPostgres);

    public override string ToString() => $"grants on {table}";

    // A role that a policy names, and that holds its privileges through PUBLIC alone, gets them itself before PUBLIC loses them.
    private string Close => Dollars.Do("close", $"""
        DECLARE
            decided oid[] := ARRAY(
                SELECT who.oid FROM (SELECT r.oid FROM pg_catalog.pg_roles AS r UNION ALL SELECT 0) AS who
                WHERE {PolicyDecision.IsMade(TableOid, "who.oid")});
            closed text := {Literal.Of(Roles(to))} || coalesce((
                SELECT pg_catalog.string_agg(', ' || n.role, '' ORDER BY n.role)
                FROM ROWS FROM (
                    pg_catalog.unnest({Literal.Of(nothingTo.Select(role => role.Name))}),
                    pg_catalog.unnest({Literal.Of(nothingTo.Select(Role))})) AS n (name, role)
                WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = n.name AND r.oid = ANY (decided))), '');
            held record;
        BEGIN
            IF NOT 0 = ANY (decided) THEN
                FOR held IN
                    SELECT DISTINCT e.privilege_type AS privilege, ' (' || pg_catalog.quote_ident(a.attname) || ')' AS in_column, r.rolname AS role
                    FROM (SELECT NULL::name AS attname, relacl AS acl FROM pg_catalog.pg_class WHERE oid = {TableOid}
                          UNION ALL
                          SELECT attname, attacl FROM pg_catalog.pg_attribute WHERE attrelid = {TableOid} AND NOT attisdropped) AS a
                    CROSS JOIN LATERAL pg_catalog.aclexplode(a.acl) AS e
                    JOIN pg_catalog.pg_policy AS p ON p.polrelid = {TableOid}
                    JOIN pg_catalog.pg_roles AS r ON r.oid = ANY (p.polroles) AND r.oid = ANY (decided)
                    WHERE e.grantee = 0
                LOOP
                    EXECUTE pg_catalog.format({Literal.Of($"GRANT %s%s ON TABLE {Literal.InPattern(table)} TO %I")}, held.privilege, held.in_column, held.role);
                END LOOP;
                closed := closed || ', PUBLIC';
            END IF;
            EXECUTE {Literal.Of($"REVOKE ALL ON TABLE {table} FROM ")} || closed;
        END
        """);

    private string TableOid => $"{Literal.Of(table.ToString())}::pg_catalog.regclass";

    private static string Roles(IEnumerable<Identifier> roles) => string.Join(", ", roles.Select(Role));

    // Words of GRANT that stand for a role.
    private static string Role(Identifier role) => role.Name is "current_role" or "current_user" or "session_user" ? role.Name : role.ToString();
}
