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

    /// <summary>The statement that records a migration as applied, or no longer.</summary>
    public string Write(KnownMigration migration, Direction direction) => direction == Direction.Up
        ? $"""
            INSERT INTO {_table} (version, applied_on, description)
            VALUES ({migration.Version}, pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()), {Literal.Of(migration.Name)}) ON CONFLICT (version) DO NOTHING
            """
        : $"DELETE FROM {_table} WHERE version = {migration.Version}";
}

/// <summary>A row of the version table.</summary>
/// <param name="Version">The version.</param>
/// <param name="AppliedOn">When, in UTC by the server's clock.</param>
/// <param name="Name">The migration's name at that time.</param>
public sealed record AppliedVersion(long Version, DateTime? AppliedOn, string Name);
