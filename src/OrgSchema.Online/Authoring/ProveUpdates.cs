using FluentMigrator.Expressions;

namespace OrgSchema.Online;

/// <summary>Proves that a row trigger of a table lets an UPDATE through, and leaves nothing behind.</summary>
/// <remarks>
/// A function that other tables share may set a column that this table lacks: then none of its rows can be updated, and PL/pgSQL finds
/// out at the first UPDATE. So one is tried, twice, each time in a subtransaction that is rolled back: without any trigger, and with this
/// one alone. Only what the trigger adds is its fault. If the UPDATE fails without it too, nothing can be proven, and a line says so.
/// <para>
/// It is the table itself, not a copy of it: the function may ask for TG_TABLE_NAME or TG_RELID, and a copy would need rights and
/// could meet event triggers and publications. Triggers of others are switched off inside, because what they do may reach out of
/// the transaction. A row that exists is used; if there is none, one is made of defaults and, for columns that must have a value, of
/// simple values and of rows that foreign keys refer to. No default that takes a number of a sequence is used: it would stay taken.
/// DISABLE TRIGGER locks as CREATE TRIGGER has done before: other writers wait, readers do not.
/// </para>
/// </remarks>
internal sealed class ProveUpdates(QualifiedName table, Identifier trigger) : OnlineExpression
{
    public override IEnumerable<SqlStatement> Statements(StepContext context) => Commands;

    private IEnumerable<SqlStatement> Commands =>
    [
        new(Dollars.Do("prove", $"""
            DECLARE
                own text;
                function text;
                columns text;
                made text;
                place tid;
                fires boolean;
                proven boolean;
                problem text;
                state text;
                stack text;
            BEGIN
                SELECT pg_catalog.format('%I.%I()', n.nspname, p.proname) INTO STRICT function
                FROM pg_catalog.pg_trigger AS g
                JOIN pg_catalog.pg_proc AS p ON p.oid = g.tgfoid
                JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
                WHERE g.tgrelid = {Table}::regclass AND g.tgname = {Literal.Of(trigger.Name)};
                {Row};
                FOREACH fires IN ARRAY ARRAY[false, true] LOOP
                    proven := false;
                    BEGIN
                        ALTER TABLE {table} DISABLE TRIGGER USER;
                        IF fires THEN
                            ALTER TABLE {table} ENABLE TRIGGER {trigger};
                        END IF;
                        SELECT t.ctid INTO place FROM {table} AS t LIMIT 1 FOR UPDATE SKIP LOCKED;
                        IF place IS NULL THEN
                            SELECT t.ctid INTO place FROM {table} AS t LIMIT 1; -- the UPDATE waits for whoever has it
                        END IF;
                        IF place IS NULL THEN
                            EXECUTE {Literal.Of($"INSERT INTO {table} (")} || columns || ') OVERRIDING SYSTEM VALUE VALUES (' || made || ') RETURNING ctid'
                                INTO place;
                        END IF;
                        EXECUTE pg_catalog.format({Literal.Of(Update)}, own) INTO place USING place;
                        IF place IS NULL THEN
                            RAISE EXCEPTION 'the UPDATE changes no row';
                        END IF;
                        proven := true;
                        RAISE EXCEPTION 'taken back';
                    EXCEPTION
                        WHEN lock_not_available OR deadlock_detected OR serialization_failure THEN
                            RAISE;
                        WHEN OTHERS OR assert_failure THEN
                            GET STACKED DIAGNOSTICS problem = MESSAGE_TEXT, state = RETURNED_SQLSTATE, stack = PG_EXCEPTION_CONTEXT;
                    END;
                    IF NOT proven AND fires THEN
                        RAISE EXCEPTION USING
                            MESSAGE = {Literal.Of($"an UPDATE of {table} fails in the function ")} || function || {Literal.Of($" of its trigger {trigger}")},
                            DETAIL = pg_catalog.format(E'%s (%s, in %s)\n%s', problem, state, pg_catalog.split_part(stack, E'\n', 1),
                                'Make ' || function || {Literal.Of(Remedy)});
                    ELSIF NOT proven THEN
                        RAISE INFO '%', {Literal.Of(NotTried)} || problem;
                        EXIT;
                    END IF;
                END LOOP;
            END
            """))
        {
            Said = $"prove updates of {table} by {trigger}",
            Locks = [new(table, LockMode.ShareRowExclusive)],
            Why = "A function that other tables share may set a column that this one lacks. One UPDATE is tried, and rolled back.",
        },
    ];

    internal override IEnumerable<IMigrationExpression> Plain(bool isPostgres) =>
        isPostgres ? Commands.Select(command => PlainForm.Sql(command.Sql)) : base.Plain(isPostgres);

    public override string ToString() => $"prove updates of {table}";

    private string Table => Literal.Of(table.ToString());

    private string Update => $"UPDATE {Literal.InPattern(table)} AS t SET %1$I = t.%1$I WHERE t.ctid = $1 RETURNING t.ctid";

    private string NotTried => $"An UPDATE of {table} through {trigger} was not tried, because without triggers it fails, too: ";

    private string Remedy =>
        $" work for {table} too, for example by IF TG_TABLE_NAME <> {Literal.Of(table.Name)} THEN ... END IF "
        + "around what other tables need, and run the same command again.";

    // What a row is made of, by column. 'now' is a time of any type; '{}' is a json, an array, a bytea.
    private string Row => $"""
        SELECT (pg_catalog.array_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.attidentity <> 'a'))[1],
                       pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum),
                       pg_catalog.string_agg(CASE
                           WHEN a.atthasdef AND pg_catalog.pg_get_expr(d.adbin, d.adrelid) NOT LIKE '%nextval(%' THEN 'DEFAULT'
                           WHEN NOT a.attnotnull AND NOT t.typnotnull THEN 'NULL'
                           WHEN f.conrelid IS NOT NULL
                               THEN pg_catalog.format('(SELECT r.%I FROM %s AS r LIMIT 1)', k.attname, f.confrelid::regclass)
                           ELSE pg_catalog.format('CAST(%L AS %s)', CASE
                               WHEN b.oid = 'uuid'::regtype THEN '00000000-0000-4000-8000-000000000000'
                               WHEN b.typcategory = 'S' THEN 'orgschema'
                               WHEN b.typcategory = 'N' THEN '1'
                               WHEN b.typcategory = 'B' THEN 'false'
                               WHEN b.typcategory = 'D' THEN 'now'
                               WHEN b.typcategory = 'T' THEN '1 day'
                               WHEN b.typcategory = 'I' THEN '127.0.0.1'
                               WHEN b.typcategory = 'E'
                                   THEN (SELECT e.enumlabel::text FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = b.oid LIMIT 1)
                               ELSE '{"{}"}' END, pg_catalog.format_type(a.atttypid, a.atttypmod))
                       END, ', ' ORDER BY a.attnum)
                INTO own, columns, made
                FROM pg_catalog.pg_attribute AS a
                JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
                JOIN pg_catalog.pg_type AS b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
                LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                LEFT JOIN LATERAL (SELECT * FROM pg_catalog.pg_constraint AS c
                    WHERE c.conrelid = a.attrelid AND c.contype = 'f' AND c.conkey = ARRAY[a.attnum] LIMIT 1) AS f ON true
                LEFT JOIN pg_catalog.pg_attribute AS k ON k.attrelid = f.confrelid AND k.attnum = f.confkey[1]
                WHERE a.attrelid = {Table}::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        """;
}
