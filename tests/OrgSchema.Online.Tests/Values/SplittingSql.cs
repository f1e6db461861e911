using NUnit.Framework;

namespace OrgSchema.Online.Tests;

public sealed class SplittingSql
{
    [TestCase("SELECT 1; SELECT 2", "SELECT 1|SELECT 2")]
    [TestCase(";; SELECT 1 ;\n;", "SELECT 1")]
    [TestCase("SELECT ';'; SELECT 'it''s;'", "SELECT ';'|SELECT 'it''s;'")]
    [TestCase(@"SELECT E'\';'; SELECT '\'; SELECT 2", @"SELECT E'\';'|SELECT '\'|SELECT 2")]
    [TestCase(@"SELECT nice'a\'; SELECT 2", @"SELECT nice'a\'|SELECT 2")] // a type's name before a string
    [TestCase("SELECT \"a;b\", \"c\"\";\"; SELECT 2", "SELECT \"a;b\", \"c\"\";\"|SELECT 2")]
    [TestCase("DO $$ BEGIN; END $$; SELECT 2", "DO $$ BEGIN; END $$|SELECT 2")]
    [TestCase("DO $a$ $b$;$b$ $; $a$; SELECT 2", "DO $a$ $b$;$b$ $; $a$|SELECT 2")]
    [TestCase("SELECT $1; SELECT a$b$; SELECT $2", "SELECT $1|SELECT a$b$|SELECT $2")]
    [TestCase("-- one; two\nSELECT 1 -- three; four\n; SELECT 2", "SELECT 1 -- three; four|SELECT 2")]
    [TestCase("/* a; /* b; */ c; */ SELECT 1; SELECT 2 /* ; */", "SELECT 1|SELECT 2 /* ; */")]
    [TestCase("CREATE RULE r AS ON DELETE TO t DO (SELECT 1; SELECT 2); SELECT 3", "CREATE RULE r AS ON DELETE TO t DO (SELECT 1; SELECT 2)|SELECT 3")]
    [TestCase("  \n-- only a comment", "")]
    public void Semicolons_end_statements_where_the_server_says_so(string sql, string statements) =>
        Assert.That(string.Join('|', Split(sql).Select(statement => statement.Sql)), Is.EqualTo(statements));

    [TestCase("SELECT 1;\nSELECT 'never ended; SELECT 2", "some.sql:2: what begins here does not end.")]
    [TestCase("SELECT 1 /* never ended; SELECT 2", "some.sql:1: what begins here does not end.")]
    [TestCase("DO $a$ never ended $b$", "some.sql:1: what begins here does not end.")]
    [TestCase("SELECT 1;\n\\connect other", "some.sql:2: '\\connect other' is a command of psql, not SQL.")]
    [TestCase("COPY t FROM STDIN;", "some.sql:1: COPY FROM STDIN has its rows in the file, and only psql reads them from there.")]
    [TestCase("CREATE FUNCTION f() RETURNS int\nBEGIN ATOMIC SELECT 1; END", "some.sql:2: the body of a function that begins with BEGIN ATOMIC cannot be sent: Npgsql cuts it at its semicolons.")]
    public void What_the_server_cannot_be_sent_is_refused_with_its_place(string sql, string message) =>
        Assert.That(() => Split(sql), Throws.TypeOf<RequestException>().With.Message.EqualTo(message));

    [Test]
    public void Each_statement_tells_where_it_begins_and_what_it_does()
    {
        var statements = Split("-- title\n\nselect 1;\n/* two\nlines */ UPDATE t\nSET a = 1; DELETE FROM t");

        Assert.That(statements.Select(statement => (statement.Place.Line, statement.Words[0])), Is.EqualTo(new[] { (3, "SELECT"), (5, "UPDATE"), (6, "DELETE") }));
    }

    private static IReadOnlyList<FileStatement> Split(string sql) => new SqlFile("some.sql", sql).Statements();
}
