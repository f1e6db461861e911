using Npgsql;

namespace OrgSchema.Online;

/// <summary>What would stop a removal half-way, found before its first step.</summary>
internal static class RefusedChanges
{
    /// <summary>An object that a migration has made and that is no longer there under its name.</summary>
    public static Finding Gone(Removal removal, KnownMigration migration) => removal.Kind == RemovalKind.Column
        ? new(
            "object-gone",
            $"Column {removal.What}, which {migration} has made, is not there",
            $"If it was renamed, give it its name back: ALTER TABLE {removal.Table} RENAME COLUMN <its name now> TO {removal.Name};"
                + $" if it was dropped: ALTER TABLE {removal.Table} ADD COLUMN as 'plan {migration.Version}' shows.")
        : new(
            "object-gone",
            $"Table {removal.Table}, which {migration} has made, is not there",
            $"If it was renamed or moved, give it its name back: ALTER TABLE <its name now> RENAME TO {QualifiedName.Quoted(removal.Table.Name)};"
                + $" or SET SCHEMA {QualifiedName.Quoted(removal.Table.Schema)};"
                + $" if it was dropped, make it again as 'plan {migration.Version}' shows.");

    /// <summary>Whether the server would refuse to change rows, as it does where a publication cannot tell them apart. EXPLAIN runs nothing.</summary>
    /// <param name="session">The database.</param>
    /// <param name="table">The table.</param>
    /// <param name="statement">A statement that would change no row.</param>
    /// <param name="migration">The migration that changes rows of the table.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public static async Task<Finding?> FindAsync(
        Session session, QualifiedName table, string statement, KnownMigration migration, CancellationToken cancellationToken)
    {
        try
        {
            await session.QueryAsync($"EXPLAIN {statement}", _ => 0, cancellationToken);
            return null;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.ObjectNotInPrerequisiteState or PostgresErrorCodes.InvalidColumnReference)
        {
            return new(
                "rows-without-identity",
                $"Rows of {table}, which {migration} changes: {e.MessageText}{(string.IsNullOrEmpty(e.Detail) ? "" : $" ({e.Detail.TrimEnd('.')})")}",
                $"ALTER TABLE {table} REPLICA IDENTITY FULL; -- or take the table out of the publication. Or leave {migration.Version} applied.");
        }
    }

    /// <summary>Rows whose column is NULL since somebody has dropped its NOT NULL: the next way up gives them a value.</summary>
    public static async Task<Finding?> NullsAsync(Session session, Removal removal, KnownMigration migration, CancellationToken cancellationToken)
    {
        if (!await session.ScalarAsync<bool>(Catalog.ColumnExists(removal.Table, removal.Name!), cancellationToken))
            return null;
        var rows = await session.ScalarAsync<long>($"SELECT pg_catalog.count(*) FROM {removal.Table} WHERE {removal.Name} IS NULL", cancellationToken);
        return rows == 0 ? null : new(
            "null-filled",
            $"{Amount.Of(rows, "row")} of {removal.Table} {(rows == 1 ? "has" : "have")} no {removal.Name}: NOT NULL of {migration} was dropped, and the next migrate will fill and require it",
            $"If that must not be, leave {migration.Version} applied.",
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
            $"ALTER TABLE {removal.Table} OWNER TO {role}; -- as {owner}, or as a superuser: GRANT {owner} TO {role}; Or leave {migration.Version} applied.");
    }
}
