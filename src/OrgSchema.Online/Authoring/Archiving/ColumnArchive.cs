namespace OrgSchema.Online;

/// <summary>The values of a column, by the key of their rows, while a trigger keeps them in step with the table.</summary>
/// <remarks>
/// So a column of any size is archived in batches, and dropped under a lock of milliseconds, and nothing that is written meanwhile is lost.
/// Besides the values of the Down that is running, the archive may hold some of an earlier one: <c>stale</c> are those that an
/// Up could not bring back, <c>owed</c> are those that no Up has come to yet, because it ended before. What is owed to
/// a row goes before a value that nobody has chosen. Keys and values are text: no type of the application is needed to keep them.
/// </remarks>
internal sealed class ColumnArchive(QualifiedName table, Identifier column, Identifier key, string unchosen, StepContext context)
{
    // As the archive's SQL names archives of tables, with a colon: no two of them can be the same.
    private readonly string _name = ArchiveName.Of(table, column.Name);

    // A client that writes may have other settings: the text of a value must not depend on them.
    private const string Settings =
        "SET search_path = '' SET datestyle = 'ISO, YMD' SET intervalstyle = 'postgres' SET timezone = 'UTC' "
        + "SET extra_float_digits = 1 SET bytea_output = 'hex'";

    public QualifiedName Name => QualifiedName.OfCatalog(context.PrivateSchema, _name);

    private string Quoted => QualifiedName.Quoted(_name);

    private string Earlier => Literal.Of($"{context.PrivateSchema}.archive_{table.Name}_{column.Name}");

    private string Class => $"{Literal.Of(table.ToString())}::regclass";

    /// <summary>Whether the trigger exists.</summary>
    private string IsFollowed => $"SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = {Class} AND tgname = {Literal.Of(_name)})";

    private string IsNotFollowed => $"SELECT NOT ({IsFollowed})";

    /// <summary>Whether the archive's row <c>a</c> holds what it should of the table's row <c>d</c>.</summary>
    private string IsSettled => $"(a.value IS NOT DISTINCT FROM {Text($"d.{column}")} AND NOT a.stale OR a.owed AND ({unchosen}))";

    /// <summary>Takes an archive of an earlier form over. Earlier versions knew plain names only.</summary>
    public IEnumerable<SqlStatement> TakeOver()
    {
        if (!ArchiveName.IsPlain(table, column.Name))
            yield break;
        yield return new($"SELECT {context.Call("take_over_column", Earlier, Literal.Of(Name.ToString()), Literal.Of(column.Name), Literal.Of(key.Name))}")
        {
            Said = "",
            OnlyIf = $"SELECT pg_catalog.to_regclass({Earlier}) IS NOT NULL",
            Condition = "there is an archive of an earlier version",
        };
    }

    /// <summary>Makes the archive and the trigger.</summary>
    public IEnumerable<SqlStatement> Follow()
    {
        yield return new(Dollars.Do("archive", $"""
            BEGIN
                CREATE TABLE IF NOT EXISTS {Name} (
                    key text PRIMARY KEY, value text, archived_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
                    stale boolean NOT NULL DEFAULT false, owed boolean NOT NULL DEFAULT false);
                UPDATE {Name} SET owed = true WHERE NOT stale AND NOT owed;
            END
            """))
        {
            Said = $"archive and drop {table}.{column} by {key}, {unchosen}",
            OnlyIf = IsNotFollowed,
            Condition = "the archive is not followed yet",
        };
        yield return new($"CREATE OR REPLACE FUNCTION {Name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {Settings} AS " + Dollars.Body("body", $"""
            BEGIN
                IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND {Text($"OLD.{key}")} IS DISTINCT FROM {Text($"NEW.{key}")} THEN
                    DELETE FROM {Name} AS a WHERE a.key = {Text($"OLD.{key}")};
                END IF;
                IF TG_OP <> 'DELETE' THEN
                    INSERT INTO {Name} (key, value) VALUES ({Text($"NEW.{key}")}, {Text($"NEW.{column}")})
                    ON CONFLICT (key) DO UPDATE SET value = excluded.value, archived_at = excluded.archived_at, stale = false, owed = false;
                END IF;
                RETURN NULL;
            END
            """))
        {
            Said = "",
        };
        yield return new($"REVOKE ALL ON FUNCTION {Name}() FROM PUBLIC") { Said = "" };
        yield return new($"""
            CREATE OR REPLACE TRIGGER {Quoted} AFTER INSERT OR DELETE OR UPDATE OF {key}, {column} ON {table}
            FOR EACH ROW EXECUTE FUNCTION {Name}()
            """)
        {
            Said = "",
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
        where: $"NOT EXISTS (SELECT FROM {Name} AS a CROSS JOIN LATERAL (SELECT t.*) AS d WHERE a.key = {Text($"t.{key}")} AND {IsSettled})",
        apply: $"""
            INSERT INTO {Name} AS a (key, value)
            SELECT {Text($"t.{key}")}, {Text($"t.{column}")} FROM batch JOIN {table} AS t ON t.{key} = batch.key
            ON CONFLICT (key) DO UPDATE SET value = excluded.value, archived_at = excluded.archived_at, stale = false, owed = false
            """)
    {
        Needs = Catalog.ColumnExists(table, column),
        Said = "",
    };

    /// <summary>Compares, and drops the column with the trigger.</summary>
    public IEnumerable<SqlStatement> Drop()
    {
        yield return Forgotten();
        yield return Compared();
        yield return new(Dollars.Do("archive", $"""
            BEGIN
                LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
                PERFORM {context.Call("archive_definitions", Literal.Of(table.ToString()), Literal.Of(column.Name), $"{context.Version}", $"'{context.Way}'")};
                DROP TRIGGER {Quoted} ON {table};
                ALTER TABLE {table} DROP COLUMN {column};
                DROP FUNCTION {Name}();
            END
            """))
        {
            Said = "",
            Locks = [new(table, LockMode.AccessExclusive, AndReferenced: true) { Through = column.Name }],
            Why = "The values are in the archive already, kept in step by the trigger: under this lock no row is read.",
        };
    }

    /// <summary>Compares, and stops to follow: the column was there before its migration and stays, without the values that the migration gave it.</summary>
    public IEnumerable<OnlineExpression> Clear()
    {
        yield return new SqlExpression([Forgotten()]);
        yield return new SqlExpression([Compared()]);
        yield return new SqlExpression([Forget() with { Condition = "the archive is followed", Locks = [new(table, LockMode.AccessExclusive)] }]);
        yield return new BackfillExpression(
            table,
            key,
            where: $"t.{column} IS NOT NULL AND EXISTS (SELECT FROM {Name} AS a WHERE a.key = {Text($"t.{key}")} AND a.value = {Text($"t.{column}")})",
            apply: $"UPDATE {table} AS d SET {column} = NULL FROM batch WHERE d.{key} = batch.key")
        {
            Said = "",
        };
    }

    // A row that was deleted while a batch copied it.
    private SqlStatement Forgotten() => new($"""
        DELETE FROM {Name} AS a
        WHERE NOT a.stale AND NOT a.owed AND NOT EXISTS (SELECT FROM {table} AS t WHERE {Text($"t.{key}")} = a.key)
        """)
    {
        Said = "",
    };

    private SqlStatement Compared() => SqlStatement.Check(
        $"""
        SELECT NOT EXISTS (SELECT FROM {table} AS d LEFT JOIN {Name} AS a ON a.key = {Text($"d.{key}")} WHERE a.key IS NULL OR NOT {IsSettled})
        """,
        $"The archive {Name} differs from column {column} of {table}.") with
    {
        Said = "",
        Rows = [new(table, RowAccess.Scan)],
    };

    /// <summary>Stops to follow the table: the Down was left before its end.</summary>
    public SqlStatement Forget() => new(Dollars.Do("archive", $"""
        BEGIN
            DROP TRIGGER {Quoted} ON {table};
            DROP FUNCTION {Name}();
        END
        """))
    {
        Said = "",
        OnlyIf = IsFollowed,
        Condition = "a Down has stopped half-way",
        Locks = [new(table, LockMode.AccessExclusive)],
    };

    /// <summary>Gives rows their values again.</summary>
    /// <param name="references">What the column refers to: what is gone from it does not come back. Null: nothing.</param>
    public ReturnedColumn Return(ReferencedColumn? references) => new(Name, table, column, key, unchosen, references)
    {
        Needs = Catalog.TableExists(Name),
    };

    /// <summary>Removes the values that are back from the archive, and reports the others.</summary>
    public SqlStatement LetGo() => new(Dollars.Do("archive", $"""
        DECLARE
            kept record;
        BEGIN
            FOR kept IN
                SELECT CASE WHEN d.{key} IS NULL THEN 'their row is gone'
                           ELSE 'what they refer to is gone, or another value has been chosen since' END AS why,
                       pg_catalog.count(*) AS rows
                FROM {Name} AS a LEFT JOIN {table} AS d ON {Text($"d.{key}")} = a.key WHERE {IsKept} GROUP BY 1 ORDER BY 1
            LOOP
                RAISE INFO {Literal.Of(Kept)}, {context.Call("counted", "kept.rows", "'value'")}, kept.why;
            END LOOP;
            IF FOUND THEN
                DELETE FROM {Name} AS a USING {table} AS d WHERE {Text($"d.{key}")} = a.key AND NOT ({IsKept});
                UPDATE {Name} SET stale = true, owed = false WHERE NOT stale;
            ELSE
                DROP TABLE {Name};
            END IF;
        END
        """))
    {
        Said = "",
        OnlyIf = Catalog.TableExists(Name),
        Condition = "there is an archive",
    };

    private string Kept => $"% of {Literal.InPattern($"{table}.{column}")} kept in {Literal.InPattern(Name)}: %";

    private string IsKept => $"a.value IS NOT NULL AND (d.{key} IS NULL OR {Text($"d.{column}")} IS DISTINCT FROM a.value)";

    // By the output function of its type. IS DISTINCT FROM NULL: a composite value of NULLs is not NULL.
    private static string Text(string value) => $"(CASE WHEN {value} IS DISTINCT FROM NULL THEN pg_catalog.format('%s', {value}) END)";
}
