namespace OrgSchema.Online;

/// <summary>Why a column cannot get a second one beside it, each reason with what to do: asked before the first change.</summary>
internal sealed class UnfollowableColumn(QualifiedName table, Identifier column, Identifier trigger, StepContext context)
{
    /// <summary>Fails, with all reasons, if there is one.</summary>
    /// <param name="what">What cannot be done.</param>
    /// <param name="isFollowed">A query: whether it has begun already.</param>
    /// <param name="more">Further queries for reasons, each a line of text.</param>
    public SqlStatement Refuse(string what, string isFollowed, params IEnumerable<string> more) => new(Dollars.Do("refuse", $"""
        DECLARE
            reasons text := (
                SELECT pg_catalog.string_agg(r.reason, '; ' ORDER BY r.reason) FROM ({string.Join(" UNION ALL ", Queries.Concat(more))}) AS r (reason));
        BEGIN
            IF reasons IS NOT NULL THEN
                RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = {Literal.Of($"{what} is refused")}, DETAIL = reasons;
            END IF;
        END
        """))
    {
        OnlyIf = $"SELECT NOT ({isFollowed})",
        Condition = "it has not begun",
        Said = "",
        Why = "What cannot be carried is refused before the first change.",
    };

    private IEnumerable<string> Queries =>
    [
        $"SELECT {Literal.Of($"{table}.{column} does not exist")} WHERE NOT ({Catalog.ColumnExists(table, column)})",
        $"""
        SELECT {Literal.Of($"{table} is not an ordinary table of its own: it is partitioned, a partition, inherits, or is no table. Change each table by hand")}
        FROM pg_catalog.pg_class AS c WHERE c.oid = {Class}
            AND (c.relkind <> 'r' OR EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE c.oid IN (i.inhrelid, i.inhparent)))
        """,
        $"""
        SELECT {Literal.Of($"{table}.{column} is a generated column: make the other one with an expression of its own")}
        FROM ({Attribute}) AS a WHERE a.attgenerated <> ''
        """,
        $"""
        SELECT pg_catalog.format({Literal.OfPattern($"trigger %I fires on UPDATE OF {column}, and would not when the other column is written: ")}
            || 'create it again without OF', g.tgname)
        FROM ({Attribute}) AS a JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = a.attrelid AND NOT g.tgisinternal AND a.attnum = ANY (g.tgattr)
        """,
        $"""
        SELECT pg_catalog.format('trigger %I would run behind the one that keeps both columns in step: '
            || {Literal.OfPattern($"give it a name that sorts before {trigger}")}, g.tgname)
        FROM ({BeforeTriggers}) AS g
        WHERE g.tgname >= {Literal.Of(trigger.Name)}::name
        """,
        $"""
        SELECT pg_catalog.format({Literal.OfPattern($"function %s of the BEFORE trigger %I names {column}, and would see only one of the two columns: ")}
            || 'move what it does into an AFTER trigger, a check or the application',
            g.tgfoid::pg_catalog.regprocedure, g.tgname)
        FROM ({BeforeTriggers}) AS g JOIN pg_catalog.pg_proc AS p ON p.oid = g.tgfoid
        WHERE pg_catalog.regexp_replace(pg_catalog.lower(p.prosrc), '[\s"]', '', 'g') ~ ('\m(new|old)\.' || {Literal.Of(Pattern)} || '\M')
        """,
        $"""
        SELECT pg_catalog.format({Literal.OfPattern($"publication %I has a list of columns with {column}: take the list away for the time")}, p.pubname)
        FROM ({Attribute}) AS a
        JOIN pg_catalog.pg_publication_rel AS l ON l.prrelid = a.attrelid AND a.attnum = ANY (l.prattrs)
        JOIN pg_catalog.pg_publication AS p ON p.oid = l.prpubid
        """,
        $"SELECT {Literal.Of($"{table}.{trigger} exists, and nothing keeps it in step: drop it")} WHERE ({Catalog.ColumnExists(table, trigger)})",
    ];

    // In a regular expression of PostgreSQL a character behind a backslash stands for itself, unless it is a letter or a digit.
    private string Pattern => string.Concat(column.Name.ToLowerInvariant().Where(c => !char.IsWhiteSpace(c) && c != '"')
        .Select(c => char.IsLetterOrDigit(c) || c == '_' ? $"{c}" : $@"\{c}"));

    private string Class => $"pg_catalog.to_regclass({Literal.Of(table.ToString())})";

    // Row triggers of INSERT or UPDATE. Those of ours are of other columns, whose order does not matter.
    private string BeforeTriggers => $"""
        SELECT g.* FROM pg_catalog.pg_trigger AS g JOIN pg_catalog.pg_proc AS f ON f.oid = g.tgfoid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
        WHERE g.tgrelid = {Class} AND NOT g.tgisinternal AND g.tgtype & 3 = 3 AND g.tgtype & 20 <> 0 AND n.nspname <> {Literal.Of(context.PrivateSchema)}
        """;

    private string Attribute => $"""
        SELECT a.* FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = {Class} AND a.attname = {Literal.Of(column.Name)} AND NOT a.attisdropped
        """;
}
