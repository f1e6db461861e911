namespace OrgSchema.Online;

/// <summary>A table that has a new name, and an updatable view with the old one.</summary>
/// <remarks>
/// The view runs as the client (security_invoker), so privileges, policies and defaults are those of the table.
/// https://www.postgresql.org/docs/current/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS
/// </remarks>
/// <param name="From">The old name.</param>
/// <param name="To">The new name, in the same schema.</param>
internal sealed record OldNameView(QualifiedName From, QualifiedName To)
{
    /// <summary>The locks of each command: on whatever has one of the names.</summary>
    public IReadOnlyList<TableLock> Locks => [new(From, LockMode.AccessExclusive), new(To, LockMode.AccessExclusive)];

    /// <summary>Whether the table has its old name only.</summary>
    public string IsOld => Catalog.Both(IsTable(From), $"SELECT NOT ({Catalog.TableExists(To)})");

    /// <summary>Whether the table has its new name only.</summary>
    public string IsNew => Catalog.Both(IsTable(To), $"SELECT NOT ({Catalog.TableExists(From)})");

    /// <summary>Whether the table has its new name, and a view of it has the old one.</summary>
    public string IsBoth => Catalog.Both(IsTable(To), $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_rewrite AS w
        JOIN pg_catalog.pg_class AS v ON v.oid = w.ev_class AND v.relkind = 'v'
        JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        WHERE w.ev_class = {Class(From)} AND d.refobjid = {Class(To)})
        """);

    /// <summary>The table by its old name.</summary>
    public string Rename => $"ALTER TABLE {From} RENAME TO {Identifier.OfCatalog(To.Name)};";

    /// <summary>PL/pgSQL statements that make the view, with the privileges that the table has and no others.</summary>
    /// <remarks>Default privileges may have given others.</remarks>
    public string Create => $"""
        DECLARE
            columns text := (
                SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = {Class(To)} AND a.attnum > 0 AND NOT a.attisdropped);
            granted record;
        BEGIN
            EXECUTE pg_catalog.format({Format($"CREATE VIEW {From} WITH (security_invoker = true) AS SELECT ", $" FROM {To}")}, columns);
            EXECUTE pg_catalog.format({Format($"ALTER VIEW {From} OWNER TO ", "")}, (
                SELECT pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)) FROM pg_catalog.pg_class AS c WHERE c.oid = {Class(To)}));
            FOR granted IN
                SELECT DISTINCT {Role} AS role FROM pg_catalog.pg_class AS c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS e
                WHERE c.oid = {Class(From)} AND e.grantee <> c.relowner
            LOOP
                EXECUTE pg_catalog.format({Format($"REVOKE ALL ON TABLE {From} FROM ", "")}, granted.role);
            END LOOP;
            FOR granted IN
                SELECT e.privilege_type || a.in_column AS privilege, {Role} AS role, CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS option
                FROM (SELECT c.relacl AS acl, c.relowner, '' AS in_column FROM pg_catalog.pg_class AS c WHERE c.oid = {Class(To)}
                      UNION ALL
                      SELECT a.attacl, c.relowner, ' (' || pg_catalog.quote_ident(a.attname) || ')' FROM pg_catalog.pg_attribute AS a
                      JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid WHERE c.oid = {Class(To)} AND NOT a.attisdropped) AS a
                CROSS JOIN LATERAL pg_catalog.aclexplode(a.acl) AS e
                WHERE e.grantee <> a.relowner AND e.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
            LOOP
                EXECUTE pg_catalog.format({Literal.OfPattern($"GRANT %s ON TABLE {From} TO %s%s")}, granted.privilege, granted.role, granted.option);
            END LOOP;
        END;
        """;

    /// <summary>Drops the view.</summary>
    public string Drop => $"DROP VIEW {From};";

    private const string Role = "CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END";

    private static string Format(string before, string after) => Literal.OfPattern($"{before}%s{after}");

    private static string IsTable(QualifiedName name) =>
        $"SELECT EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = {Class(name)} AND c.relkind IN ('r', 'p'))";

    private static string Class(QualifiedName name) => $"pg_catalog.to_regclass({Literal.Of(name.ToString())})";
}
