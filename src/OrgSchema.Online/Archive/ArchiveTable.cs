namespace OrgSchema.Online;

/// <summary>Where rows of a table are kept that a migration has taken away: a private table with the same columns, and when, by which version and on which way.</summary>
/// <remarks>
/// What a way down takes away comes back on the next way up, and the other way round. Columns are matched by name:
/// the table may have been made anew, with other columns or in another order.
/// </remarks>
internal sealed class ArchiveTable(QualifiedName table, StepContext context)
{
    public QualifiedName Name { get; } = new(context.PrivateSchema, QualifiedName.Identifier($"archive_{table.Name}"));

    /// <summary>Makes the archive, or gives an older one the columns that the table has got since.</summary>
    public Statement Ensure => new($"""
        DO $archive$
        DECLARE
            missing record;
        BEGIN
            IF pg_catalog.to_regclass('{table}') IS NULL THEN
                RETURN; -- it went before an interruption
            END IF;
            CREATE TABLE IF NOT EXISTS {Name} (archived_at timestamptz NOT NULL, archived_by bigint NOT NULL, archived_way text NOT NULL, kept_because text);
            FOR missing IN
                SELECT t.attname AS name, pg_catalog.format_type(t.atttypid, t.atttypmod) AS type
                FROM pg_catalog.pg_attribute AS t
                WHERE t.attrelid = '{table}'::regclass AND t.attnum > 0 AND NOT t.attisdropped
                  AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = '{Name}'::regclass AND a.attname = t.attname AND NOT a.attisdropped)
                ORDER BY t.attnum
            LOOP
                EXECUTE pg_catalog.format('ALTER TABLE {Name} ADD COLUMN %I %s', missing.name, missing.type);
            END LOOP;
        END
        $archive$
        """);

    /// <summary>Which rows <c>a</c> of the archive this migration brings back: those taken away on the other way, by itself or, on the way up, by one before it.</summary>
    public string Ours => context.Direction == Direction.Up
        ? $"a.archived_way = 'down' AND a.archived_by <= {context.Version}"
        : $"a.archived_way = 'up' AND a.archived_by = {context.Version}";

    /// <summary>A PL/pgSQL statement: puts the columns that table and archive share into a variable, as a list.</summary>
    /// <param name="variable">The variable.</param>
    /// <param name="each">How a column is written, for <c>format</c>.</param>
    public string ReadColumns(string variable = "columns", string each = "%I") => $"""
        SELECT pg_catalog.string_agg(pg_catalog.format('{each}', t.attname), ', ' ORDER BY t.attnum) INTO STRICT {variable}
        FROM pg_catalog.pg_attribute AS t
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = '{Name}'::regclass AND a.attname = t.attname AND a.attnum > 0 AND NOT a.attisdropped
        WHERE t.attrelid = '{table}'::regclass AND t.attnum > 0 AND NOT t.attisdropped AND t.attgenerated = ''
        """;

    /// <summary>An INSERT into the archive, for <c>format</c> with <c>columns</c>.</summary>
    /// <param name="rows">A relation whose rows are those of the table.</param>
    public string Keep(string rows) => $"""
        INSERT INTO {Name} (archived_at, archived_by, archived_way, %1$s)
        SELECT pg_catalog.now(), {context.Version}, '{(context.Direction == Direction.Up ? "up" : "down")}', %1$s FROM {rows}
        """;

    /// <summary>A PL/pgSQL statement: tells how many rows were archived. INFO goes to the client whatever it wants to hear.</summary>
    /// <param name="count">A variable.</param>
    public string TellKept(string count) => $"""
        IF {count} > 0 THEN
            RAISE INFO '% row(s) of {table} archived in {Name}', {count};
        END IF
        """;

    /// <summary>A PL/pgSQL statement: an archive that holds nothing goes.</summary>
    public string DropIfEmpty => $"""
        IF NOT EXISTS (SELECT FROM {Name}) THEN
            DROP TABLE {Name};
        END IF
        """;
}
