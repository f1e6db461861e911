namespace OrgSchema.Online;

/// <summary>What would stop a removal half-way, found before its first step.</summary>
internal static class RefusedChanges
{
    /// <summary>A table or column of a migration that is gone, or has another name now.</summary>
    public static Finding Gone(Removal removal, KnownMigration migration) => removal.Kind == RemovalKind.Column
        ? new(
            "object-gone",
            $"Column {removal.What}, which {migration} has made, is not there",
            $"If it was renamed, give it its name back: ALTER TABLE {removal.Table} RENAME COLUMN <its name now> TO {removal.Name};"
                + " if it was dropped, add it again: 'script' writes the migration's SQL.")
        : new(
            "object-gone",
            $"Table {removal.Table}, which {migration} has made, is not there",
            $"If it was renamed or moved, give it its name back: ALTER TABLE <its name now> RENAME TO {QualifiedName.Quoted(removal.Table.Name)};"
                + $" or SET SCHEMA {QualifiedName.Quoted(removal.Table.Schema)};"
                + " if it was dropped, make it again: 'script' writes the migration's SQL.");

    /// <summary>
    /// Required columns that migrations have made, and that their tables have under that name no more: SQL of a migration could name them, and rows
    /// of the archive could not come back without.
    /// </summary>
    public static async Task<IReadOnlyList<Finding>> GoneColumnsAsync(Session session, string privateSchema, CancellationToken cancellationToken) =>
        await session.QueryAsync(
            $"""
            -- columns that are gone
            SELECT pg_catalog.format('%I.%I', m.schema_name, m.table_name), pg_catalog.quote_ident(m.name), m.sql
            FROM {privateSchema}.made_definition AS m
            JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', m.schema_name, m.table_name))
            WHERE m.kind = 'column' AND m.sql LIKE '% NOT NULL' AND m.sql NOT LIKE '% DEFAULT %'
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = m.name AND NOT a.attisdropped)
            ORDER BY 1, 2
            """,
            row => new Finding(
                "object-gone",
                $"Column {row.GetString(1)} of {row.GetString(0)}, which a migration has made, is not there",
                $"If it was renamed, give it its name back: ALTER TABLE {row.GetString(0)} RENAME COLUMN <its name now> TO {row.GetString(1)};"
                    + $" if it was dropped, add it again, with its values: {row.GetString(2)};"),
            cancellationToken);

    /// <summary>Whether the server would refuse to change rows, because a publication could not tell its subscribers which.</summary>
    /// <param name="session">The database.</param>
    /// <param name="table">The table.</param>
    /// <param name="isUpdate">Whether rows are updated; else they are deleted.</param>
    /// <param name="migration">The migration that changes them.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <remarks>https://www.postgresql.org/docs/current/logical-replication-publication.html</remarks>
    public static async Task<Finding?> FindAsync(
        Session session, QualifiedName table, bool isUpdate, KnownMigration migration, CancellationToken cancellationToken)
    {
        var publications = await session.QueryAsync(
            PublicationsSql, row => (Name: row.GetString(0), Why: row.GetString(1), HasList: row.GetBoolean(2)), cancellationToken, table.ToString(), isUpdate);
        if (publications is not [var publication, ..])
            return null;
        return new(
            "rows-without-identity",
            $"Publication {publication.Name} refuses that {migration} {(isUpdate ? "updates" : "deletes")} rows of {table}: {publication.Why}",
            publication.HasList
                ? $"ALTER PUBLICATION {publication.Name} DROP TABLE {table}; -- its subscribers miss changes until it is back."
                : $"ALTER TABLE {table} REPLICA IDENTITY FULL; -- or take it out of the publication.");
    }

    private const string PublicationsSql = """
        -- publications that refuse a change
        WITH t AS (
            SELECT c.oid, c.relnamespace, c.relreplident,
                   CASE c.relreplident
                       WHEN 'f' THEN (SELECT pg_catalog.array_agg(a.attnum) FROM pg_catalog.pg_attribute AS a
                           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
                       ELSE (SELECT (i.indkey::smallint[])[0:i.indnkeyatts - 1] FROM pg_catalog.pg_index AS i
                           WHERE i.indrelid = c.oid AND i.indisvalid
                             AND CASE c.relreplident WHEN 'd' THEN i.indisprimary AND i.indimmediate WHEN 'i' THEN i.indisreplident ELSE false END)
                   END AS identity
            FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass($1)
        ), published AS (
            SELECT t.*, p.pubname, r.prattrs, pg_catalog.pg_get_expr(r.prqual, r.prrelid) AS condition
            FROM t
            JOIN pg_catalog.pg_publication AS p ON CASE WHEN $2 THEN p.pubupdate ELSE p.pubdelete END
            LEFT JOIN pg_catalog.pg_publication_rel AS r ON r.prpubid = p.oid AND r.prrelid = t.oid
            WHERE p.puballtables OR r.oid IS DISTINCT FROM NULL
               OR EXISTS (SELECT FROM pg_catalog.pg_publication_namespace AS n WHERE n.pnpubid = p.oid AND n.pnnspid = t.relnamespace)
        )
        SELECT pg_catalog.quote_ident(p.pubname), w.why, p.prattrs IS NOT NULL
        FROM published AS p
        CROSS JOIN LATERAL (SELECT CASE
            WHEN p.identity IS NULL THEN 'the table has no replica identity'
            WHEN p.condition IS NOT NULL AND EXISTS (
                SELECT FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = p.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attnum <> ALL (p.identity)
                  AND CASE WHEN a.attname ~ '^[a-z_][a-z0-9_]*$' THEN p.condition ~ ('\m' || a.attname || '\M')
                           ELSE pg_catalog.strpos(p.condition, pg_catalog.quote_ident(a.attname)) > 0 END)
                THEN 'its condition reads a column that is not part of the replica identity'
            WHEN p.prattrs IS NOT NULL AND NOT p.identity <@ p.prattrs::smallint[] THEN 'its list of columns lacks one of the replica identity'
        END AS why) AS w
        WHERE w.why IS NOT NULL ORDER BY 1
        """;

    /// <summary>Rows whose column is NULL since somebody has dropped its NOT NULL: the next way up gives them a value.</summary>
    public static async Task<Finding?> NullsAsync(Session session, Removal removal, KnownMigration migration, CancellationToken cancellationToken)
    {
        if (!await session.ScalarAsync<bool>(Catalog.ColumnExists(removal.Table, removal.Name!), cancellationToken))
            return null;
        var rows = await session.ScalarAsync<long>($"SELECT pg_catalog.count(*) FROM {removal.Table} WHERE {removal.Name} IS NULL", cancellationToken);
        return rows == 0 ? null : new(
            "null-filled",
            $"{Amount.Of(rows, "row")} of {removal.Table} {(rows == 1 ? "has" : "have")} no {removal.Name}: NOT NULL of {migration} was dropped, "
                + "and the next migrate will fill and require it",
            "Nothing to do, if that may be.",
            Severity.Warning);
    }

    /// <summary>Whether a table could not be given back to its owner.</summary>
    public static async Task<Finding?> OwnerAsync(Session session, Removal removal, KnownMigration migration, CancellationToken cancellationToken)
    {
        var roles = await session.QueryAsync(
            """
            SELECT pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)), pg_catalog.quote_ident(current_user) FROM pg_catalog.pg_class AS c
            WHERE c.oid = pg_catalog.to_regclass($1) AND NOT pg_catalog.pg_has_role(c.relowner, 'MEMBER')
            """,
            row => (row.GetString(0), row.GetString(1)),
            cancellationToken,
            removal.Table.ToString());
        if (roles is not [var (owner, role)])
            return null;
        return new(
            "owner-out-of-reach",
            $"Table {removal.Table} belongs to {owner}: the role that migrates could not give it back",
            $"ALTER TABLE {removal.Table} OWNER TO {role}; -- as {owner}, or as a superuser: GRANT {owner} TO {role};");
    }
}
