namespace OrgSchema.Online;

/// <summary>Deletes rows and keeps them in <c>archive_*</c>, in one statement. Each migration has an archive of its own: the table may change between two of them.</summary>
internal sealed class ArchiveAndDelete(QualifiedName table, string where, IReadOnlyList<TableLock> locks) : OnlineExpression
{
    public override IEnumerable<Statement> Statements(StepContext context)
    {
        var archive = RestoreFromArchive.Archive(table, context);
        yield return new($"CREATE TABLE IF NOT EXISTS {archive} (LIKE {table}, archived_at timestamptz NOT NULL DEFAULT pg_catalog.now())");
        yield return new($"""
            -- archive and delete {table}
            WITH gone AS (DELETE FROM {table} AS t WHERE {where} RETURNING t.*)
            INSERT INTO {archive} SELECT g.*, pg_catalog.now() FROM gone AS g
            """)
        {
            Locks = [new(table, LockMode.RowExclusive), .. locks],
        };
        yield return Statement.Check($"SELECT NOT EXISTS (SELECT FROM {table} AS t WHERE {where})", $"Rows of {table} that should be gone are still there: a trigger may refuse the delete silently.");
    }

    public override string ToString() => $"archive and delete rows of {table}";
}

/// <summary>Brings archived rows back, by column name, and lets go of those that are there again.</summary>
internal sealed class RestoreFromArchive(QualifiedName table, string parentsExist) : OnlineExpression
{
    public override IEnumerable<Statement> Statements(StepContext context)
    {
        var archive = Archive(table, context);
        var exists = Catalog.TableExists(archive);
        yield return new($"""
            -- bring {table} back from the archive
            INSERT INTO {table} OVERRIDING SYSTEM VALUE
            SELECT r.* FROM {archive} AS a CROSS JOIN LATERAL pg_catalog.jsonb_populate_record(NULL::{table}, pg_catalog.to_jsonb(a)) AS r
            WHERE {parentsExist}
            ON CONFLICT DO NOTHING
            """)
        {
            OnlyIf = exists,
            Condition = "there is an archive",
            Locks = [new(table, LockMode.RowExclusive)],
        };
        yield return new($"DELETE FROM {archive} AS a USING {table} AS t WHERE t.id = a.id") { OnlyIf = exists, Condition = "there is an archive" };
        yield return new($"DO $$ BEGIN IF NOT EXISTS (SELECT FROM {archive}) THEN DROP TABLE {archive}; END IF; END $$") { OnlyIf = exists, Condition = "there is an archive" };
    }

    public static QualifiedName Archive(QualifiedName table, StepContext context) => new(context.PrivateSchema, $"archive_{context.Version}_{table.Name}");

    public override string ToString() => $"bring {table} back from the archive";
}
