using System.Data;
using FluentMigrator;
using FluentMigrator.Postgres;

namespace OrgSchema.Online.Tests;

/// <summary>Every verb of FluentMigrator, with names of every shape.</summary>
public static class ExpressionLists
{
    // Of up to 63 bytes, which the server does not cut.
    private static readonly string[] Names =
        ["people", "People", "ORDER", "user", "my table", "Größe", "tab.le", "100_percent", "it's", "a\"quote", "p" + new string('x', 58)];

    public static IEnumerable<Expressions> All => [.. Names.SelectMany(Of), .. Without];

    /// <summary>One name of each kind of quoting is enough where only the transaction differs.</summary>
    public static IEnumerable<Expressions> Some => [.. InOneTransaction, .. Alone];

    /// <summary>The same without what no transaction takes.</summary>
    public static IEnumerable<Expressions> InOneTransaction => [.. Of("people"), .. Of("My table"), .. Without];

    /// <summary>What the server refuses in a transaction.</summary>
    public static IEnumerable<Expressions> Alone =>
    [
        new("indexes concurrently", m =>
        {
            m.Create.Index("By a").OnTable("Big").OnColumn("A").Ascending().WithOptions().AsConcurrently();
            m.Create.Index("by_b").OnTable("Big").OnColumn("b").Descending().WithOptions().Unique().WithOptions().AsConcurrently();
            m.Execute.Sql("CREATE INDEX CONCURRENTLY by_both ON \"Big\" (\"A\", b)");
        }, m =>
        {
            m.Delete.Index("By a").OnTable("Big");
            m.Execute.Sql("DROP INDEX CONCURRENTLY by_b");
            m.Execute.Sql("DROP INDEX CONCURRENTLY by_both;");
        }, Big),
        new("a table that is tidied up", m => m.Execute.Sql("VACUUM (ANALYZE) \"Big\""), m => m.Execute.Sql("REINDEX TABLE CONCURRENTLY \"Big\""), Big),
    ];

    private const string Big = """CREATE TABLE "Big" ("A" integer PRIMARY KEY, b integer, c integer); INSERT INTO "Big" SELECT n, n, 0 FROM generate_series(1, 100) AS n""";

    private static IEnumerable<Expressions> Of(string name)
    {
        var (table, other) = ($"{name}_t", $"{name}_o");
        yield return new($"creates: {name}", Creates, Deletes);
        yield return new($"changes: {name}", Changes, ChangesBack, Quoted("CREATE TABLE {0} (id integer PRIMARY KEY, {1} integer, note text); INSERT INTO {0} VALUES (1, 2, 'x')"));
        yield return new($"renames: {name}", Renames, RenamesBack, Quoted("CREATE TABLE {0} (id integer PRIMARY KEY, {1} integer); INSERT INTO {0} VALUES (1, 2)"));
        yield return new($"rows: {name}", Rows, RowsBack, Quoted("CREATE TABLE {0} (id integer PRIMARY KEY, {1} text); INSERT INTO {0} VALUES (1, 'one'), (2, 'two'), (3, NULL)"));
        yield return new($"deletes: {name}", DeletesMore, null, Quoted("""
            CREATE TABLE {0} (id integer CONSTRAINT {2} PRIMARY KEY, {1} integer DEFAULT 1, gone integer);
            CREATE UNIQUE INDEX {3} ON {0} ({1});
            CREATE TABLE other (id integer CONSTRAINT {4} REFERENCES {0});
            CREATE SEQUENCE {5}
            """));

        string Quoted(string sql) => string.Format(
            System.Globalization.CultureInfo.InvariantCulture, sql, new[] { table, name, $"{name}_pk", $"{name}_ix", $"{name}_fk", $"{name}_sq" }
                .Select(plain => $"\"{plain.Replace("\"", "\"\"", StringComparison.Ordinal)}\"").ToArray<object>());

        void Creates(Migration m)
        {
            m.Create.Table(table).WithDescription("A table")
                .WithColumn("id").AsInt32().NotNullable().PrimaryKey($"{name}_pk").Identity()
                .WithColumn(name).AsString(50).Nullable().WithColumnDescription("A column")
                .WithColumn("at").AsDateTime().WithDefaultValue("2026-02-26")
                .WithColumn("amount").AsDecimal(10, 2).NotNullable().WithDefaultValue(0)
                .WithColumn("flag").AsBoolean().Nullable()
                .WithColumn("doc").AsCustom("jsonb").Nullable();
            m.Create.Table(other).WithColumn("id").AsInt64().NotNullable().WithColumn(name).AsInt32().Nullable();
            m.Create.PrimaryKey($"{name}_opk").OnTable(other).Column("id");
            m.Create.UniqueConstraint($"{name}_uq").OnTable(other).Columns("id", name);
            m.Create.ForeignKey($"{name}_fk").FromTable(other).ForeignColumn(name).ToTable(table).PrimaryColumn("id").OnDelete(Rule.Cascade).OnUpdate(Rule.SetNull);
            m.Create.Index($"{name}_ix").OnTable(table).OnColumn(name).Ascending().OnColumn("at").Descending().WithOptions().Unique();
            m.Create.Index($"{name}_i2").OnTable(table).OnColumn("flag");
            m.Create.Sequence($"{name}_sq").IncrementBy(2).MinValue(0).MaxValue(100).StartWith(4).Cache(5).Cycle();
            m.Create.Schema($"{name}_sc");
            m.Create.Table(table).InSchema($"{name}_sc").WithColumn(name).AsGuid().NotNullable();
            m.Insert.IntoTable(table).Row(new Dictionary<string, object> { [name] = "a 'quoted' \\ value", ["flag"] = true });
        }

        void Deletes(Migration m)
        {
            m.Delete.Table(table).InSchema($"{name}_sc");
            m.Delete.Schema($"{name}_sc");
            m.Delete.Sequence($"{name}_sq");
            m.Delete.ForeignKey($"{name}_fk").OnTable(other);
            m.Delete.UniqueConstraint($"{name}_uq").FromTable(other);
            m.Delete.PrimaryKey($"{name}_opk").FromTable(other);
            m.Delete.Table(other);
            m.Delete.Index($"{name}_i2").OnTable(table);
            m.Delete.Table(table);
        }

        void Changes(Migration m)
        {
            m.Alter.Table(table).AddColumn($"{name}2").AsString(20).NotNullable().WithDefaultValue("d").AddColumn("at").AsDate().Nullable();
            m.Create.Column($"{name}3").OnTable(table).AsInt32().NotNullable().SetExistingRowsTo(7);
            m.Alter.Column(name).OnTable(table).AsInt64().NotNullable();
            m.Alter.Table(table).AlterColumn("note").AsString(100).Nullable();
            m.Alter.Column($"{name}2").OnTable(table).AsString(30).WithDefaultValue("e");
            m.Alter.Table(table).WithDescription("Changed");
            m.Create.Schema($"{name}_sc");
        }

        void ChangesBack(Migration m)
        {
            m.Delete.Schema($"{name}_sc");
            m.Delete.DefaultConstraint().OnTable(table).OnColumn($"{name}2");
            m.Delete.Column($"{name}3").Column($"{name}2").Column("at").FromTable(table);
            m.Alter.Column(name).OnTable(table).AsInt32().Nullable();
        }

        void Renames(Migration m)
        {
            m.Rename.Column(name).OnTable(table).To($"{name}9");
            m.Rename.Table(table).To($"{name}9");
            m.Create.Schema($"{name}_sc");
            m.Alter.Table($"{name}9").ToSchema($"{name}_sc");
        }

        void RenamesBack(Migration m)
        {
            m.Alter.Table($"{name}9").InSchema($"{name}_sc").ToSchema("public");
            m.Delete.Schema($"{name}_sc");
            m.Rename.Table($"{name}9").To(table);
            m.Rename.Column($"{name}9").OnTable(table).To(name);
        }

        void Rows(Migration m)
        {
            m.Insert.IntoTable(table).Row(new Dictionary<string, object> { ["id"] = 4, [name] = "ä;--" }).Row(new Dictionary<string, object> { ["id"] = 5, [name] = "$x$" });
            m.Update.Table(table).Set(new Dictionary<string, object> { [name] = "changed" }).Where(new { id = 1 });
            m.Update.Table(table).Set(new Dictionary<string, object> { [name] = RawSql.Insert("upper('raw')") }).Where(new { id = 2 });
            m.Delete.FromTable(table).Row(new { id = 3 });
        }

        void RowsBack(Migration m)
        {
            m.Delete.FromTable(table).Row(new { id = 4 }).Row(new { id = 5 });
            m.Insert.IntoTable(table).Row(new { id = 3 });
            m.Update.Table(table).Set(new Dictionary<string, object> { [name] = "all" }).AllRows();
        }

        void DeletesMore(Migration m)
        {
            m.Delete.ForeignKey($"{name}_fk").OnTable("other");
            m.Delete.Index($"{name}_ix").OnTable(table);
            m.Delete.DefaultConstraint().OnTable(table).OnColumn(name);
            m.Delete.Column("gone").FromTable(table);
            m.Delete.PrimaryKey($"{name}_pk").FromTable(table);
            m.Delete.Sequence($"{name}_sq");
        }
    }

    private static IEnumerable<Expressions> Without =>
    [
        new("asks what exists", m =>
        {
            if (!m.Schema.Table("Asked").Exists())
                m.Create.Table("Asked").WithColumn("id").AsInt32();
            if (m.Schema.Table("There").Column("Id").Exists())
                m.Create.Index("There_ix").OnTable("There").OnColumn("Id");
        }, m => m.Delete.Table("Asked"), """CREATE TABLE "There" ("Id" integer)"""),
        new("raw SQL of many kinds", m =>
        {
            m.Execute.Sql("CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS $$ SELECT 1; $$; CREATE TYPE mood AS ENUM ('a', 'b')");
            m.Execute.Sql("CREATE TABLE unqualified (m mood DEFAULT 'a', n integer DEFAULT f()); -- a comment; with a semicolon");
            m.Execute.Sql("INSERT INTO unqualified (n) SELECT n FROM generate_series(1, 3) AS n");
            m.Execute.Sql("CREATE VIEW v AS SELECT * FROM unqualified; CREATE SEQUENCE s");
        }, m => m.Execute.Sql("DROP VIEW v; DROP TABLE unqualified; DROP FUNCTION f(); DROP TYPE mood; DROP SEQUENCE s")),
        new("fails at the second", m =>
        {
            m.Create.Table("half").WithColumn("id").AsInt32();
            m.Execute.Sql("SELECT 1 / 0");
        }),
        new("C# code in order", m =>
        {
            m.Create.Table("wc").WithColumn("id").AsInt32();
            m.Insert.IntoTable("wc").Row(new { id = 1 });
            m.Execute.WithConnection((c, t) => Run(c, t, "UPDATE wc SET id = id + 100"));
            m.Insert.IntoTable("wc").Row(new { id = 2 });
            m.Execute.WithConnection((c, t) => Run(c, t, "INSERT INTO wc SELECT count(*) FROM wc"));
        }, m => m.Delete.Table("wc")),
        new("C# code, then a failure", m =>
        {
            m.Execute.WithConnection((c, t) => Run(c, t, "INSERT INTO wc VALUES (1)"));
            m.Execute.Sql("SELECT 1 / 0");
        }, null, "CREATE TABLE wc (id integer)"),
        new("C# code that fails", m =>
        {
            m.Execute.Sql("INSERT INTO wc VALUES (1)");
            m.Execute.WithConnection((_, _) => throw new InvalidOperationException("code"));
        }, null, "CREATE TABLE wc (id integer)"),
        new("C# code that needs a lock", m => m.Execute.WithConnection((c, t) => Run(c, t, "ALTER TABLE wc ADD COLUMN n integer")),
            m => m.Execute.WithConnection((c, t) => Run(c, t, "ALTER TABLE wc DROP COLUMN n")), "CREATE TABLE wc (id integer)"),
        new("a Down that throws", m => m.Create.Table("once").WithColumn("id").AsInt32(), _ => throw new InvalidOperationException("There is none.")),
        new("other databases", m =>
        {
            m.IfDatabase("sqlserver").Create.Table("never").WithColumn("id").AsInt32();
            m.IfDatabase("postgresql").Create.Table("always").WithColumn("id").AsInt32();
        }, m => m.IfDatabase("postgresql").Delete.Table("always")),
        new("values of all types", m => m.Insert.IntoTable("v").Row(new
        {
            i = 1, l = 2L, d = 1.5m, f = 2.5, s = "x", b = true, g = Guid.Parse("6559957c-2ce6-4cea-aa15-f79fb401a685"),
            t = new DateTime(2026, 2, 26, 1, 2, 3, DateTimeKind.Unspecified), o = new DateTimeOffset(2026, 2, 26, 1, 2, 3, TimeSpan.FromHours(2)), x = new byte[] { 0, 255 },
        }), m => m.Delete.FromTable("v").AllRows(), "CREATE TABLE v (i integer, l bigint, d numeric, f float8, s text, b boolean, g uuid, t timestamp, o timestamptz, x bytea)"),
        new("a timestamp that becomes one with a time zone", m => m.Execute.Sql("ALTER TABLE z ALTER COLUMN at TYPE timestamptz"),
            m => m.Execute.Sql("ALTER TABLE z ALTER COLUMN at TYPE timestamp"), "CREATE TABLE z (at timestamp); INSERT INTO z VALUES ('2026-02-26 12:00')"),
        new("a date as the database reads it", m => m.Execute.Sql("INSERT INTO z VALUES ('03/04/2024')"), m => m.Execute.Sql("DELETE FROM z"), "CREATE TABLE z (at date)"),
        new("system methods", m => m.Create.Table("sm")
            .WithColumn("at").AsDateTime().WithDefault(SystemMethods.CurrentUTCDateTime)
            .WithColumn("u").AsString(63).WithDefault(SystemMethods.CurrentUser), m => m.Delete.Table("sm")),
        new("an index with options of PostgreSQL", m =>
        {
            m.Create.Index("Opt_ix").OnTable("Opt").OnColumn("A").Ascending().WithOptions().Include("B").Filter("\"A\" > 1").UsingBTree();
        }, m => m.Delete.Index("Opt_ix").OnTable("Opt"), """CREATE TABLE "Opt" ("A" integer, "B" integer)"""),
        new("a table twice", m =>
        {
            m.Create.Table("twice").WithColumn("id").AsInt32();
            m.Create.Table("twice").WithColumn("id").AsInt32();
        }),
        new("a table without columns", m => m.Create.Table("bare")),
        new("nothing", _ => { }, _ => { }),
    ];

    private static void Run(IDbConnection connection, IDbTransaction? transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
