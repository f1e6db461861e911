namespace OrgSchema.Online;

/// <summary>Where the values of a column are kept, by the key of their rows, while a trigger keeps them in step with the table.</summary>
/// <remarks>
/// So a column of any size is archived in batches, and dropped under a lock of milliseconds, and nothing that is written meanwhile is lost.
/// Besides the values of the way down that is under way, the archive may hold some of an earlier one: <c>stale</c> are those that a
/// way up could not bring back, <c>owed</c> are those that no way up has come to yet, because it ended before. What is owed to
/// a row goes before a value that nobody has chosen.
/// </remarks>
internal sealed class ColumnArchive(QualifiedName table, string column, string key, string unchosen, StepContext context)
{
    private readonly string _name = QualifiedName.Identifier($"archive_{table.Name}_{column}");

    public QualifiedName Name => new(context.PrivateSchema, _name);

    /// <summary>Whether the trigger is there.</summary>
    private string IsFollowed => $"SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = '{table}'::regclass AND tgname = '{_name}')";

    private string IsNotFollowed => $"SELECT NOT ({IsFollowed})";

    /// <summary>Whether the archive's row <c>a</c> holds what it should of the table's row <c>d</c>.</summary>
    private string IsSettled => $"(a.{column} IS NOT DISTINCT FROM d.{column} AND NOT a.stale OR a.owed AND ({unchosen}))";

    /// <summary>Makes the archive and the trigger.</summary>
    public IEnumerable<Statement> Follow()
    {
        yield return new($"""
            DO $archive$
            BEGIN
                IF pg_catalog.to_regclass('{Name}') IS NULL THEN
                    CREATE TABLE {Name} AS SELECT t.{key}, t.{column} FROM {table} AS t WITH NO DATA;
                    ALTER TABLE {Name} ADD CONSTRAINT {_name}_pkey PRIMARY KEY ({key}),
                        ADD COLUMN archived_at timestamptz NOT NULL DEFAULT pg_catalog.now(), ADD COLUMN stale boolean NOT NULL DEFAULT false, ADD COLUMN owed boolean NOT NULL DEFAULT false;
                END IF;
                UPDATE {Name} SET owed = true WHERE NOT stale AND NOT owed;
            END
            $archive$
            """)
        {
            OnlyIf = IsNotFollowed,
            Condition = "the archive is not followed yet",
        };
        yield return new($"""
            CREATE OR REPLACE FUNCTION {Name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $body$
            BEGIN
                IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND OLD.{key} <> NEW.{key} THEN
                    DELETE FROM {Name} AS a WHERE a.{key} = OLD.{key};
                END IF;
                IF TG_OP <> 'DELETE' THEN
                    INSERT INTO {Name} ({key}, {column}) VALUES (NEW.{key}, NEW.{column})
                    ON CONFLICT ({key}) DO UPDATE SET {column} = excluded.{column}, archived_at = excluded.archived_at, stale = false, owed = false;
                END IF;
                RETURN NULL;
            END
            $body$
            """);
        yield return new($"REVOKE ALL ON FUNCTION {Name}() FROM PUBLIC");
        yield return new($"""
            CREATE OR REPLACE TRIGGER {_name} AFTER INSERT OR DELETE OR UPDATE OF {key}, {column} ON {table}
            FOR EACH ROW EXECUTE FUNCTION {Name}()
            """)
        {
            OnlyIf = IsNotFollowed,
            Condition = "the archive is not followed yet",
            Locks = [new(table, LockMode.ShareRowExclusive)],
            Why = "From here on the archive follows the table, so that its values can be copied while the table is in use.",
        };
    }

    /// <summary>Copies what the trigger has not. Where a batch is older than what the trigger writes meanwhile, the next pass corrects it.</summary>
    public BackfillExpression Copy() => new(
        table,
        key,
        where: $"NOT EXISTS (SELECT FROM {Name} AS a CROSS JOIN LATERAL (SELECT t.*) AS d WHERE a.{key} = t.{key} AND {IsSettled})",
        apply: $"""
            INSERT INTO {Name} AS a ({key}, {column})
            SELECT t.{key}, t.{column} FROM batch JOIN {table} AS t ON t.{key} = batch.key
            ON CONFLICT ({key}) DO UPDATE SET {column} = excluded.{column}, archived_at = excluded.archived_at, stale = false, owed = false
            """)
    {
        Needs = Catalog.ColumnExists(table, column),
    };

    /// <summary>Compares, and drops the column with the trigger.</summary>
    public IEnumerable<Statement> Drop()
    {
        // A row that was deleted while a batch copied it.
        yield return new($"DELETE FROM {Name} AS a WHERE NOT a.stale AND NOT a.owed AND NOT EXISTS (SELECT FROM {table} AS t WHERE t.{key} = a.{key})");
        yield return Statement.Check(
            $"""
            SELECT NOT EXISTS (SELECT FROM {table} AS d LEFT JOIN {Name} AS a ON a.{key} = d.{key} WHERE a.{key} IS NULL OR NOT {IsSettled})
            """,
            $"The archive {Name} differs from column {column} of {table}.") with
        {
            Rows = [new(table, RowAccess.Scan)],
        };
        yield return new($"""
            DO $archive$
            BEGIN
                LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
                DROP TRIGGER {_name} ON {table};
                ALTER TABLE {table} DROP COLUMN {column};
                DROP FUNCTION {Name}();
            END
            $archive$
            """)
        {
            Locks = [new(table, LockMode.AccessExclusive, AndReferenced: true)],
            Why = "The values are in the archive already, kept in step by the trigger: under this lock no row is read.",
        };
    }

    /// <summary>Stops to follow the table: the way down was left before its end.</summary>
    public Statement Forget() => new($"""
        DO $archive$
        BEGIN
            DROP TRIGGER {_name} ON {table};
            DROP FUNCTION {Name}();
        END
        $archive$
        """)
    {
        OnlyIf = IsFollowed,
        Condition = "a way down has stopped half-way",
        Locks = [new(table, LockMode.AccessExclusive)],
    };

    /// <summary>Gives rows their values again.</summary>
    /// <param name="references">The table whose <c>id</c> the column refers to: what is gone from it does not come back. Null: none.</param>
    public BackfillExpression Return(QualifiedName? references) => new(
        Name,
        key,
        where: $"""
            EXISTS (SELECT FROM {table} AS d WHERE d.{key} = t.{key} AND d.{column} IS DISTINCT FROM t.{column} AND ({unchosen})) AND t.{column} IS NOT NULL
            {(references is null ? "" : $"AND EXISTS (SELECT FROM {references} AS r WHERE r.id = t.{column})")}
            """,
        // FOR KEY SHARE: with session_replication_role = replica no foreign key looks.
        apply: $"""
            UPDATE {table} AS d SET {column} = a.{column}
            FROM batch JOIN {Name} AS a ON a.{key} = batch.key
            {(references is null ? "" : $"CROSS JOIN LATERAL (SELECT FROM {references} AS r WHERE r.id = a.{column} FOR KEY SHARE) AS parent")}
            WHERE d.{key} = batch.key AND ({unchosen})
            """)
    {
        Needs = Catalog.TableExists(Name),
        Silent = true,
    };

    /// <summary>Lets go of the values that are back, and tells of the others.</summary>
    public Statement LetGo() => new($"""
        DO $archive$
        DECLARE
            kept record;
        BEGIN
            FOR kept IN
                SELECT CASE WHEN d.{key} IS NULL THEN 'their row is gone' ELSE 'what they refer to is gone, or another value has been chosen since' END AS why, pg_catalog.count(*) AS rows
                FROM {Name} AS a LEFT JOIN {table} AS d ON d.{key} = a.{key} WHERE {IsKept} GROUP BY 1 ORDER BY 1
            LOOP
                RAISE INFO '% value(s) of {column} of {table} stay in {Name}: %', kept.rows, kept.why;
            END LOOP;
            IF FOUND THEN
                DELETE FROM {Name} AS a USING {table} AS d WHERE d.{key} = a.{key} AND NOT ({IsKept});
                UPDATE {Name} SET stale = true, owed = false WHERE NOT stale;
            ELSE
                DROP TABLE {Name};
            END IF;
        END
        $archive$
        """)
    {
        OnlyIf = Catalog.TableExists(Name),
        Condition = "there is an archive",
    };

    private string IsKept => $"a.{column} IS NOT NULL AND (d.{key} IS NULL OR d.{column} IS DISTINCT FROM a.{column})";
}
