namespace OrgSchema.Online;

/// <summary>Deletes rows and keeps them in the archive, counted and compared, in one statement.</summary>
/// <param name="table">The table.</param>
/// <param name="where">Which of its rows, as <c>t</c>; null: all, and nobody writes any meanwhile.</param>
/// <param name="locks">Locks beyond those of a DELETE.</param>
internal sealed class ArchiveAndDelete(QualifiedName table, string? where, IReadOnlyList<TableLock> locks) : OnlineExpression
{
    public override IEnumerable<Statement> Statements(StepContext context)
    {
        var archive = new ArchiveTable(table, context);
        // Writers wait when all rows go: a row that is added between the delete of this table and that of the one it refers to would be lost in a cascade.
        var mode = where is null ? LockMode.ShareRowExclusive : LockMode.RowExclusive;
        yield return archive.Ensure with { Locks = [new(table, mode), .. locks] };
        yield return new($"""
            DO $archive$
            DECLARE
                columns text;
                gone bigint;
                kept bigint;
            BEGIN
                LOCK TABLE {table} IN {mode.SqlName()} MODE;
                {archive.ReadColumns()};
                EXECUTE pg_catalog.format($format$
                    WITH gone AS (DELETE FROM {table} AS t WHERE {(where ?? "true").Replace("%", "%%", StringComparison.Ordinal)} RETURNING t.*),
                    kept AS ({archive.Keep("gone")} RETURNING 1)
                    SELECT (SELECT pg_catalog.count(*) FROM gone), (SELECT pg_catalog.count(*) FROM kept)
                    $format$, columns) INTO gone, kept;
                IF gone <> kept OR EXISTS (SELECT FROM {table} AS t WHERE {where ?? "true"}) THEN
                    RAISE EXCEPTION 'rows of {table} that should be archived and deleted are still there'
                        USING DETAIL = 'A trigger may refuse the delete silently.';
                END IF;
                {archive.TellKept("kept")};
                {archive.DropIfEmpty};
            END
            $archive$
            """)
        {
            Locks = [new(table, mode), .. locks],
            Rows = [new(table, RowAccess.Delete)],
            Why = "Counted and compared with what is kept, in one statement: nothing is deleted that is not in the archive.",
        };
    }

    internal override IEnumerable<Removal> Removals => [new(table, Where: where ?? "true")];

    public override string ToString() => $"archive and delete rows of {table}";
}
