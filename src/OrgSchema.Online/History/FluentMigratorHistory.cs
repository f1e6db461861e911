using FluentMigrator.Runner.VersionTableInfo;

namespace OrgSchema.Online;

/// <summary>The version table of FluentMigrator's own runner: <c>public."VersionInfo"</c>, or what the project's <see cref="IVersionTableMetaData"/> says.</summary>
/// <param name="columns">The names of its columns.</param>
/// <param name="table">The table; null: that of <paramref name="columns"/>.</param>
internal sealed class FluentMigratorHistory(IVersionTableMetaData columns, QualifiedName? table = null)
{
    private readonly string _version = QualifiedName.Quoted(columns.ColumnName);
    private readonly string _appliedOn = QualifiedName.Quoted(columns.AppliedOnColumnName);
    private readonly string _description = QualifiedName.Quoted(columns.DescriptionColumnName);

    /// <summary>The table.</summary>
    public QualifiedName Table { get; } =
        table ?? QualifiedName.OfCatalog(string.IsNullOrEmpty(columns.SchemaName) ? "public" : columns.SchemaName, columns.TableName);

    /// <summary>Its versions, oldest first; none if there is no such table.</summary>
    public async Task<IReadOnlyList<long>> VersionsAsync(Session session, CancellationToken cancellationToken) =>
        await session.ScalarAsync<bool>(Catalog.TableExists(Table), cancellationToken)
            ? await session.QueryAsync($"SELECT v.{_version} FROM {Table} AS v ORDER BY 1", row => row.GetInt64(0), cancellationToken)
            : [];

    /// <summary>A command that copies its rows. Through jsonb: early versions of FluentMigrator made a table without dates and descriptions.</summary>
    public string Copy(string privateSchema) => $"""
        INSERT INTO {VersionTable.In(privateSchema)} (version, applied_on, description)
        SELECT v.{_version}, (pg_catalog.to_jsonb(v) ->> {Literal.Of(columns.AppliedOnColumnName)})::timestamp,
               pg_catalog.to_jsonb(v) ->> {Literal.Of(columns.DescriptionColumnName)}
        FROM {Table} AS v
        ON CONFLICT (version) DO NOTHING
        """;

    /// <summary>Commands that let it follow our version table from now on: FluentMigrator's runner could go on at any time.</summary>
    public string Follow(string privateSchema) => $"""
        CREATE OR REPLACE FUNCTION {privateSchema}.keep_fluentmigrator() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                DELETE FROM {Table} AS v WHERE v.{_version} = OLD.version;
            ELSE
                INSERT INTO {Table} ({_version}, {_appliedOn}, {_description})
                SELECT NEW.version, NEW.applied_on, NEW.description WHERE NOT EXISTS (SELECT FROM {Table} AS v WHERE v.{_version} = NEW.version);
            END IF;
            RETURN NULL;
        END
        $body$;
        CREATE OR REPLACE TRIGGER keep_fluentmigrator AFTER INSERT OR DELETE ON {VersionTable.In(privateSchema)}
        FOR EACH ROW EXECUTE FUNCTION {privateSchema}.keep_fluentmigrator()
        """;
}
