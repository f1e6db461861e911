using System.Text;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary><c>docs/schema.md</c>, as the catalog of a migrated database has it.</summary>
public sealed class SchemaPage
{
    private static readonly string[] Ours = ["public.organizations", "public.org_members", "public.user_profiles"];

    // Of the tables around ours what refers to ours, or is referred to.
    private const string Columns = """
        WITH drawn AS (
            SELECT c.oid, n.nspname || '.' || c.relname AS name, n.nspname || '.' || c.relname = ANY ($1) AS whole
            FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname || '.' || c.relname = ANY ($1)
               OR EXISTS (SELECT FROM pg_constraint AS k WHERE k.contype = 'f' AND (k.conrelid = c.oid AND k.confrelid = ANY ($1::regclass[]::oid[]) OR k.confrelid = c.oid AND k.conrelid = ANY ($1::regclass[]::oid[]))))
        SELECT d.name || '|' || a.attname || '|' || replace(format_type(a.atttypid, a.atttypmod), ' ', '_') || '|'
            || concat_ws(', ',
                CASE WHEN EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = d.oid AND k.contype = 'p' AND a.attnum = ANY (k.conkey)) THEN 'PK' END,
                CASE WHEN EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = d.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey)) THEN 'FK' END,
                CASE WHEN EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = d.oid AND k.contype = 'u' AND k.conkey = ARRAY[a.attnum]) THEN 'UK' END)
            || '|' || CASE WHEN a.attnotnull THEN 'not null' ELSE '' END
        FROM drawn AS d
        JOIN pg_attribute AS a ON a.attrelid = d.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE d.whole OR EXISTS (
            SELECT FROM pg_constraint AS k
            WHERE k.contype IN ('p', 'f') AND k.conrelid = d.oid AND a.attnum = ANY (k.conkey) AND (k.contype = 'p' OR k.confrelid = ANY ($1::regclass[]::oid[])))
        ORDER BY d.name, a.attnum
        """;

    private const string Keys = """
        SELECT pn.nspname || '.' || p.relname || '|' || n.nspname || '.' || c.relname || '|' || a.attname || '|'
            || CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'r' THEN 'RESTRICT' ELSE 'NO ACTION' END
            || '|' || (a.attnotnull)::text
            || '|' || (EXISTS (SELECT FROM pg_constraint AS u WHERE u.conrelid = c.oid AND u.contype IN ('p', 'u') AND u.conkey = k.conkey))::text
        FROM pg_constraint AS k
        JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_class AS p ON p.oid = k.confrelid JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
        WHERE k.contype = 'f' AND (k.conrelid = ANY ($1::regclass[]::oid[]) OR k.confrelid = ANY ($1::regclass[]::oid[]))
        """;

    [Test]
    public async Task Is_what_the_migrations_make()
    {
        await using var database = await LiveDatabase.CreateAsync();
        await database.MigrateAsync();
        await database.ContractAsync();
        var columns = await ReadAsync(database, Columns);
        var keys = await ReadAsync(database, Keys);

        var page = new StringBuilder("""
            # Schema

            The organization tables after all migrations, and the tables around them, with only their primary keys and the foreign keys
            between them and the organization tables. [Why it is so](schema-decisions.md). A test draws this page from a migrated database.

            ```mermaid
            erDiagram

            """.ReplaceLineEndings("\n"));
        foreach (var key in keys.OrderBy(key => $"{key[0]} {key[1]} {key[2]}", StringComparer.Ordinal)) // whatever the server's collation
            page.Append($"    {Entity(key[0])} {(key[4] == "true" ? "||" : "|o")}--{(key[5] == "true" ? "o|" : "o{")} {Entity(key[1])} : \"{key[2]}, on delete {key[3]}\"\n");
        foreach (var table in columns.GroupBy(column => column[0]).OrderBy(table => table.Key, StringComparer.Ordinal))
        {
            page.Append($"    {Entity(table.Key)} {{\n");
            foreach (var column in table)
                page.Append($"        {column[2]} {column[1]}{(column[3].Length > 0 ? $" {column[3]}" : "")}{(column[4].Length > 0 ? $" \"{column[4]}\"" : "")}\n");
            page.Append("    }\n");
        }

        Snapshot.AssertFile("docs/schema.md", page.Append("```\n").ToString());
    }

    private static async Task<string[][]> ReadAsync(TestDatabase database, string sql) =>
        [.. (await database.ColumnAsync<string>(sql.Replace("$1", Literal.Of(Ours), StringComparison.Ordinal))).Select(row => row.Split('|'))];

    // Mermaid's names have no dot unless they are quoted.
    private static string Entity(string table) => $"\"{table}\"";
}
