using FluentMigrator;
using FluentMigrator.Postgres;

namespace OrgSchema.Online.Tests;

/// <summary>Lists of expressions that are done in their safe forms on tables that are not small.</summary>
public static class SafeForms
{
    private const string People = """
        CREATE TABLE "People" (id integer PRIMARY KEY, "Name" text, age integer, team integer, "key" text);
        CREATE TABLE "Teams" (id integer PRIMARY KEY, "Name" text);
        INSERT INTO "Teams" SELECT n, 'team ' || n FROM generate_series(1, 10) AS n;
        INSERT INTO "People" SELECT n, 'name ' || n, n % 90, 1 + n % 10, 'k' || n FROM generate_series(1, 3000) AS n
        """;

    private const string Parts = """
        CREATE TABLE "Parts" (id integer, at date, amount integer, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
        CREATE TABLE "Parts1" PARTITION OF "Parts" FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
        CREATE TABLE "Parts2" PARTITION OF "Parts" FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
        INSERT INTO "Parts" SELECT n, date '2026-01-01' + n % 50, n FROM generate_series(1, 500) AS n
        """;

    /// <summary>Those that succeed.</summary>
    public static IEnumerable<Expressions> All =>
    [
        new("an index", m => m.Create.Index("By name").OnTable("People").OnColumn("Name"), m => m.Delete.Index("By name").OnTable("People"), People),
        new("an index with options", Index, m => m.Delete.Index("with_options").OnTable("People"), People),
        new("a unique index", m => m.Create.Index("u").OnTable("People").OnColumn("Name").Unique(), m => m.Delete.Index("u").OnTable("People"), People),
        new("a foreign key", ForeignKey, m => m.Delete.ForeignKey("In team").OnTable("People"), People),
        new("a unique constraint", m => m.Create.UniqueConstraint("Uq").OnTable("People").Columns("Name", "key"),
            m => m.Delete.UniqueConstraint("Uq").FromTable("People"), People),
        new("a primary key", m => m.Create.PrimaryKey("Pk").OnTable("People").Columns("Name", "id"),
            m => m.Delete.PrimaryKey("Pk").FromTable("People"), $"{People}; ALTER TABLE \"People\" DROP CONSTRAINT \"People_pkey\""),
        new("NOT NULL", m => m.Alter.Column("Name").OnTable("People").AsCustom("text").NotNullable(),
            m => m.Alter.Column("Name").OnTable("People").AsCustom("text").Nullable(), People),
        new("a check", m => m.Execute.Sql("""ALTER TABLE "People" ADD CONSTRAINT "Old" CHECK (age >= 0)"""),
            m => m.Execute.Sql("""ALTER TABLE "People" DROP CONSTRAINT "Old";"""), People),
        new("a column with a constant for existing rows", m => m.Alter.Table("People").AddColumn("Flag").AsBoolean().NotNullable().SetExistingRowsTo(false),
            m => m.Delete.Column("Flag").FromTable("People"), People),
        new("a column with an expression for existing rows",
            m => m.Alter.Table("People").AddColumn("Lower").AsString().NotNullable().SetExistingRowsTo(RawSql.Insert("lower(\"Name\")")),
            m => m.Delete.Column("Lower").FromTable("People"), People),
        new("a unique column", m => m.Create.Column("Code").OnTable("People").AsString(20).Nullable().Unique("Codes"),
            m => m.Delete.Column("Code").FromTable("People"), People),
        new("a default that is not constant, for rows to come", m => m.Alter.Table("People").AddColumn("At").AsString().WithDefault(SystemMethods.CurrentUser),
            m => m.Delete.Column("At").FromTable("People"), People),
        new("an update with a condition", m => m.Update.Table("People").Set(new { team = 3 }).Where(new { team = 2 }),
            m => m.Update.Table("People").Set(new { age = 0, Name = "nobody" }).AllRows(), People),
        new("much at once", Much, m => m.Execute.Sql("""DROP INDEX "By age"; ALTER TABLE "People" DROP CONSTRAINT "In team"; DROP TABLE "New" """), People),
        new("a partitioned table", Partitioned, m => m.Execute.Sql("""DROP INDEX "By amount"; ALTER TABLE "Parts" DROP CONSTRAINT "Some", ALTER amount DROP NOT NULL"""), Parts),
    ];

    /// <summary>Those that rows refuse.</summary>
    public static IEnumerable<Expressions> Refused =>
    [
        new("a unique index", m => m.Create.Index("u").OnTable("People").OnColumn("age").Unique(), null, People),
        new("a unique constraint", m => m.Create.UniqueConstraint("u").OnTable("People").Column("age"), null, People),
        new("a primary key", m => m.Create.PrimaryKey("p").OnTable("People").Column("age"), null, $"{People}; ALTER TABLE \"People\" DROP CONSTRAINT \"People_pkey\""),
        new("a foreign key", ForeignKey, null, $"{People}; UPDATE \"People\" SET team = 11 WHERE id = 7"),
        new("a check", m => m.Execute.Sql("""ALTER TABLE "People" ADD CONSTRAINT "Old" CHECK (age > 0)"""), null, People),
        new("NOT NULL", m => m.Alter.Column("Name").OnTable("People").AsCustom("text").NotNullable(), null, $"{People}; UPDATE \"People\" SET \"Name\" = NULL WHERE id = 7"),
        new("a name that is taken", m => m.Create.Index("People_pkey").OnTable("People").OnColumn("age"), null, People),
        new("a constraint that is there", m => m.Create.ForeignKey("People_pkey").FromTable("People").ForeignColumn("team").ToTable("Teams").PrimaryColumn("id"), null, People),
        new("an index that is not there", m => m.Delete.Index("nowhere").OnTable("People"), null, People),
        new("a column that is not there", m => m.Create.Index("by_nothing").OnTable("People").OnColumn("nothing"), null, People),
        new("a volatile default that a check refuses",
            m => m.Execute.Sql("""ALTER TABLE "People" ADD COLUMN "R" double precision NOT NULL DEFAULT random() / (id - id)"""), null, People),
        new("NOT NULL of a partitioned table", m => m.Alter.Column("amount").OnTable("Parts").AsInt32().NotNullable(), null, $"{Parts}; UPDATE \"Parts\" SET amount = NULL WHERE id = 7"),
    ];

    private static void Index(Migration m) => m.Create.Index("with_options").OnTable("People")
        .OnColumn("Name").Descending().NullsLast().OnColumn("age").Ascending()
        .WithOptions().Include("team").Filter("age > 17").UsingBTree();

    private static void ForeignKey(Migration m) => m.Create.ForeignKey("In team").FromTable("People").ForeignColumn("team").ToTable("Teams").PrimaryColumn("id")
        .OnDelete(System.Data.Rule.SetNull).OnUpdate(System.Data.Rule.Cascade);

    private static void Much(Migration m)
    {
        m.Create.Table("New").WithColumn("id").AsInt32().PrimaryKey();
        m.Insert.IntoTable("New").Row(new { id = 1 });
        m.Create.Index("By age").OnTable("People").OnColumn("age");
        m.Execute.WithConnection((connection, transaction) =>
        {
            using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = """UPDATE "New" SET id = id + 41""";
            command.ExecuteNonQuery();
        });
        m.Execute.Sql("""COMMENT ON TABLE "New" IS 'new'; INSERT INTO "New" VALUES (1)""");
        ForeignKey(m);
        m.Create.Index("by_id").OnTable("New").OnColumn("id");
    }

    private static void Partitioned(Migration m)
    {
        m.Create.Index("By amount").OnTable("Parts").OnColumn("amount");
        m.Alter.Column("amount").OnTable("Parts").AsInt32().NotNullable();
        m.Execute.Sql("""ALTER TABLE "Parts" ADD CONSTRAINT "Some" CHECK (amount > 0)""");
    }
}
