namespace OrgSchema.Online;

/// <summary>The column by which a backfill walks a table, and what the catalog must say of it before the first batch.</summary>
/// <remarks>
/// A row without a key is in no batch. Where two rows have the same key, the border between two batches may fall between them, and
/// a deferrable constraint allows that until the commit. So the column is NOT NULL, and a unique index on it alone is in force for every
/// row at every moment. Such an index of a partitioned table covers its partitions.
/// </remarks>
internal sealed class BackfillKey(QualifiedName table, Identifier key)
{
    /// <summary>Why no backfill can walk by it, and what to type next; no row if one can, or if table or column does not exist.</summary>
    public string Refusal => $"""
        -- key of a backfill
        SELECT CASE WHEN c.relkind NOT IN ('r', 'p') THEN {Literal.Of(NoTable)}
                    WHEN NOT a.attnotnull THEN {Literal.Of(Nullable)}
                    ELSE {Literal.Of(NotUnique)} END AS problem,
               CASE WHEN c.relkind NOT IN ('r', 'p') THEN {Literal.Of(NameTheTable)}
                    WHEN NOT a.attnotnull THEN {Literal.Of(SetNotNull)}
                    WHEN c.relkind = 'p' THEN {Literal.Of(NameAnotherColumn)}
                    ELSE {Literal.Of(BuildIndex)} END AS remedy
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = {Literal.Of(key.Name)} AND NOT a.attisdropped
        WHERE c.oid = pg_catalog.to_regclass({Literal.Of(table.ToString())})
          AND NOT (c.relkind IN ('r', 'p') AND a.attnotnull AND EXISTS (
              SELECT FROM pg_catalog.pg_index AS i
              WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indisready AND i.indimmediate
                AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum))
        """;

    /// <summary>PL/pgSQL statements that fail with the refusal, if there is one.</summary>
    /// <param name="refusal">A variable of type record.</param>
    public string Require(string refusal) => $"""
        FOR {refusal} IN {Refusal} LOOP
            RAISE EXCEPTION USING MESSAGE = {refusal}.problem, DETAIL = {refusal}.remedy;
        END LOOP;
        """;

    /// <summary>Fails the migration with the refusal, if there is one.</summary>
    /// <exception cref="MigrationFailedException">There is one.</exception>
    public async Task RequireAsync(Session session, KnownMigration migration, CancellationToken cancellationToken)
    {
        var refusals = await session.QueryAsync(Refusal, row => (Problem: row.GetString(0), Remedy: row.GetString(1)), cancellationToken);
        foreach (var (problem, remedy) in refusals)
            throw new MigrationFailedException(migration.ToString(), $"{migration} failed: {problem}.", remedy, Refusal);
    }

    private string NoTable => $"{table} is not a table, and a backfill needs a unique index to walk by";

    private string Nullable =>
        $"Column {key} of {table} allows NULL, and a backfill that walks by it would never come to a row without a key";

    private string NotUnique =>
        $"Column {key} of {table} has no unique index of its own that a backfill can walk by: "
        + "valid, not deferrable, not partial, on no other column and no expression";

    private static string NameTheTable => "Name the table whose rows are to change in the migration.";

    private Identifier Check => Identifier.Derived($"{key.Name}_is_not_null");

    private string SetNotNull => $"""
        Give each row a key (SELECT * FROM {table} WHERE {key} IS NULL), run these one by one, and run the same command again:
        ALTER TABLE {table} ADD CONSTRAINT {Check} CHECK ({key} IS NOT NULL) NOT VALID;
        ALTER TABLE {table} VALIDATE CONSTRAINT {Check};
        ALTER TABLE {table} ALTER COLUMN {key} SET NOT NULL;
        ALTER TABLE {table} DROP CONSTRAINT {Check};
        """;

    /// <summary>A statement that fails unless it is a key, for scripts. A run asks with <see cref="RequireAsync"/>.</summary>
    /// <param name="needs">As in <see cref="SqlStatement.Needs"/>.</param>
    public SqlStatement Proof(string? needs) => new(Dollars.Do("key", $"""
        DECLARE
            refusal record;
        BEGIN
            {Require("refusal")}
        END
        """))
    {
        Said = $"key of {table}",
        Needs = needs,
        Condition = needs is null ? null : "there is something to walk",
        Why = "A backfill walks by a unique column without NULL. The question comes before the first change.",
    };

    private string NameAnotherColumn =>
        $"Give {table} a unique index on ({key}), possible where it is partitioned by that column, or name another column in the migration.";

    private string BuildIndex => $"""
        Run this statement outside a transaction, and run the same command again:
        CREATE UNIQUE INDEX CONCURRENTLY ON {table} ({key});
        """;
}
