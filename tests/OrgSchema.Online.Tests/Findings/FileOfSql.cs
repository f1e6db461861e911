using NUnit.Framework;

namespace OrgSchema.Online.Tests;

public sealed class FileOfSql : DatabaseTest
{
    protected override string Schema => ExampleTables.Sql;

    [Test]
    public async Task Is_split_where_psql_would()
    {
        var found = await LintAsync("""
            -- a comment; with a semicolon
            SELECT ';', E'\';', "a;b", $a$;$a$ FROM (SELECT 1 AS "a;b") AS x /* nested /* ; */ comment; */;
            DO $body$ BEGIN PERFORM 1; END $body$;
            CREATE FUNCTION public.two() RETURNS integer LANGUAGE sql RETURN 2;
            CREATE RULE none AS ON DELETE TO public.orders DO INSTEAD (SELECT 1; SELECT 2);
            SELECT $$ is not the end; $ nor is this $$ ;; SELECT nothing_of_that_name -- no semicolon
            """);

        Assert.That(Lines(found), Does.Contain("file.sql:6 statement-failed").And.None.Match("file.sql:[1-5] statement-failed"));
        Assert.That(found.Count(finding => finding.Finding.Id == "statement-failed"), Is.EqualTo(1));
    }

    [Test]
    public async Task Goes_on_behind_a_statement_that_fails()
    {
        var found = await LintAsync("""
            BEGIN;
            SET LOCAL lock_timeout = '50ms';
            SELECT nothing;
            SAVEPOINT mine;
            CREATE INDEX orders_note ON public.orders (note);
            ROLLBACK TO SAVEPOINT mine;
            COMMIT;
            VACUUM public.orders;
            CREATE INDEX orders_paid ON public.orders (paid);
            """);

        Assert.That(Lines(found), Is.EquivalentTo(new[]
        {
            "file.sql:3 statement-failed", "file.sql:5 index-blocks-writes", "file.sql:9 index-blocks-writes", "file.sql:9 missing-lock-timeout",
        }));
        Assert.That(await Database.ScalarAsync<bool>("SELECT pg_catalog.to_regclass('public.orders_note') IS NULL AND pg_catalog.to_regclass('public.orders_paid') IS NOT NULL"), Is.True);
    }

    [Test]
    public async Task Can_be_one_transaction_although_it_does_not_say_so()
    {
        const string Sql = """
            SET LOCAL lock_timeout = '50ms';
            ALTER TABLE public.orders ADD COLUMN state text;
            UPDATE public.orders SET state = 'open' WHERE id <= 500;
            CREATE INDEX CONCURRENTLY orders_note ON public.orders (note);
            """;

        Assert.That(Lines(await LintAsync(Sql, singleTransaction: true)), Is.EquivalentTo(new[] { "file.sql:3 ddl-and-data-in-one-transaction", "file.sql:4 concurrently-in-transaction" }));
    }

    private static IEnumerable<string> Lines(IEnumerable<TracedFinding> found) => found.Select(finding => $"{finding.Statement?.Place} {finding.Finding.Id}");

    private async Task<IReadOnlyList<TracedFinding>> LintAsync(string sql, bool singleTransaction = false) =>
        await new SqlLint(Database.ConnectionString).RunAsync([new SqlFile("file.sql", sql)], singleTransaction, CancellationToken.None);
}
