namespace OrgSchema.Online;

/// <summary>Drops a table and keeps its rows in the archive, counted and compared under the lock that the drop needs.</summary>
internal sealed class ArchiveAndDropTable(QualifiedName table) : OnlineExpression
{
    public override IEnumerable<Statement> Statements(StepContext context)
    {
        var archive = new ArchiveTable(table, context);
        TableLock[] locks = [new(table, LockMode.AccessExclusive, AndReferenced: true)];
        yield return archive.Ensure with { Locks = locks };
        yield return new($"""
            DO $archive$
            DECLARE
                columns text;
                kept bigint;
            BEGIN
                IF pg_catalog.to_regclass('{table}') IS NULL THEN
                    RETURN;
                END IF;
                LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
                {archive.ReadColumns()};
                EXECUTE pg_catalog.format($format${archive.Keep(table.ToString())}$format$, columns);
                GET DIAGNOSTICS kept = ROW_COUNT;
                IF kept <> (SELECT pg_catalog.count(*) FROM {table}) THEN
                    RAISE EXCEPTION 'rows of {table} could not be archived';
                END IF;
                {archive.TellKept("kept")};
                {archive.DropIfEmpty};
                DROP TABLE {table};
            END
            $archive$
            """)
        {
            Locks = locks,
            Rows = [new(table, RowAccess.Scan)],
            Why = "Counted and compared with what is kept, under the lock of the drop: nothing goes that is not in the archive.",
        };
    }

    internal override IEnumerable<Removal> Removals => [new(table)];

    public override string ToString() => $"archive and drop {table}";
}
