namespace OrgSchema.Online;

/// <summary>Why rows that would go with others cannot be archived, or the server would not let them go.</summary>
internal sealed class UnarchivableRows(Session session, Reference edge, long rows, string migration)
{
    private const string HasKey = """
        EXISTS (
                   SELECT FROM pg_catalog.pg_index AS i
                   WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indisready AND i.indpred IS NULL AND i.indexprs IS NULL
                     AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
                                     WHERE a.attrelid = c.oid AND a.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1]) AND NOT a.attnotnull))
        """;

    private const string Sql = $"""
        -- can rows be archived
        SELECT {HasKey},
               pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_table_privilege(c.oid, 'UPDATE')
                   AND ($2 <> 'c' OR pg_catalog.has_table_privilege(c.oid, 'DELETE') AND pg_catalog.has_table_privilege(c.oid, 'INSERT')),
               pg_catalog.row_security_active(c.oid),
               EXISTS (SELECT FROM pg_catalog.pg_rewrite AS w WHERE w.ev_class = c.oid AND w.ev_type <> '1'),
               coalesce((SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ') FROM pg_catalog.pg_attribute AS a
                         WHERE a.attrelid = c.oid AND a.attname = ANY ($3) AND a.attnotnull), ''),
               coalesce((SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                         FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
                         WHERE a.attrelid = c.oid AND a.attname = $3[1]), ''),
               pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)),
               pg_catalog.quote_ident(current_user),
               EXISTS (SELECT FROM pg_catalog.pg_constraint AS k
                       WHERE k.contype = 'f' AND k.confrelid = c.oid
                         AND k.confkey && ARRAY(SELECT a.attnum FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = ANY ($3)))
        FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass($1)
        """;

    /// <summary>Why rows that a migration removes by itself cannot be archived; null: they can.</summary>
    public static async Task<Finding?> OfRootAsync(
        Session session, QualifiedName table, long rows, KnownMigration migration, CancellationToken cancellationToken)
    {
        var hasKey = await session.ScalarAsync<bool>(
            $"SELECT {HasKey} FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass({Literal.Of(table.ToString())})", cancellationToken);
        return hasKey ? null : new(
            "rows-without-key",
            $"{Amount.Of(rows, "row")} of {table} that {migration} removes: the table has no unique key without NULL, so that they could not be brought back",
            AddKey(table));
    }

    private static string AddKey(QualifiedName table) =>
        $"Give it a primary key, while nobody needs the table: ALTER TABLE {table} ADD COLUMN row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;";

    /// <summary>Finds every reason.</summary>
    public async Task<IReadOnlyList<Finding>> FindAsync(Removal removal, CancellationToken cancellationToken)
    {
        var answers = await session.QueryAsync(
            Sql,
            row => new
            {
                HasKey = row.GetBoolean(0),
                MayChange = row.GetBoolean(1),
                IsHidden = row.GetBoolean(2),
                HasRules = row.GetBoolean(3),
                NotNull = row.GetString(4),
                Default = row.GetString(5),
                Owner = row.GetString(6),
                Role = row.GetString(7),
                IsReferred = row.GetBoolean(8),
            },
            cancellationToken,
            edge.Child.ToString(),
            ((char)edge.Action).ToString(),
            edge.SetColumns.ToArray());
        var found = answers.Single();
        var findings = new List<Finding>();
        if (!found.HasKey)
        {
            findings.Add(Of(
                "rows-without-key",
                "the table has no unique key without NULL, so that they could not be brought back",
                $"{AddKey(edge.Child)} Or leave its rows out: {edge.DropAndAddAgain}"));
        }

        if (!found.MayChange)
        {
            findings.Add(Of(
                "rows-not-permitted",
                "this role may not read and change them",
                $"GRANT SELECT, INSERT, UPDATE, DELETE ON {edge.Child} TO {found.Role}; -- as {found.Owner}"));
        }

        if (found.IsHidden)
        {
            findings.Add(Of(
                "rows-hidden",
                "row level security applies to this role, so that it does not see all of them",
                "Run it as a role that bypasses row level security."));
        }

        if (found.HasRules)
        {
            findings.Add(Of(
                "rows-with-rules", "a rule of the table may do something else instead", $"Look at the rules of {edge.Child}, and replace them by triggers."));
        }

        if (edge.Action == ReferenceAction.SetNull && found.NotNull.Length > 0)
            findings.Add(Of("rows-not-nullable", $"{found.NotNull} is NOT NULL, so that the server refuses it", edge.DropAndAddAgain));
        if (edge.Action is ReferenceAction.SetNull or ReferenceAction.SetDefault && found.IsReferred)
            findings.Add(Of("rows-referred-to", "other tables refer to the columns that it changes", edge.DropAndAddAgain));
        if (edge.Action == ReferenceAction.SetDefault && !await DefaultStaysAsync(removal, found.Default, found.NotNull, cancellationToken))
        {
            var value = found.Default.Length == 0 ? "NULL" : found.Default;
            findings.Add(Of("rows-without-default", $"the default, {value}, is no row that stays", edge.DropAndAddAgain));
        }

        return findings;
    }

    // Of several columns, and of rows that go themselves, it is not known.
    private async Task<bool> DefaultStaysAsync(Removal removal, string value, string notNull, CancellationToken cancellationToken)
    {
        if (value.Length == 0)
            return notNull.Length == 0;
        if (edge.ChildColumns.Count > 1 || edge.Parent != removal.Table)
            return false;
        return await session.ScalarAsync<bool>(
            $"""
            SELECT EXISTS (SELECT FROM {removal.Table} AS t WHERE t.{QualifiedName.Quoted(edge.ParentColumns[0])} = ({value}) AND NOT ({removal.Where}))
            """,
            cancellationToken);
    }

    private Finding Of(string id, string why, string remedy) => new(
        id,
        $"{Amount.Of(rows, "row")} of {edge.Child} refer{(rows == 1 ? "s" : "")} to rows of {edge.Parent} that {migration} removes "
            + $"(constraint {edge.Name}, ON DELETE {edge.Action.SqlName()}): {why}",
        remedy);
}
