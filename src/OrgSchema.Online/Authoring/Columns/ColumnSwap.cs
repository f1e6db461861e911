namespace OrgSchema.Online;

/// <summary>The exchange of a column for another one that has been kept in step, with everything that belongs to it: a change of the catalog alone.</summary>
/// <param name="table">The table.</param>
/// <param name="column">The name that stays.</param>
/// <param name="incoming">The column that takes the name. It has copies of what belongs to the other one.</param>
/// <param name="outgoing">The name that the other one gets.</param>
/// <param name="expression">As in <see cref="Conversion"/>: the incoming value, of the outgoing one.</param>
/// <param name="context">What belongs to the column.</param>
internal sealed class ColumnSwap(
    QualifiedName table, Identifier column, Identifier incoming, Identifier outgoing, string? expression, StepContext context)
{
    private string Class => $"pg_catalog.to_regclass({Literal.Of(table.ToString())})";

    private IEnumerable<ColumnIndex> Indexes => context.Indexes.Where(index => index.Table == table && index.Column == column);

    private IEnumerable<ColumnConstraint> Constraints => context.Constraints.Where(constraint => constraint.Of == table && constraint.Column == column);

    /// <summary>The locks that it needs.</summary>
    public IReadOnlyList<TableLock> Locks =>
    [
        .. Constraints.SelectMany(key => new[] { key.Table, key.Parent ?? table }).Prepend(table).Distinct()
            .Select(name => new TableLock(name, LockMode.AccessExclusive)),
    ];

    /// <summary>The statements that make copies of what belongs to the column, for the incoming one.</summary>
    /// <param name="needs">As in <see cref="SqlStatement.Needs"/>.</param>
    public IEnumerable<OnlineExpression> Copy(string needs)
    {
        var isRequired = Catalog.Both(needs, $"SELECT NOT ({Catalog.ColumnIsNullable(table, column)})");
        return
        [
            new SqlExpression([
                .. new RequireNotNull(table, incoming).Statements(context).Select(statement => statement with { Said = "", Needs = isRequired }),
            ]),
            .. Indexes.Select(index => new SqlExpression([.. index.Copy(incoming, needs)])),
            .. Constraints.Select(constraint => new SqlExpression([.. constraint.Copy(incoming, needs)])),
        ];
    }

    /// <summary>PL/pgSQL statements that do it.</summary>
    /// <remarks>Statistics, and a comment, speak of the column by its name: made again behind the exchange, they are of the incoming one.</remarks>
    public string Block => $"""
        DECLARE
            comment text;
            statistics text[];
            made text;
            required name;
            sequence record;
            state record;
            granted record;
        BEGIN
            LOCK TABLE {string.Join(", ", Locks.Select(locked => locked.Table.ToString()).Order(StringComparer.Ordinal))} IN ACCESS EXCLUSIVE MODE;
            PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true);
            comment := (SELECT pg_catalog.col_description(a.attrelid, a.attnum) FROM ({Attribute(column)}) AS a);
            {TakeStatistics}
            {string.Join("\n", Constraints.Select(constraint => constraint.Swap(incoming)))}
            ALTER TABLE {table} RENAME COLUMN {column} TO {outgoing};
            ALTER TABLE {table} RENAME COLUMN {incoming} TO {column};
            {string.Join("\n", Indexes.Select(index => index.Swap(incoming)))}
            {Conversion.MoveDefault(table, outgoing, column, expression, column)}
            IF EXISTS (SELECT FROM ({Attribute(outgoing)}) AS a WHERE a.atthasdef) THEN
                ALTER TABLE {table} ALTER COLUMN {outgoing} DROP DEFAULT;
            END IF;
            {MoveSequence}
            {MoveNotNull}
            EXECUTE pg_catalog.format({Literal.OfPattern($"COMMENT ON COLUMN {table}.{column} IS %L")}, comment);
            COMMENT ON COLUMN {table}.{outgoing} IS NULL;
            FOREACH made IN ARRAY coalesce(statistics, ARRAY[]::text[]) LOOP
                EXECUTE made;
            END LOOP;
            {RefuseLeft}
        END;
        """;

    private string TakeStatistics => $"""
        SELECT pg_catalog.array_agg(pg_catalog.pg_get_statisticsobjdef(s.oid)) INTO statistics
        FROM ({Attribute(column)}) AS a
        JOIN pg_catalog.pg_statistic_ext AS s ON s.stxrelid = a.attrelid AND {DependsOn("pg_statistic_ext", "s.oid")};
        FOR made IN
            SELECT pg_catalog.format('DROP STATISTICS %I.%I', n.nspname, s.stxname)
            FROM ({Attribute(column)}) AS a
            JOIN pg_catalog.pg_statistic_ext AS s ON s.stxrelid = a.attrelid AND {DependsOn("pg_statistic_ext", "s.oid")}
            JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
        LOOP
            EXECUTE made;
        END LOOP;
        """;

    // An identity is a sequence that cannot change its column. No client is between reading and making it: all of them wait for the table.
    private string MoveSequence => $"""
        FOR sequence IN
            SELECT s.*, a.attidentity, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, c.relacl, c.relowner,
                   b.atttypid AS new_type, b.atttypid IN ('int2'::pg_catalog.regtype, 'int4'::pg_catalog.regtype, 'int8'::pg_catalog.regtype) AS is_integer
            FROM ({Attribute(outgoing)}) AS a
            JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
                AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
            JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = d.objid
            JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            JOIN ({Attribute(column)}) AS b ON true
        LOOP
            IF sequence.is_integer AND sequence.seqtypid <> sequence.new_type THEN
                EXECUTE pg_catalog.format('ALTER SEQUENCE %s AS %s', sequence.name, pg_catalog.format_type(sequence.new_type, NULL));
            END IF;
            IF sequence.attidentity = '' THEN
                EXECUTE pg_catalog.format({Literal.OfPattern($"ALTER SEQUENCE %s OWNED BY {table}.{column}")}, sequence.name);
                CONTINUE;
            END IF;
            SELECT q.seqmin, q.seqmax INTO sequence.seqmin, sequence.seqmax FROM pg_catalog.pg_sequence AS q WHERE q.seqrelid = sequence.seqrelid;
            EXECUTE pg_catalog.format('SELECT q.last_value, q.is_called FROM %s AS q', sequence.name) INTO state;
            ALTER TABLE {table} ALTER COLUMN {outgoing} DROP IDENTITY;
            EXECUTE pg_catalog.format({AddIdentity},
                CASE sequence.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, sequence.name, sequence.seqstart, sequence.seqincrement,
                sequence.seqmin, sequence.seqmax, sequence.seqcache, CASE WHEN sequence.seqcycle THEN ' CYCLE' END);
            PERFORM pg_catalog.setval(sequence.name::pg_catalog.regclass, state.last_value, state.is_called);
            FOR granted IN
                SELECT e.privilege_type, CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END AS role
                FROM pg_catalog.aclexplode(sequence.relacl) AS e WHERE e.grantee <> sequence.relowner
            LOOP
                EXECUTE pg_catalog.format('GRANT %s ON SEQUENCE %s TO %s', granted.privilege_type, sequence.name, granted.role);
            END LOOP;
        END LOOP;
        """;

    private string AddIdentity => Literal.OfPattern($"""
        ALTER TABLE {table} ALTER COLUMN {column} ADD GENERATED %s AS IDENTITY
        (SEQUENCE NAME %s START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s%s)
        """);

    // Since PostgreSQL 18 it is a constraint with a name.
    private string MoveNotNull => context.ServerMajor < 18 ? $"ALTER TABLE {table} ALTER COLUMN {outgoing} DROP NOT NULL;" : $"""
        SELECT k.conname INTO required FROM ({Attribute(outgoing)}) AS a
        JOIN pg_catalog.pg_constraint AS k ON k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum];
        ALTER TABLE {table} ALTER COLUMN {outgoing} DROP NOT NULL;
        IF required IS NOT NULL THEN
            EXECUTE pg_catalog.format(
                {Literal.OfPattern($"ALTER TABLE {table} RENAME CONSTRAINT {RequireNotNull.Constraint(table, incoming)} TO %I")}, required);
        END IF;
        """;

    // Somebody has added it since the copies were made: the next attempt makes one.
    private string RefuseLeft => $"""
        FOR made IN
            SELECT pg_catalog.format('%s', i.indexrelid::pg_catalog.regclass) FROM ({Attribute(outgoing)}) AS a
            JOIN pg_catalog.pg_index AS i ON i.indrelid = a.attrelid AND {DependsOn("pg_class", "i.indexrelid")}
            UNION ALL
            SELECT k.conname FROM ({Attribute(outgoing)}) AS a JOIN pg_catalog.pg_constraint AS k ON k.contype <> 'n' AND {DependsOn("pg_constraint", "k.oid")}
        LOOP
            RAISE EXCEPTION USING MESSAGE = pg_catalog.format({Literal.OfPattern($"%s of {table} is new or INVALID")}, made),
                DETAIL = 'It came while the column was being prepared. Run the same command again';
        END LOOP;
        """;

    private string Attribute(Identifier name) => $"""
        SELECT a.* FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = {Class} AND a.attname = {Literal.Of(name.Name)} AND NOT a.attisdropped
        """;

    /// <summary>An expression: whether an object depends on the column <c>a</c>.</summary>
    public static string DependsOn(string catalog, string oid) => $"""
        EXISTS (SELECT FROM pg_catalog.pg_depend AS o WHERE o.classid = 'pg_catalog.{catalog}'::pg_catalog.regclass AND o.objid = {oid}
            AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum)
        """;
}
