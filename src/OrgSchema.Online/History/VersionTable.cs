using Npgsql;

namespace OrgSchema.Online;

/// <summary>Which versions are applied, in FluentMigrator's own layout: <c>version</c>, <c>applied_on</c> (UTC), <c>description</c>.</summary>
internal sealed class VersionTable(string schema)
{
    private readonly QualifiedName _table = In(schema);

    public static QualifiedName In(string schema) => PrivateTable.Versions(schema);

    /// <summary>The query for all rows, oldest version first.</summary>
    // Through jsonb: a table that another program has made has neither of the last two columns.
    public static string Applied(string schema) => $"""
        -- applied versions
        SELECT v.version, v.applied_on, coalesce(v.description, ''), pg_catalog.to_jsonb(v) ->> 'checksum', coalesce((pg_catalog.to_jsonb(v) ->> 'adopted')::boolean, false)
        FROM {In(schema)} AS v ORDER BY v.version
        """;

    public static AppliedVersion Read(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.IsDBNull(1) ? null : DateTime.SpecifyKind(row.GetDateTime(1), DateTimeKind.Utc),
        row.GetString(2),
        row.IsDBNull(3) ? null : row.GetString(3),
        row.GetBoolean(4));

    /// <summary>The statement that records a migration as applied, or no longer.</summary>
    /// <param name="migration">Which.</param>
    /// <param name="direction">Applied or reverted.</param>
    /// <param name="checksum">What it does, see <see cref="Checksum"/>.</param>
    /// <param name="adopted">Whether its result was found there, and it was not run.</param>
    public string Write(KnownMigration migration, Direction direction, string? checksum, bool adopted = false) => direction == Direction.Up
        ? $"""
            INSERT INTO {_table} (version, applied_on, description, checksum, adopted)
            VALUES ({migration.Version}, pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()), {Literal.Of(migration.Description)}, {(checksum is null ? "NULL" : Literal.Of(checksum))}, {(adopted ? "true" : "false")}) ON CONFLICT (version) DO NOTHING
            """
        : $"DELETE FROM {_table} WHERE version = {migration.Version}";

    /// <summary>The statement that replaces stored checksums of an earlier form.</summary>
    public string Renew(IEnumerable<(KnownMigration Migration, string? Checksum)> checksums) => $"""
        UPDATE {_table} AS v SET checksum = n.checksum
        FROM (VALUES {string.Join(", ", checksums.Select(known => $"({known.Migration.Version}::bigint, {(known.Checksum is null ? "NULL" : Literal.Of(known.Checksum))})"))}) AS n (version, checksum)
        WHERE v.version = n.version AND {Checksum.IsEarlier("v.checksum")}
        """;
}

/// <summary>A row of the version table.</summary>
/// <param name="Version">The version.</param>
/// <param name="AppliedOn">When, in UTC by the server's clock.</param>
/// <param name="Name">The migration's name at that time.</param>
/// <param name="Checksum">What it did; null if whoever applied it did not say.</param>
/// <param name="Adopted">Whether its result was found there, and it was not run.</param>
public sealed record AppliedVersion(long Version, DateTime? AppliedOn, string Name, string? Checksum, bool Adopted);
