namespace OrgSchema.Online;

/// <summary>The tables of the private schema that a session looks for.</summary>
internal static class PrivateTable
{
    public static QualifiedName Versions(string schema) => new(schema, "schema_version");

    public static QualifiedName RunLog(string schema) => new(schema, "run_log");

    /// <summary>A query that tells whether both exist.</summary>
    public static string HasHistory(string schema) => Catalog.Both(Catalog.TableExists(Versions(schema)), Catalog.TableExists(RunLog(schema)));
}
