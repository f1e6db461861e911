namespace OrgSchema.Online;

/// <summary>
/// A second column that a trigger keeps in step with a column of a table in use: whichever of the two a client writes, the other one follows.
/// </summary>
/// <remarks>
/// The trigger is the last BEFORE trigger, so that it sees what the others have made of a row. It compares as bytes: not every type has an
/// equality. It is ENABLE ALWAYS: rows that arrive by replication, or while triggers are silenced, must be in step, too. PostgreSQL calls
/// it, not the client, which needs no right on its function: https://www.postgresql.org/docs/current/sql-createtrigger.html#SQL-CREATETRIGGER-NOTES
/// </remarks>
/// <param name="table">The table.</param>
/// <param name="trigger">The name of the trigger.</param>
/// <param name="name">The name of the second column while it is filled.</param>
/// <param name="key">The column by which it is filled.</param>
/// <param name="context">What it depends on.</param>
internal sealed class TwinColumn(QualifiedName table, Identifier trigger, Identifier name, Identifier key, StepContext context)
{
    private const string Always = "true";

    /// <summary>The type of the second column, and the expressions that make one value of the other. Null: both columns have the same.</summary>
    public Conversion? Conversion { get; init; }

    /// <summary>PL/pgSQL statements that come with the second column, in the same transaction.</summary>
    public string Along { get; init; } = "";

    /// <summary>The name of the second column while it is filled. It sorts behind those of an application.</summary>
    public static Identifier Name(Identifier one, Identifier other) => Identifier.Derived($"~{one.Name}~{other.Name}");

    /// <summary>The copy of a column that gets another name.</summary>
    public static TwinColumn OfRename(QualifiedName table, Identifier from, Identifier to, Identifier key, StepContext context) =>
        new(table, Name(from, to), Name(from, to), key, context);

    /// <summary>Whether the trigger exists.</summary>
    public string IsFollowed => Catalog.TriggerExists(table, trigger);

    /// <summary>Whether the second column exists under its first name.</summary>
    public string IsFilling => Catalog.ColumnExists(table, name);

    // Once it no longer does, a value may be another one than its conversion, and stays.
    private string TriggerFills => $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = {Literal.Of(Function.Schema)} AND p.proname = {Literal.Of(Function.Name)}
          AND pg_catalog.strpos(p.prosrc, {Literal.Of($"ELSIF {Always} THEN")}) > 0)
        """;

    /// <summary>The trigger's function. Its name tells tables and columns of any name apart.</summary>
    public QualifiedName Function { get; } = QualifiedName.OfCatalog(
        context.PrivateSchema, $"twin_{Identifier.Digest($"{table}.{QualifiedName.InQuotes(trigger.Name)}")[..32]}");

    private string Class => $"pg_catalog.to_regclass({Literal.Of(table.ToString())})";

    /// <summary>Makes the second column and the trigger, in one transaction.</summary>
    public SqlStatement Make(Identifier first) => new(Dollars.Do("twin", $"""
        DECLARE
            first record;
            granted record;
        BEGIN
            LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
            PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true);
            {ReadColumn(first)}
            EXECUTE pg_catalog.format({Literal.OfPattern($"ALTER TABLE {table} ADD COLUMN {name} %s")},
                {(Conversion is null ? "first.base" : Literal.Of(Conversion.Type))});
            {(Conversion is null ? CopyDefault : Conversion.TryDefault(table, first, name))}
            FOR granted IN
                SELECT e.privilege_type AS privilege, e.is_grantable,
                       CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END AS role
                FROM pg_catalog.aclexplode(first.attacl) AS e
            LOOP
                EXECUTE pg_catalog.format({Literal.OfPattern($"GRANT %s ({name}) ON TABLE {table} TO %s%s")},
                    granted.privilege, granted.role, CASE WHEN granted.is_grantable THEN ' WITH GRANT OPTION' END);
            END LOOP;
            IF first.attstattarget >= 0 THEN
                EXECUTE pg_catalog.format({Literal.OfPattern($"ALTER TABLE {table} ALTER COLUMN {name} SET STATISTICS %s")}, first.attstattarget);
            END IF;
            {Follow(first, name, isFilling: true)}
            REVOKE ALL ON FUNCTION {Function}() FROM PUBLIC;
            CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {Function}();
            ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger};
            {Along}
        END
        """))
    {
        Said = "",
        OnlyIf = $"SELECT NOT ({IsFollowed})",
        Condition = "its trigger does not exist",
        Locks = [new(table, LockMode.AccessExclusive)],
        Why = "From here on every row that is written has both columns in step. Existing rows have NULL: no row is read.",
    };

    /// <summary>Gives existing rows their value.</summary>
    public IEnumerable<OnlineExpression> Fill(Identifier first) => SilentBackfill.Of(context, new BackfillExpression(
        table,
        key,
        where: $"t.{name}::text IS DISTINCT FROM {Expected(first)}::text",
        apply: $"UPDATE {table} AS t SET {name} = t.{name} FROM batch WHERE t.{key} = batch.key")
    {
        Needs = Catalog.Both(IsFilling, TriggerFills),
        Said = "",
        Silent = true,
    });

    /// <summary>The indexes of a column once more, for the second one.</summary>
    public IEnumerable<OnlineExpression> CopyIndexes(Identifier first) =>
        from index in context.Indexes
        where index.Table == table && index.Column == first
        select new SqlExpression([.. index.Copy(name, IsFilling)]);

    /// <summary>PL/pgSQL statements that make the trigger's function for two names.</summary>
    /// <param name="first">The first column's.</param>
    /// <param name="second">The second column's.</param>
    /// <param name="isFilling">Whether a row of which neither is changed gets the second value.</param>
    public string Follow(Identifier first, Identifier second, bool isFilling) => $"""
        DECLARE
            first record;
            second_type text;
        BEGIN
            PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true);
            {ReadColumn(first)}
            SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) INTO STRICT second_type FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = {Class} AND a.attname = {Literal.Of(second.Name)};
            EXECUTE pg_catalog.format({Dollars.Quote("function", FunctionFormat(first, second, isFilling))}, first.type, second_type,
                coalesce(first.initial, 'NULL'), first.is_volatile);
        END;
        """;

    /// <summary>PL/pgSQL statements that end it.</summary>
    public string Forget => $"""
        DROP TRIGGER {trigger} ON {table};
        DROP FUNCTION {Function}();
        """;

    /// <summary>Whether the two columns are in step in every row.</summary>
    public SqlStatement AreInStep(Identifier first, Identifier second) => SqlStatement.Check(
        $"""
        SELECT NOT EXISTS (SELECT FROM {table} AS t WHERE t.{second}::text IS DISTINCT FROM t.{first}::text)
        """,
        $"The columns {first} and {second} of {table} differ in a row, although a trigger keeps them in step: "
            + $"SELECT * FROM {table} AS t WHERE t.{second}::text IS DISTINCT FROM t.{first}::text;") with
    {
        Said = "",
        Needs = IsFollowed,
        Rows = [new(table, RowAccess.Scan)],
    };

    // A domain would be checked in every row while everybody waits: the second column has the type that it is based on.
    private string ReadColumn(Identifier column) => $"""
        SELECT a.attacl, a.attstattarget, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, {ColumnDefault.IsVolatile} AS is_volatile,
               CASE WHEN NOT {ColumnDefault.IsVolatile} THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS initial,
               b.type || CASE WHEN a.attcollation <> y.typcollation THEN (SELECT pg_catalog.format(' COLLATE %I.%I', n.nspname, l.collname)
                   FROM pg_catalog.pg_collation AS l JOIN pg_catalog.pg_namespace AS n ON n.oid = l.collnamespace
                   WHERE l.oid = a.attcollation) ELSE '' END AS base
        INTO STRICT first
        FROM pg_catalog.pg_attribute AS a
        JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid
        LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        CROSS JOIN LATERAL (
            WITH RECURSIVE bases AS (
                SELECT a.atttypid AS oid, a.atttypmod AS modifier
                UNION ALL
                SELECT p.typbasetype, p.typtypmod FROM bases AS e JOIN pg_catalog.pg_type AS p ON p.oid = e.oid WHERE p.typtype = 'd'
            )
            SELECT pg_catalog.format_type(e.oid, e.modifier) AS type FROM bases AS e JOIN pg_catalog.pg_type AS p ON p.oid = e.oid WHERE p.typtype <> 'd'
        ) AS b
        WHERE a.attrelid = {Class} AND a.attname = {Literal.Of(column.Name)};
        """;

    // The same on both sides: what is not the default was written. With a volatile one NULL means that nothing was.
    private string CopyDefault => $"""
        IF first.initial IS NOT NULL THEN
            EXECUTE pg_catalog.format({Literal.OfPattern($"ALTER TABLE {table} ALTER COLUMN {name} SET DEFAULT %s")}, first.initial);
        END IF;
        """;

    // Of format(): 1 the first type, 2 the second, 3 the first default, 4 whether it is volatile.
    private string FunctionFormat(Identifier first, Identifier second, bool isFilling)
    {
        var (one, other) = (InFormat(first), InFormat(second));
        var (there, back) = (InFormat(Convert(Conversion?.There, first, $"NEW.{first}")), InFormat(Convert(Conversion?.Back, first, $"NEW.{second}")));
        var unwritten = Conversion is null ? "(%3$s)::%2$s" : "NULL::%2$s";
        var settings = Conversion is null ? SearchPath : Conversion.Settings;
        return $"CREATE OR REPLACE FUNCTION {InFormat(Function)}() RETURNS trigger LANGUAGE plpgsql {settings} AS " + Dollars.Body("body", $"""
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    IF {Differ($"NEW.{other}", unwritten)} AND ('%4$s' OR NOT {Differ($"NEW.{one}", "(%3$s)::%1$s")}) THEN
                        NEW.{one} := {back};
                    ELSE
                        NEW.{other} := {there};
                    END IF;
                ELSIF {Differ($"NEW.{other}", $"OLD.{other}")} AND NOT {Differ($"NEW.{one}", $"OLD.{one}")} THEN
                    NEW.{one} := {back};
                ELSIF {(isFilling ? Always : Differ($"NEW.{one}", $"OLD.{one}"))} THEN
                    NEW.{other} := {there};
                END IF;
                RETURN NEW;
            END
            """);
    }

    private const string SearchPath = "SET search_path = pg_catalog, pg_temp";

    // As the assignment in the trigger makes it.
    private string Expected(Identifier first) => Conversion is null ? $"t.{first}" : $"({Convert(Conversion.There, first, $"t.{first}")})::{Conversion.Type}";

    // An expression speaks of the column by its name.
    private static string Convert(string? expression, Identifier column, string value) =>
        expression is null ? value : $"(SELECT ({expression}) FROM (VALUES ({value})) AS v ({column}))";

    private static string Differ(string one, string other) => $"pg_catalog.record_image_ne(ROW({one}), ROW({other}))";

    private static string InFormat(object sql) => Literal.InPattern(sql);
}
