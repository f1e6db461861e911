namespace OrgSchema.Online;

/// <summary>Objects that existed before the migrations that would have made them. A Down leaves them as they are.</summary>
internal sealed class FoundObjects
{
    private readonly Dictionary<string, bool> _objects;

    private FoundObjects(IEnumerable<(string Object, bool WasEmpty)> objects) =>
        _objects = objects.ToDictionary(found => found.Object, found => found.WasEmpty);

    public static FoundObjects None { get; } = new([]);

    /// <summary>Whether the object, or the table that it is on, was there before.</summary>
    public bool Contains(Removal removal) =>
        _objects.ContainsKey(removal.ToString()) || _objects.ContainsKey(new Removal(RemovalKind.Table, removal.Table).ToString());

    /// <summary>Whether a column was there before, and held no value.</summary>
    public bool WasEmpty(Removal removal) => _objects.GetValueOrDefault(removal.ToString());

    /// <summary>Reads them all. Without a private schema there are none.</summary>
    public static async Task<FoundObjects> ReadAsync(Session session, string schema, CancellationToken cancellationToken)
    {
        if (!await session.ScalarAsync<bool>(Catalog.TableExists(In(schema)), cancellationToken))
            return None;
        var found = await session.QueryAsync(
            $"SELECT object, was_empty FROM {In(schema)} WHERE object <> ''",
            row => (row.GetString(0), row.GetBoolean(1)),
            cancellationToken);
        return new FoundObjects(found.Distinct());
    }

    /// <summary>
    /// A command that remembers which of some objects exist before a migration is applied. Once: what is there when it goes on was made by it.
    /// </summary>
    public static string Remember(string schema, KnownMigration migration, IEnumerable<Removal> removals) => Dollars.Do("found", $"""
        DECLARE
            is_empty boolean;
        BEGIN
            IF EXISTS (SELECT FROM {In(schema)} WHERE version = {migration.Version}) THEN
                RETURN;
            END IF;
            INSERT INTO {In(schema)} (version, object) VALUES ({migration.Version}, '');
            {string.Join("\n", removals.Where(removal => removal.Kind != RemovalKind.Rows).Distinct().Select(removal => Look(schema, migration, removal)))}
        END
        """);

    /// <summary>A command that says of a migration that everything was made by it: somebody has taken the database over.</summary>
    public static string TakeOver(string schema, KnownMigration migration) =>
        $"INSERT INTO {In(schema)} (version, object) VALUES ({migration.Version}, '') ON CONFLICT DO NOTHING";

    /// <summary>A command that forgets it, with the migration.</summary>
    public static string Forget(string schema, KnownMigration migration) => $"DELETE FROM {In(schema)} WHERE version = {migration.Version}";

    private static QualifiedName In(string schema) => new(schema, "found_object");

    private static string IsEmpty(Removal column) => $"SELECT NOT EXISTS (SELECT FROM {column.Table} WHERE {column.Name} IS NOT NULL)";

    private static string Look(string schema, KnownMigration migration, Removal removal) => $"""
        IF ({removal.IsThere}) THEN
            is_empty := false;
            {(removal.Kind == RemovalKind.Column ? $"EXECUTE {Literal.Of(IsEmpty(removal))} INTO is_empty;" : "")}
            INSERT INTO {In(schema)} (version, object, was_empty) VALUES ({migration.Version}, {Literal.Of(removal.ToString())}, is_empty);
        END IF;
        """;
}
