using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>What the roles of the data API reach that no grant on a table shows, and policies that fail when they are asked.</summary>
internal static class RoleSurfaceChecks
{
    // A grant on the table itself is a difference of its structure.
    private const string InheritedSql = """
        -- orgschema checks: reached through another role
        SELECT t.name, r.rolname::text, (
            SELECT pg_catalog.string_agg(pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(m.roleid)), ', ' ORDER BY m.roleid) FROM pg_catalog.pg_auth_members AS m WHERE m.member = r.oid)
        FROM pg_catalog.unnest(@tables) AS t (name)
        JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(t.name)
        JOIN pg_catalog.pg_roles AS r ON r.rolname = ANY (@roles)
        WHERE pg_catalog.has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
          AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) AS a WHERE a.grantee IN (0, r.oid))
        ORDER BY t.name, r.rolname
        """;

    private const string ViewsSql = """
        -- orgschema checks: reached through a view
        WITH RECURSIVE over AS (
            SELECT t.name, pg_catalog.to_regclass(t.name)::oid AS oid FROM pg_catalog.unnest(@tables) AS t (name)
            UNION
            SELECT o.name, w.ev_class
            FROM over AS o
            JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = o.oid AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
            JOIN pg_catalog.pg_rewrite AS w ON w.oid = d.objid
            JOIN pg_catalog.pg_class AS v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm')
            WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_options_to_table(v.reloptions) AS p WHERE p.option_name = 'security_invoker' AND p.option_value::boolean))
        SELECT o.name, pg_catalog.format('%I.%I', n.nspname, v.relname), v.relkind = 'v', pg_catalog.string_agg(r.rolname, ', ' ORDER BY r.rolname)
        FROM over AS o
        JOIN pg_catalog.pg_class AS v ON v.oid = o.oid AND v.relkind IN ('v', 'm')
        JOIN pg_catalog.pg_namespace AS n ON n.oid = v.relnamespace
        JOIN pg_catalog.pg_roles AS r ON r.rolname = ANY (@roles)
        WHERE pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE') AND pg_catalog.has_any_column_privilege(r.oid, v.oid, 'SELECT')
        GROUP BY 1, 2, 3 ORDER BY 1, 2
        """;

    public static IEnumerable<Question> Questions(CheckedDatabase database)
    {
        if (database.Structure is not { } structure)
            yield break;
        var ours = ExpectedSchema.Of(structure.Server).Where(fact => fact.Fact.Kind == FactKind.Table && fact.IsDue(database)).Select(fact => fact.Fact.Table);
        NpgsqlParameter[] parameters = [new NpgsqlParameter<string[]>("tables", [.. ours]), new NpgsqlParameter<string[]>("roles", DataApi.PublicRoles)];

        yield return Question.Of(InheritedSql, Inherited, parameters);
        yield return Question.Of(ViewsSql, Viewed, parameters);
    }

    private static Finding Inherited(NpgsqlDataReader row)
    {
        var (table, role, through) = (row.GetString(0), row.GetString(1), row.IsDBNull(2) ? "" : row.GetString(2));
        return new(
            "table-open-to-api",
            $"{table} is reachable for {role}, {(through.Length > 0 ? $"as a member of {through}" : "who is a superuser")}",
            through.Length > 0 ? $"REVOKE {through} FROM {role};" : $"ALTER ROLE {role} NOSUPERUSER;");
    }

    private static Finding Viewed(NpgsqlDataReader row)
    {
        var (table, view, isView, roles) = (row.GetString(0), row.GetString(1), row.GetBoolean(2), row.GetString(3));
        return new(
            "table-open-to-api",
            $"{table} can be read by {roles} through {view}, which has the rights of its owner",
            isView ? $"ALTER VIEW {view} SET (security_invoker = true);" : $"REVOKE ALL ON {view} FROM PUBLIC, {roles};");
    }

    /// <summary>Policies that fail, in a transaction of their own: between its answers the trial changes settings of the connection.</summary>
    public static async Task<IReadOnlyList<Finding>> FindFailingPoliciesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await using var transaction = await QuestionBatch.BeginAsync(connection, cancellationToken);
            var schemas = await QuestionBatch.SendAsync(
                connection, [new(DataApi.SchemasSql)], reader => reader.RowsAsync(row => row.GetString(0), cancellationToken), cancellationToken);
            var trial = await PolicyTrial.RunAsync(
                connection, DataApi.PublicRoles, DataApi.SchemasOf(schemas), ApiSurface.Supabase.Trusted, cancellationToken);
            return [.. Of(trial)];
        }
        catch (PostgresException e) when (QuestionBatch.Unanswered(e) is { } unanswered)
        {
            return [unanswered];
        }
    }

    private static IEnumerable<Finding> Of(PolicyTrial trial)
    {
        foreach (var of in trial.Failures.GroupBy(failure => (failure.Table, failure.Role, failure.SqlState, failure.Message)))
        {
            yield return new(
                of.First().Id,
                $"A policy makes {string.Join(", ", of.Select(failure => failure.Command))} on {of.Key.Table} fail for {of.Key.Role}: {of.Key.SqlState}, {of.Key.Message}",
                PolicyFailure.Remedy,
                of.Key.SqlState == PostgresErrorCodes.InvalidObjectDefinition ? Severity.Error : Severity.Warning);
        }

        foreach (var of in trial.Foreign.GroupBy(table => table.Owner, table => table.Table))
        {
            yield return new(
                "policies-untried",
                $"What policies of {string.Join(", ", of)} was not tested: code of {of.Key} would run with the privileges of this role",
                "Nothing to do. To test it, run verify as a member of the owner, or rehearse.",
                Severity.Note);
        }

        if (trial.Untried.Count > 0)
        {
            yield return new(
                "policies-untried",
                $"What policies answer to {string.Join(" and ", trial.Untried)} could not be tested: this role may not become them",
                $"GRANT {string.Join(", ", trial.Untried)} TO CURRENT_USER; -- or run it as a role that may",
                Severity.Warning);
        }
    }
}
