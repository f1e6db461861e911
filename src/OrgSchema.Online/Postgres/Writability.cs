namespace OrgSchema.Online;

/// <summary>Whether the target takes writes, and heeds them. A standby does not, nor a database that was made read-only, nor a session whose triggers are silenced.</summary>
internal static class Writability
{
    /// <summary>What to do about a database that was made read-only.</summary>
    public const string Remedy = "On a hosted platform the disk is probably full. Give it room, turn default_transaction_read_only off, and run the same command again.";

    private const string Sql = """
        SELECT pg_catalog.pg_is_in_recovery(),
               pg_catalog.current_setting('default_transaction_read_only')::boolean,
               pg_catalog.current_setting('session_replication_role'),
               pg_catalog.quote_ident(session_user)
        """;

    /// <summary>Asks the server, which sees its own settings and those of database and role.</summary>
    /// <exception cref="TargetException">It does not. A standby may be about to take over.</exception>
    public static async Task EnsureAsync(Session session, CancellationToken cancellationToken)
    {
        var (isStandby, isReadOnly, replicationRole, role) = (await session.QueryAsync(Sql, row => (row.GetBoolean(0), row.GetBoolean(1), row.GetString(2), row.GetString(3)), cancellationToken))[0];
        if (isStandby)
        {
            throw new TargetException(
                "The target is a standby: it cannot be written to.",
                "Point the URL at the primary, or name all hosts and add target_session_attrs=primary.")
            { MayPass = true };
        }

        if (isReadOnly)
            throw new TargetException("The database is read-only.", Remedy);
        // The same for a way down: what it deletes would leave orphans, and the API would not hear of the old schema.
        if (replicationRole != "origin")
        {
            throw new TargetException(
                $"session_replication_role is {replicationRole}: triggers and foreign keys do not fire, and the API does not see schema changes.",
                $"Run ALTER ROLE {role} RESET session_replication_role, or reset it for the database, and run the same command again.");
        }
    }
}
