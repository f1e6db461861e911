using Npgsql;

namespace OrgSchema.Online;

/// <summary>
/// The roles of the target, as a copy has them: with what counts inside of a database, without what reaches beyond it.
/// What the target says is data; the statements are written here.
/// </summary>
internal sealed record CopiedRoles(
    IReadOnlyList<CopiedRole> Roles, IReadOnlyList<(string Group, string Member, bool Admin)> Memberships, IReadOnlyList<(string Name, string Role)> Parameters)
{
    // https://www.postgresql.org/docs/current/predefined-roles.html
    private static readonly string[] ServerGroups =
        ["pg_execute_server_program", "pg_read_server_files", "pg_write_server_files", "pg_create_subscription"];

    private const string RolesSql = """
        -- schema copy: roles
        SELECT rolname::text, rolsuper, rolinherit, rolcreatedb, rolcanlogin, rolbypassrls, rolsuper OR rolcreaterole OR rolreplication
        FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' ORDER BY 1
        """;

    private const string MembershipsSql = """
        -- schema copy: memberships
        SELECT g.rolname::text, m.rolname::text, a.admin_option
        FROM pg_catalog.pg_auth_members AS a
        JOIN pg_catalog.pg_roles AS g ON g.oid = a.roleid
        JOIN pg_catalog.pg_roles AS m ON m.oid = a.member
        WHERE m.rolname !~ '^pg_' AND m.rolname <> g.rolname ORDER BY 1, 2
        """;

    private const string ParametersSql = """
        -- schema copy: rights to set parameters
        SELECT p.parname::text, r.rolname::text
        FROM pg_catalog.pg_parameter_acl AS p, pg_catalog.aclexplode(p.paracl) AS a JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
        WHERE a.privilege_type = 'SET' ORDER BY 1, 2
        """;

    public static async Task<CopiedRoles> ReadAsync(Session target, CancellationToken cancellationToken) => new(
        await target.QueryAsync(RolesSql, CopiedRole.Read, cancellationToken),
        await target.QueryAsync(MembershipsSql, row => (row.GetString(0), row.GetString(1), row.GetBoolean(2)), cancellationToken),
        await target.QueryAsync(ParametersSql, row => (row.GetString(0), row.GetString(1)), cancellationToken));

    /// <summary>The statements that make them, to be run by the superuser of a server where nothing of the target is yet.</summary>
    public IEnumerable<Recreated> Statements() =>
    [
        .. Roles.Select(role => new Recreated($"role {role.Name}", role.Sql)),
        .. Memberships.Where(of => !ServerGroups.Contains(of.Group)).Select(of => new Recreated(
            $"membership of {of.Member} in {of.Group}",
            $"GRANT {QualifiedName.Quoted(of.Group)} TO {QualifiedName.Quoted(of.Member)}{(of.Admin ? " WITH ADMIN OPTION" : "")}")),
        .. Parameters.Where(of => CopiedSettings.IsHarmless(of.Name)).Select(of => new Recreated(
            $"right of {of.Role} to set {of.Name}",
            $"GRANT SET ON PARAMETER {CopiedSettings.Quoted(of.Name)} TO {QualifiedName.Quoted(of.Role)}")),
    ];

    /// <summary>What of them a copy has not.</summary>
    public IEnumerable<Omission> Omissions()
    {
        const string why = "what the target has written must not reach beyond the copy";
        if (Roles.Where(role => role.IsPowerful).Select(role => role.Name).ToList() is { Count: > 0 } powerful)
            yield return new Omission($"SUPERUSER, CREATEROLE and REPLICATION of {string.Join(", ", powerful)}", why);
        foreach (var (group, member, _) in Memberships.Where(of => ServerGroups.Contains(of.Group)))
            yield return new Omission($"membership of {member} in {group}", why);
        foreach (var (name, role) in Parameters.Where(of => !CopiedSettings.IsHarmless(of.Name)))
            yield return new Omission($"right of {role} to set {name}", why);
    }
}

/// <summary>A role of the target.</summary>
internal sealed record CopiedRole(
    string Name, bool IsSuperuser, bool Inherits, bool CreatesDatabases, bool LogsIn, bool BypassesRowSecurity, bool IsPowerful)
{
    public static CopiedRole Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetBoolean(1), row.GetBoolean(2), row.GetBoolean(3), row.GetBoolean(4), row.GetBoolean(5), row.GetBoolean(6));

    /// <summary>A superuser sees every row: that much stays of it.</summary>
    public string Sql => string.Join(
        ' ',
        $"CREATE ROLE {QualifiedName.Quoted(Name)} NOSUPERUSER NOCREATEROLE NOREPLICATION",
        Inherits ? "INHERIT" : "NOINHERIT",
        CreatesDatabases ? "CREATEDB" : "NOCREATEDB",
        LogsIn ? "LOGIN" : "NOLOGIN",
        BypassesRowSecurity || IsSuperuser ? "BYPASSRLS" : "NOBYPASSRLS");
}
