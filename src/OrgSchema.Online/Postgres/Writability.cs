namespace OrgSchema.Online;

/// <summary>Whether the target takes writes at all. A standby does not, nor a database that was made read-only.</summary>
internal static class Writability
{
    /// <summary>What to do about a database that was made read-only.</summary>
    public const string Remedy = "On a hosted platform the disk is probably full. Give it room, turn default_transaction_read_only off, and run the same command again.";

    /// <summary>Asks the server, which sees its own settings and those of database and role.</summary>
    /// <exception cref="TargetException">It does not. A standby may be about to take over.</exception>
    public static async Task EnsureAsync(Session session, CancellationToken cancellationToken)
    {
        if (await session.ScalarAsync<bool>("SELECT pg_catalog.pg_is_in_recovery()", cancellationToken))
        {
            throw new TargetException(
                "The target is a standby: it cannot be written to.",
                "Point the URL at the primary, or name all hosts and add target_session_attrs=primary.")
            { MayPass = true };
        }

        if (await session.ScalarAsync<bool>("SELECT pg_catalog.current_setting('default_transaction_read_only')::boolean", cancellationToken))
            throw new TargetException("The database is read-only.", Remedy);
    }
}
