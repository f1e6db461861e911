using System.Data;
using FluentMigrator;
using FluentMigrator.Postgres;

namespace OrgSchema.Online.Tests;

/// <summary>
/// The shapes that FluentMigrator's documentation shows of kinds of migrations, of conditions and of PostgreSQL:
/// https://fluentmigrator.github.io/migration-types/auto-reversing.html and the pages beside it.
/// </summary>
public static class DocumentedLogic
{
    [Migration(20241201120000)]
    public sealed class ReversesItself : AutoReversingMigration
    {
        public override void Up()
        {
            Create.Schema("Reporting");
            Create.Table("Reports").InSchema("Reporting")
                .WithColumn("Id").AsInt32().NotNullable().PrimaryKey().WithColumn("Name").AsString(200).NotNullable();
            Create.Table("Categories").WithColumn("Id").AsInt32().NotNullable().PrimaryKey().Identity().WithColumn("Name").AsString(100).NotNullable();
            Create.Table("Products")
                .WithColumn("Id").AsInt32().NotNullable().PrimaryKey().Identity()
                .WithColumn("CategoryId").AsInt32().NotNullable()
                .WithColumn("SKU").AsString(50).NotNullable();
            Create.Index("IX_Products_SKU").OnTable("Products").OnColumn("SKU").Ascending().WithOptions().Unique();
            Create.ForeignKey("FK_Products_Categories")
                .FromTable("Products").ForeignColumn("CategoryId").ToTable("Categories").PrimaryColumn("Id").OnDelete(Rule.Cascade);
        }
    }

    [Migration(20241201120100)]
    public sealed class ReversesItsColumns : AutoReversingMigration
    {
        public override void Up()
        {
            Alter.Table("Products").AddColumn("FirstName").AsString(100).Nullable().AddColumn("LastName").AsString(100).Nullable();
            Rename.Table("Categories").To("Kinds");
            Rename.Column("Name").OnTable("Kinds").To("Title");
            Insert.IntoTable("Kinds").Row(new { Title = "Books" });
        }
    }

    [Migration(20241201120200)]
    public sealed class DependsOnTheDatabase : Migration
    {
        public override void Up()
        {
            Create.Table("Everywhere").WithColumn("Id").AsInt32().NotNullable().PrimaryKey().Identity().WithColumn("Name").AsString(100).NotNullable();
            IfDatabase(ProcessorIdConstants.SqlServer).Create.Table("OnlyThere").WithColumn("Id").AsInt32().NotNullable().PrimaryKey().Identity();
            IfDatabase(ProcessorIdConstants.PostgreSQL).Create.Table("OnlyHere").WithColumn("Id").AsInt32().NotNullable().PrimaryKey().Identity();
            IfDatabase(ProcessorIdConstants.SqlServer, ProcessorIdConstants.PostgreSQL).Delegate(() =>
            {
                Create.Index("IX_Everywhere_Name").OnTable("Everywhere").OnColumn("Name").Ascending();
                Insert.IntoTable("Everywhere").Row(new { Name = "in a delegate" });
            });
            IfDatabase(name => name.StartsWith("Postgre", StringComparison.OrdinalIgnoreCase))
                .Execute.Sql("INSERT INTO \"Everywhere\" (\"Name\") VALUES ('by a predicate')");
            IfDatabase("mysql").Execute.Sql("ALTER TABLE Everywhere ENGINE=InnoDB");
            IfDatabase(ProcessorIdConstants.PostgreSQL).Execute.WithConnection((connection, transaction) =>
            {
                using var command = connection.CreateCommand();
                command.Transaction = transaction;
                command.CommandText = "COMMENT ON TABLE \"OnlyHere\" IS 'by a connection'";
                command.ExecuteNonQuery();
            });
        }

        public override void Down()
        {
            IfDatabase(ProcessorIdConstants.PostgreSQL).Delete.Table("OnlyHere");
            IfDatabase(ProcessorIdConstants.SqlServer).Delete.Table("OnlyThere");
            Delete.Table("Everywhere");
        }
    }

    [Migration(20241201120300)]
    public sealed class AsksForTheSchema : Migration
    {
        public override void Up()
        {
            if (!Schema.Table("Everywhere").Exists())
                Create.Table("Never").WithColumn("Id").AsInt32();
            else if (!Schema.Table("Everywhere").Column("LastLoginAt").Exists())
                Alter.Table("Everywhere").AddColumn("LastLoginAt").AsDateTime().Nullable();
            if (!Schema.Table("Everywhere").Index("IX_Everywhere_Id").Exists())
                Create.Index("IX_Everywhere_Id").OnTable("Everywhere").OnColumn("Id");
            if (Schema.Table("Everywhere").Index("IX_Everywhere_Name").Exists())
                Create.Index("IX_Everywhere_Name_Id").OnTable("Everywhere").OnColumn("Name").Ascending().OnColumn("Id").Ascending();
            if (!Schema.Table("Everywhere").Constraint("CK_Everywhere_Name").Exists())
                Execute.Sql("ALTER TABLE \"Everywhere\" ADD CONSTRAINT \"CK_Everywhere_Name\" CHECK (\"Name\" LIKE '% %')");
            if (Schema.Schema("Reporting").Exists() && Schema.Schema("Reporting").Table("Reports").Exists())
                Create.Sequence("Numbers").InSchema("Reporting");
        }

        public override void Down()
        {
            if (Schema.Schema("Reporting").Sequence("Numbers").Exists())
                Delete.Sequence("Numbers").InSchema("Reporting");
            Execute.Sql("ALTER TABLE \"Everywhere\" DROP CONSTRAINT IF EXISTS \"CK_Everywhere_Name\"");
            if (Schema.Table("Everywhere").Index("IX_Everywhere_Name_Id").Exists())
                Delete.Index("IX_Everywhere_Name_Id").OnTable("Everywhere");
            Delete.Index("IX_Everywhere_Id").OnTable("Everywhere");
            if (Schema.Table("Everywhere").Column("LastLoginAt").Exists())
                Delete.Column("LastLoginAt").FromTable("Everywhere");
        }
    }

    [Migration(20241201120400)]
    public sealed class HasIdentitiesOfPostgres : Migration
    {
        public override void Up()
        {
            Create.Table("Always")
                .WithColumn("Id").AsInt32().NotNullable().PrimaryKey().Identity(PostgresGenerationType.Always)
                .WithColumn("Name").AsString(100).NotNullable();
            Create.Table("ByDefault")
                .WithColumn("Id").AsInt32().NotNullable().PrimaryKey().Identity(PostgresGenerationType.ByDefault)
                .WithColumn("Name").AsString(100).NotNullable();
            Insert.IntoTable("Always").WithOverridingSystemValue().Row(new { Id = 100, Name = "System" }).Row(new { Id = 200, Name = "Database" });
            Insert.IntoTable("ByDefault").WithOverridingUserValue().Row(new { Id = 500, Name = "A" });
            Insert.IntoTable("ByDefault").Row(new { Id = 1000, Name = "B" }).Row(new { Name = "C" });
        }

        public override void Down()
        {
            Delete.Table("ByDefault");
            Delete.Table("Always");
        }
    }

    [Migration(20241201120500)]
    public sealed class HasTypesOfPostgres : Migration
    {
        public override void Up()
        {
            Execute.Sql("CREATE TYPE member_status AS ENUM ('active', 'pending')");
            Create.Sequence("member_id_seq").StartWith(1000).IncrementBy(1).MinValue(1000).MaxValue(999999999).Cache(50);
            Create.Table("PgMembers")
                .WithColumn("Id").AsInt32().NotNullable().PrimaryKey().WithDefaultValue(RawSql.Insert("nextval('member_id_seq')"))
                .WithColumn("Status").AsCustom("member_status").NotNullable().WithDefaultValue(RawSql.Insert("'pending'"))
                .WithColumn("Json").AsCustom("JSONB").Nullable()
                .WithColumn("Address").AsCustom("INET").Nullable()
                .WithColumn("Range").AsCustom("INT4RANGE").Nullable()
                .WithColumn("Point").AsCustom("POINT").Nullable()
                .WithColumn("Bits").AsCustom("BIT(8)").Nullable()
                .WithColumn("Tags").AsCustom("TEXT[]").Nullable()
                .WithColumn("Words").AsCustom("TSVECTOR").Nullable();
            Insert.IntoTable("PgMembers").Row(new { Json = RawSql.Insert("'{\"theme\": \"dark\"}'"), Tags = RawSql.Insert("ARRAY['a', 'b']") });
            Execute.Sql("SELECT * FROM \"PgMembers\" WHERE \"Json\"->>'theme' = 'dark'  AND (\"Json\"->'on') IS NULL;");
        }

        public override void Down()
        {
            Delete.Table("PgMembers");
            Delete.Sequence("member_id_seq");
            Execute.Sql("DROP TYPE IF EXISTS member_status");
        }
    }

    [Migration(20241201120600)]
    public sealed class HasIndexesOfPostgres : Migration
    {
        public override void Up()
        {
            Create.Index("IX_Pg_Json").OnTable("PgMembers").OnColumn("Json").Ascending().WithOptions().UsingGin();
            Create.Index("IX_Pg_Words").OnTable("PgMembers").OnColumn("Words").Ascending().WithOptions().UsingGist();
            Create.Index("IX_Pg_Status").OnTable("PgMembers").OnColumn("Status").Ascending().WithOptions().UsingHash();
            Create.Index("IX_Pg_Filter").OnTable("PgMembers").OnColumn("Id").Ascending().NullsLast()
                .WithOptions().Filter("\"Status\" = 'active'").Include("Bits");
            Create.Index("IX_Pg_Unique").OnTable("PgMembers").OnColumn("Id").Unique().NullsNotDistinct().WithOptions().Fillfactor(80);
        }

        public override void Down()
        {
            foreach (var index in (string[])["IX_Pg_Unique", "IX_Pg_Filter", "IX_Pg_Status", "IX_Pg_Words", "IX_Pg_Json"])
                Delete.Index(index).OnTable("PgMembers");
        }
    }

    [Migration(20241201120700)]
    public sealed class HasATrigger : Migration
    {
        public override void Up()
        {
            Execute.Sql(@"
CREATE OR REPLACE FUNCTION fill_words()
RETURNS TRIGGER AS $$
BEGIN
    NEW.""Words"" := to_tsvector('english', coalesce(NEW.""Status""::text, '') || ' ' || 'x');
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER fill_words
    BEFORE INSERT OR UPDATE ON ""PgMembers""
    FOR EACH ROW EXECUTE FUNCTION fill_words();
");
            Update.Table("PgMembers").Set(new { Status = "active" }).AllRows();
            Execute.Sql("CREATE TABLE heirs (employee_id SERIAL, department_id INTEGER NOT NULL) INHERITS (\"Everywhere\")");
            Execute.Sql("CREATE VIEW actives AS SELECT \"Id\" FROM \"PgMembers\" WHERE \"Status\" = 'active'");
        }

        public override void Down()
        {
            Execute.Sql("DROP VIEW actives");
            Execute.Sql("DROP TABLE heirs");
            Execute.Sql("DROP TRIGGER fill_words ON \"PgMembers\"; DROP FUNCTION fill_words()");
        }
    }

    [Migration(20241201120800, TransactionBehavior.None, "outside of a transaction")]
    public sealed class HasNoTransaction : Migration
    {
        public override void Up()
        {
            Create.Index("IX_Pg_Address").OnTable("PgMembers").OnColumn("Address").Ascending().WithOptions().AsConcurrently();
            Execute.Sql("VACUUM ANALYZE \"PgMembers\"");
            Execute.Sql("REINDEX INDEX \"IX_Pg_Address\"");
        }

        public override void Down() => Delete.Index("IX_Pg_Address").OnTable("PgMembers");
    }

    [Migration(20241201120900)]
    public sealed class RunsAScript : Migration
    {
        public override void Up()
        {
            Create.Table("log").WithColumn("line").AsString().NotNullable();
            Execute.EmbeddedScript("LogALine.sql");
        }

        public override void Down() => Delete.Table("log");
    }

    [Migration(20241201121000)]
    [Tags(TagBehavior.RequireAny, "Development", "Testing")]
    public sealed class IsForTests : Migration
    {
        public override void Up()
        {
            Create.Table("TestData").WithColumn("Id").AsInt32().PrimaryKey().Identity().WithColumn("Text").AsString(500).Nullable();
            Insert.IntoTable("TestData").Row(new { Text = "a sample" });
        }

        public override void Down() => Delete.Table("TestData");
    }

    [Migration(20241201121100)]
    [Tags("Production")]
    public sealed class IsForProduction : Migration
    {
        public override void Up() => Create.Table("ProductionOnly").WithColumn("Id").AsInt32().PrimaryKey().Identity();

        public override void Down() => Delete.Table("ProductionOnly");
    }

    /// <summary>Runs only where a profile is asked for, which nobody does here.</summary>
    [Profile("Development")]
    public sealed class IsAProfile : Migration
    {
        public override void Up() => Create.Table("OfAProfile").WithColumn("Id").AsInt32();

        public override void Down()
        {
        }
    }
}

/// <summary>Migrations whose author has written no Down.</summary>
public static class DocumentedForGood
{
    [Migration(1)]
    public sealed class GoesForwardOnly : ForwardOnlyMigration
    {
        public override void Up() => Create.Table("Projects")
            .WithColumn("Id").AsInt32().NotNullable().PrimaryKey().Identity().WithColumn("Done").AsBoolean().NotNullable();
    }
}
