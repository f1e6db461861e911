using OrgSchema.Online;

namespace OrgSchema;

/// <summary>What the application's own schema must have, and has not.</summary>
internal static class BaselineObstacles
{
    private const string ColumnsSql = """
        -- orgschema preflight: baseline columns
        SELECT e.tab, e.col, e.types, c.relkind::text, t.typname::text,
               NOT e.key OR EXISTS (
                   SELECT FROM pg_catalog.pg_index i
                   WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indisready AND i.indimmediate
                     AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum),
               NOT e.key OR a.attnotnull,
               pg_catalog.pg_get_userbyid(c.relowner), pg_catalog.pg_has_role(c.relowner, 'USAGE')
        FROM (VALUES ('public.dsos', 'id', '{uuid}'::text[], true),
                     ('public.dsos', 'name', '{text,varchar}', false),
                     ('public.user_dso_access', 'user_id', '{text,varchar}', false),
                     ('public.user_dso_access', 'dso_id', '{uuid}', false),
                     ('auth.users', 'id', '{uuid}', true),
                     ('auth.users', 'email', '{varchar,text,citext}', false)) AS e (tab, col, types, key)
        LEFT JOIN (pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace) ON n.nspname || '.' || c.relname = e.tab
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = e.col AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        """;

    private const string RolesSql = """
        -- orgschema preflight: roles of the API
        SELECT e.name
        FROM pg_catalog.unnest(ARRAY['anon', 'authenticated', 'service_role']) AS e (name)
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = e.name)
        """;

    private const string FunctionSql = """
        -- orgschema preflight: trigger function
        SELECT pg_catalog.format_type(p.prorettype, NULL)
        FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'public' AND p.proname = 'update_updated_at_column' AND p.pronargs = 0
        """;

    private const string WrongDatabase = "Check that the URL is the application's database.";

    public static IEnumerable<Question> Questions { get; } =
    [
        Question.Of(
            ColumnsSql,
            row => new Column(
                row.GetString(0),
                row.GetString(1),
                row.GetFieldValue<string[]>(2),
                row.IsDBNull(3) ? null : row.GetString(3),
                row.IsDBNull(4) ? null : row.GetString(4),
                row.GetBoolean(5),
                row.IsDBNull(6) || row.GetBoolean(6),
                row.IsDBNull(7) ? "" : row.GetString(7),
                !row.IsDBNull(8) && row.GetBoolean(8)),
            Judge),
        Question.Of(RolesSql, row => new(
            "baseline-role-missing",
            $"There is no role {row.GetString(0)}",
            $"CREATE ROLE {row.GetString(0)} NOLOGIN; -- or check that the URL is the application's database")),
        Question.Of(FunctionSql, row => row.GetString(0), types => types switch
        {
            [] => [new("baseline-function-missing", "There is no function public.update_updated_at_column()", WrongDatabase)],
            [not "trigger"] =>
                [new("baseline-function-type", $"public.update_updated_at_column() returns {types[0]}, not trigger", WrongDatabase)],
            _ => [],
        }),
    ];

    private static IEnumerable<Finding> Judge(List<Column> columns)
    {
        foreach (var table in columns.GroupBy(column => (column.Table, column.Kind)))
        {
            if (table.Key.Kind is null)
            {
                yield return new("baseline-table-missing", $"There is no table {table.Key.Table}", WrongDatabase);
                continue;
            }

            if (table.Key.Kind != "r")
                yield return new("baseline-table-kind", $"{table.Key.Table} is not an ordinary table (relkind '{table.Key.Kind}')", "Partitioned tables and views are not supported.");
            foreach (var column in table)
            {
                if (column.Type is null)
                    yield return new("baseline-column-missing", $"{column.Table} has no column {column.Name}", WrongDatabase);
                else if (!column.Types.Contains(column.Type))
                    yield return new("baseline-column-type", $"{column.Table}.{column.Name} is of type {column.Type}, not {column.Types[0]}", WrongDatabase);
                else if (KeyProblem(column.IsUnique, column.IsNotNull) is { } problem)
                {
                    var owner = column.MayAlter ? null : column.Owner;
                    var remedy = KeyRemedy(column.Table, column.Name, column.IsUnique, column.IsNotNull, owner);
                    yield return new("baseline-key-missing", $"{column.Table}.{column.Name} {problem}", remedy);
                }
            }
        }
    }

    private static string? KeyProblem(bool isUnique, bool isNotNull) => (isUnique, isNotNull) switch
    {
        (false, false) => "is not unique and allows NULL",
        (false, true) => "is not unique",
        (true, false) => "is unique, but allows NULL: batches cannot walk rows without a key",
        _ => null,
    };

    // By a CHECK, so that SET NOT NULL reads no row under its lock; a unique index without the lock of a constraint will do.
    private static string KeyRemedy(string table, string column, bool isUnique, bool isNotNull, string? owner)
    {
        string[] index = [$"CREATE UNIQUE INDEX CONCURRENTLY ON {table} ({column});"];
        string[] notNull =
        [
            $"SELECT * FROM {table} WHERE {column} IS NULL; -- give these rows one, then:",
            $"ALTER TABLE {table} ADD CONSTRAINT {column}_is_not_null CHECK ({column} IS NOT NULL) NOT VALID;",
            $"ALTER TABLE {table} VALIDATE CONSTRAINT {column}_is_not_null;",
            $"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL;",
            $"ALTER TABLE {table} DROP CONSTRAINT {column}_is_not_null;",
        ];
        var lead = owner is null
            ? "Run, each statement on its own:"
            : $"Only {Quote.Identifier(owner)}, the owner of {table}, may change it. "
              + "Ask the platform's support, or whoever can log in as that role, to run, each statement on its own:";
        return string.Join('\n', [lead, .. isNotNull ? [] : notNull, .. isUnique ? [] : index]);
    }

    private sealed record Column(
        string Table, string Name, string[] Types, string? Kind, string? Type, bool IsUnique, bool IsNotNull, string Owner, bool MayAlter);
}
