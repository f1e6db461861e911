using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Names that a pending migration needs and that already mean something else.</summary>
internal static class NameObstacles
{
    private const string TakenSql = """
        -- orgschema preflight: names taken in schema public
        SELECT c.relname::text,
               CASE c.relkind WHEN 'i' THEN 'an index of ' || t.relname WHEN 'I' THEN 'an index of ' || t.relname
                              WHEN 'S' THEN 'a sequence' WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view'
                              WHEN 'c' THEN 'a type' ELSE 'a table' END,
               t.relname::text
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
        LEFT JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
        WHERE n.nspname = 'public' AND c.relname = ANY (@names)
        UNION ALL
        SELECT t.typname::text, 'a type', NULL
        FROM pg_catalog.pg_type t
        JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        WHERE n.nspname = 'public' AND t.typrelid = 0 AND t.typelem = 0 AND t.typname = ANY (@tables)
        ORDER BY 1
        """;

    public static IEnumerable<Question> Questions(CheckedDatabase database)
    {
        if (database.Structure is not { } actual)
            return [];
        var pending = ExpectedSchema.Of(actual.Server).Where(expected => !database.IsApplied(expected.Since)).ToList();
        var tables = pending.Where(expected => expected.Fact.Kind == FactKind.Table).ToDictionary(expected => expected.Fact.Name, expected => expected.Since);
        var indexes = pending.Where(expected => expected.MakesIndex).ToDictionary(expected => expected.Fact.Name);
        return
        [
            Question.Of(
                TakenSql,
                row => (row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2)),
                Judge,
                new NpgsqlParameter<string[]>("names", [.. tables.Keys, .. indexes.Keys]),
                new NpgsqlParameter<string[]>("tables", [.. tables.Keys])),
        ];

        IEnumerable<Finding> Judge(List<(string Name, string What, string? IndexOf)> taken)
        {
            foreach (var (name, what, indexOf) in taken)
            {
                if (tables.TryGetValue(name, out var version) && actual[(FactKind.Table, $"public.{name}", name)] is not null)
                    continue;
                else if (version > 0)
                    yield return Taken($"public.{name}", what, version, indexOf is null ? what.Split(' ')[^1] : "index");
                else if (indexOf is null || (!tables.ContainsKey(indexOf) && indexes[name].Fact.Table != $"public.{indexOf}"))
                    yield return Taken($"public.{name}", what, indexes[name].Since, indexOf is null ? what.Split(' ')[^1] : "index");
            }

            foreach (var (table, version) in tables.Where(table => actual[(FactKind.Table, $"public.{table.Key}", table.Key)] is not null))
                yield return FoundTable.Judge($"public.{table}", version, database, actual);

            // On a table that exists already, what is there as it should be is a step that was interrupted, and goes on.
            foreach (var (wanted, since, _) in pending.Where(expected => HasNameOfItsOwn(expected.Fact) && !tables.ContainsKey(ShortName(expected.Fact.Table))))
            {
                if (actual[wanted.Key] is not { } there)
                    continue;
                if (there.Definition != wanted.Definition && IsSameKey(there, wanted))
                {
                    yield return new(
                        "key-replaced",
                        $"{there.Subject} already exists ({there.Definition}); migration {since} makes it {wanted.Definition}",
                        "Nothing to do: migrate replaces it.",
                        Severity.Warning);
                }
                else if (there.Definition != wanted.Definition)
                {
                    yield return new(
                        there.Kind == FactKind.Column ? "column-type" : "name-taken",
                        $"{there.Subject} already exists and is {there.Definition}; migration {since} makes it {wanted.Definition}",
                        Mend.Rename(there));
                }
                else if (there.Kind == FactKind.Column)
                {
                    yield return new(
                        "column-exists",
                        $"{there.Subject} already exists: migration {since} keeps it with its values, fills what is NULL, "
                            + "and fails later if a value is no organization's id",
                        $"SELECT org_id, count(*) FROM {there.Table} GROUP BY org_id;",
                        Severity.Warning);
                }
            }
        }
    }

    private static bool HasNameOfItsOwn(Fact fact) => fact.Kind is FactKind.Column or FactKind.Constraint or FactKind.Index or FactKind.Trigger;

    // A foreign key of the same columns is replaced, whatever it does on a delete.
    private static bool IsSameKey(Fact there, Fact wanted) =>
        wanted.Definition.StartsWith("FOREIGN KEY", StringComparison.Ordinal) && Reference(there) == Reference(wanted);

    private static string Reference(Fact key) => key.Definition.Split(" ON DELETE ")[0];

    private static string ShortName(string table) => table[(table.IndexOf('.', StringComparison.Ordinal) + 1)..];

    private static Finding Taken(string name, string what, long version, string kind) => new(
        "name-taken",
        $"{name} is {what} already; migration {version} needs the name",
        $"ALTER {kind.ToUpperInvariant()} {name} RENAME TO {ShortName(name)}_before_orgschema; -- after making sure that nothing uses it");
}
