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
    [TestCase("SELECT 'never ended; SELECT 2", "SELECT 'never ended; SELECT 2")]
    [TestCase("SELECT 1 /* never ended; SELECT 2", "SELECT 1 /* never ended; SELECT 2")]
    [TestCase("  \n-- only a comment", "")]
    public void Semicolons_end_statements_where_the_server_says_so(string sql, string statements) =>
        Assert.That(string.Join('|', SqlText.Split(sql).Select(statement => statement.Sql)), Is.EqualTo(statements));

    [Test]
    public void Each_statement_tells_where_it_begins_and_what_it_does()
    {
        var statements = SqlText.Split("-- title\n\nselect 1;\n/* two\nlines */ UPDATE t\nSET a = 1; DELETE FROM t");

        Assert.That(statements.Select(statement => (statement.Line, statement.Verb)), Is.EqualTo(new[] { (3, "SELECT"), (5, "UPDATE"), (6, "DELETE") }));
    }
}
