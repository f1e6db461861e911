namespace OrgSchema.Online;

/// <summary>Which versions are applied, in FluentMigrator's own layout: <c>version</c>, <c>applied_on</c> (UTC), <c>description</c>.</summary>
internal sealed class VersionTable(string schema)
{
    private readonly QualifiedName _table = new(schema, "schema_version");

    /// <summary>Applied versions, oldest first. None if there is no table yet; nothing is created by looking.</summary>
    public async Task<IReadOnlyList<AppliedVersion>> ReadAsync(Session session, CancellationToken cancellationToken) =>
        await session.ScalarAsync<bool>(Catalog.TableExists(_table), cancellationToken)
            ? await session.QueryAsync(
                $"SELECT version, applied_on, coalesce(description, '') FROM {_table} ORDER BY version",
                row => new AppliedVersion(row.GetInt64(0), row.IsDBNull(1) ? null : DateTime.SpecifyKind(row.GetDateTime(1), DateTimeKind.Utc), row.GetString(2)),
                cancellationToken)
            : [];

    public Task AddAsync(Session session, KnownMigration migration, CancellationToken cancellationToken) => session.ExecuteAsync(
        $"""
        INSERT INTO {_table} (version, applied_on, description)
        VALUES ($1, pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()), $2) ON CONFLICT (version) DO NOTHING
        """,
        cancellationToken,
        migration.Version,
        migration.Name);

    public Task RemoveAsync(Session session, KnownMigration migration, CancellationToken cancellationToken) =>
        session.ExecuteAsync($"DELETE FROM {_table} WHERE version = $1", cancellationToken, migration.Version);
}

/// <summary>A row of the version table.</summary>
/// <param name="Version">The version.</param>
/// <param name="AppliedOn">When, in UTC by the server's clock.</param>
/// <param name="Name">The migration's name at that time.</param>
public sealed record AppliedVersion(long Version, DateTime? AppliedOn, string Name);
