using System.Data;
using FluentMigrator;

namespace OrgSchema.Online.Tests;

/// <summary>
/// The shapes that FluentMigrator's documentation shows of tables: https://fluentmigrator.github.io/operations/create-tables.html
/// and the pages beside it.
/// </summary>
public static class DocumentedTables
{
    [Migration(20240101120000)]
    public sealed class CreatesMembers : Migration
    {
        public override void Up() => Create.Table("Members")
            .WithColumn("Id").AsInt32().NotNullable().PrimaryKey().Identity()
            .WithColumn("Login").AsString(50).NotNullable().Unique()
            .WithColumn("Mail").AsString(255).NotNullable().Unique("UQ_Members_Mail")
            .WithColumn("FirstName").AsString(100).Nullable()
            .WithColumn("LastName").AsString(100).Nullable()
            .WithColumn("IsActive").AsBoolean().NotNullable().WithDefaultValue(true)
            .WithColumn("CreatedAt").AsDateTime().NotNullable().WithDefault(SystemMethods.CurrentDateTime);

        public override void Down() => Delete.Table("Members");
    }

    [Migration(20240102090000)]
    public sealed class AddsRoles : Migration
    {
        public override void Up()
        {
            Create.Table("Roles")
                .WithColumn("Id").AsInt32().NotNullable().PrimaryKey().Identity()
                .WithColumn("Name").AsString(50).NotNullable().Unique()
                .WithColumn("Description").AsString(255).Nullable();
            Insert.IntoTable("Roles")
                .Row(new { Name = "Admin", Description = "Administrator" })
                .Row(new { Name = "User", Description = "Somebody" });
            Alter.Table("Members").AddColumn("RoleId").AsInt32().Nullable().ForeignKey("FK_Members_Roles", "Roles", "Id");
        }

        public override void Down()
        {
            Delete.ForeignKey("FK_Members_Roles").OnTable("Members");
            Delete.Column("RoleId").FromTable("Members");
            Delete.Table("Roles");
        }
    }

    [Migration(20240103000000)]
    public sealed class HasEveryType : Migration
    {
        public override void Up() => Create.Table("Types")
            .WithDescription("One column of each type")
            .WithColumn("Id").AsInt64().NotNullable().PrimaryKey("PK_Of_Types")
            .WithColumn("Text").AsString(100)
            .WithColumn("Ansi").AsAnsiString(50)
            .WithColumn("Long").AsString()
            .WithColumn("Longest").AsString(int.MaxValue).Nullable()
            .WithColumn("Fixed").AsFixedLengthString(32).NotNullable()
            .WithColumn("Short").AsInt16().WithColumnDescription("A small number")
            .WithColumn("Price").AsDecimal(10, 2).NotNullable()
            .WithColumn("Money").AsCurrency()
            .WithColumn("Single").AsFloat()
            .WithColumn("Double").AsDouble().Nullable()
            .WithColumn("Day").AsDate()
            .WithColumn("Moment").AsDateTime()
            .WithColumn("Moment2").AsDateTime2()
            .WithColumn("Offset").AsDateTimeOffset().Nullable()
            .WithColumn("Hour").AsTime()
            .WithColumn("Flag").AsBoolean()
            .WithColumn("Key").AsGuid().NotNullable()
            .WithColumn("Bytes").AsBinary(100)
            .WithColumn("Blob").AsBinary()
            .WithColumn("Xml").AsXml().Nullable()
            .WithColumn("Json").AsCustom("JSONB").Nullable();

        public override void Down() => Delete.Table("Types");
    }

    [Migration(20240104000000)]
    public sealed class AltersColumns : Migration
    {
        public override void Up()
        {
            Alter.Table("Members")
                .AddColumn("Phone").AsString(20).Nullable()
                .AddColumn("Status").AsString(20).NotNullable().WithDefaultValue("Pending")
                .AddColumn("SeenAt").AsDateTime().NotNullable().SetExistingRowsTo(new DateTime(2024, 1, 4, 0, 0, 0, DateTimeKind.Unspecified));
            Create.Column("MiddleName").OnTable("Members").AsString(50).Nullable();
            Alter.Column("Mail").OnTable("Members").AsString(320).NotNullable();
            Alter.Column("IsActive").OnTable("Members").AsBoolean().Nullable();
            Rename.Column("FirstName").OnTable("Members").To("GivenName");
            Rename.Table("Types").To("AllTypes");
            Alter.Table("Members").WithDescription("People with a login. Its center is 'Login'.");
            Delete.Column("Xml").Column("Json").FromTable("AllTypes");
        }

        public override void Down()
        {
            Alter.Table("AllTypes").AddColumn("Xml").AsXml().Nullable().AddColumn("Json").AsCustom("JSONB").Nullable();
            Rename.Table("AllTypes").To("Types");
            Rename.Column("GivenName").OnTable("Members").To("FirstName");
            Alter.Column("IsActive").OnTable("Members").AsBoolean().NotNullable().WithDefaultValue(true);
            Alter.Column("Mail").OnTable("Members").AsString(255).NotNullable();
            Delete.Column("MiddleName").FromTable("Members");
            Delete.Column("SeenAt").Column("Status").Column("Phone").FromTable("Members");
        }
    }

    [Migration(20240105000000)]
    public sealed class AddsAuditColumnsToEach : Migration
    {
        private static readonly string[] Tables = ["Members", "Roles"];

        public override void Up()
        {
            foreach (var table in Tables)
            {
                Alter.Table(table)
                    .AddColumn("ChangedBy").AsString(100).Nullable()
                    .AddColumn("IsDeleted").AsBoolean().NotNullable().WithDefaultValue(false);
            }
        }

        public override void Down()
        {
            foreach (var table in Tables)
            {
                Delete.Column("ChangedBy").FromTable(table);
                Delete.Column("IsDeleted").FromTable(table);
            }
        }
    }

    [Migration(20240106000000)]
    public sealed class HasConstraints : Migration
    {
        public override void Up()
        {
            Create.Table("Lines")
                .WithColumn("OrderId").AsInt32().NotNullable()
                .WithColumn("ProductId").AsInt32().NotNullable()
                .WithColumn("Quantity").AsInt32().NotNullable().WithDefaultValue(0);
            Create.PrimaryKey("PK_Lines").OnTable("Lines").Columns("OrderId", "ProductId");
            Create.UniqueConstraint("UQ_Lines_Product").OnTable("Lines").Columns("ProductId", "Quantity");
            Create.UniqueConstraint("UQ_Members_Phone").OnTable("Members").Column("Phone");
        }

        public override void Down()
        {
            Delete.UniqueConstraint("UQ_Members_Phone").FromTable("Members");
            Delete.UniqueConstraint("UQ_Lines_Product").FromTable("Lines");
            Delete.PrimaryKey("PK_Lines").FromTable("Lines");
            Delete.Table("Lines");
        }
    }

    [Migration(20240107000000)]
    public sealed class HasForeignKeysOfEachKind : Migration
    {
        public override void Up()
        {
            Create.Table("Departments")
                .WithColumn("CompanyId").AsInt32().NotNullable()
                .WithColumn("Code").AsString(10).NotNullable();
            Create.PrimaryKey("PK_Departments").OnTable("Departments").Columns("CompanyId", "Code");
            Create.Table("Staff")
                .WithColumn("Id").AsInt32().NotNullable().PrimaryKey().Identity()
                .WithColumn("CompanyId").AsInt32().NotNullable()
                .WithColumn("Code").AsString(10).NotNullable()
                .WithColumn("ManagerId").AsInt32().Nullable()
                .WithColumn("RoleId").AsInt32().Nullable();
            Create.ForeignKey("FK_Staff_Departments").FromTable("Staff").ForeignColumns("CompanyId", "Code")
                .ToTable("Departments").PrimaryColumns("CompanyId", "Code");
            Create.ForeignKey("FK_Staff_Manager").FromTable("Staff").ForeignColumn("ManagerId").ToTable("Staff").PrimaryColumn("Id").OnDelete(Rule.SetNull);
            Create.ForeignKey("FK_Staff_Roles").FromTable("Staff").ForeignColumn("RoleId")
                .ToTable("Roles").PrimaryColumn("Id").OnDelete(Rule.None).OnUpdate(Rule.Cascade);
            if (Schema.Table("Members").Exists() && !Schema.Table("Members").Constraint("FK_Members_Again").Exists())
                Create.ForeignKey("FK_Members_Again").FromTable("Members").ForeignColumn("RoleId")
                    .ToTable("Roles").PrimaryColumn("Id").OnDelete(Rule.Cascade);
        }

        public override void Down()
        {
            if (Schema.Table("Members").Constraint("FK_Members_Again").Exists())
                Delete.ForeignKey("FK_Members_Again").OnTable("Members");
            Delete.ForeignKey("FK_Staff_Roles").OnTable("Staff");
            Delete.ForeignKey("FK_Staff_Manager").OnTable("Staff");
            Delete.ForeignKey("FK_Staff_Departments").OnTable("Staff");
            Delete.Table("Staff");
            Delete.Table("Departments");
        }
    }

    [Migration(20240108000000)]
    public sealed class ReferToEachOther : Migration
    {
        public override void Up()
        {
            Create.Table("Hens").WithColumn("Id").AsInt32().NotNullable().PrimaryKey().Identity().WithColumn("EggId").AsInt32().Nullable();
            Create.Table("Eggs").WithColumn("Id").AsInt32().NotNullable().PrimaryKey().Identity().WithColumn("HenId").AsInt32().Nullable();
            Create.ForeignKey("FK_Hens_Eggs").FromTable("Hens").ForeignColumn("EggId").ToTable("Eggs").PrimaryColumn("Id").OnDelete(Rule.SetNull);
            Create.ForeignKey("FK_Eggs_Hens").FromTable("Eggs").ForeignColumn("HenId").ToTable("Hens").PrimaryColumn("Id").OnDelete(Rule.SetNull);
        }

        public override void Down()
        {
            Delete.ForeignKey("FK_Eggs_Hens").OnTable("Eggs");
            Delete.ForeignKey("FK_Hens_Eggs").OnTable("Hens");
            Delete.Table("Eggs");
            Delete.Table("Hens");
        }
    }

    [Migration(20240109000000)]
    public sealed class HasIndexes : Migration
    {
        public override void Up()
        {
            Create.Index("IX_Members_LastName").OnTable("Members").OnColumn("LastName");
            Create.Index("IX_Members_Names").OnTable("Members").OnColumn("GivenName").Ascending().OnColumn("LastName");
            Create.Index("IX_Members_CreatedAt").OnTable("Members").OnColumn("CreatedAt").Descending();
            Create.Index("UQ_Members_Login_Mail").OnTable("Members").OnColumn("Login").Ascending().OnColumn("Mail").Unique();
            Create.Index("IX_Members_Status").OnTable("Members").OnColumn("Status").Ascending().WithOptions().NonClustered().WithOptions().Unique();
        }

        public override void Down()
        {
            Delete.Index("IX_Members_Status").OnTable("Members");
            Delete.Index("UQ_Members_Login_Mail").OnTable("Members");
            Delete.Index("IX_Members_CreatedAt").OnTable("Members").OnColumn("CreatedAt");
            Delete.Index("IX_Members_Names").OnTable("Members");
            Delete.Index("IX_Members_LastName").OnTable("Members");
        }
    }

    [Migration(20240110000000)]
    public sealed class UsesSchemas : Migration
    {
        public override void Up()
        {
            Create.Schema("Sales");
            Create.Schema("Stock");
            Create.Table("Goods").InSchema("Stock")
                .WithColumn("Id").AsInt32().NotNullable().PrimaryKey().Identity().WithColumn("Sku").AsString(50).NotNullable();
            Create.Table("Orders").InSchema("Sales")
                .WithColumn("Id").AsInt32().NotNullable().PrimaryKey().Identity()
                .WithColumn("GoodId").AsInt32().NotNullable().ForeignKey("FK_Orders_Goods", "Stock", "Goods", "Id");
            Create.Index("IX_Goods_Sku").OnTable("Goods").InSchema("Stock").OnColumn("Sku").Ascending();
            Create.Sequence("Numbers").InSchema("Sales").StartWith(1000).IncrementBy(1).MinValue(1000).MaxValue(999999999).Cache(50);
        }

        public override void Down()
        {
            Delete.Sequence("Numbers").InSchema("Sales");
            Delete.Index("IX_Goods_Sku").OnTable("Goods").InSchema("Stock");
            Delete.ForeignKey("FK_Orders_Goods").OnTable("Orders").InSchema("Sales");
            Delete.Table("Orders").InSchema("Sales");
            Delete.Table("Goods").InSchema("Stock");
            Delete.Schema("Stock");
            Delete.Schema("Sales");
        }
    }

    [Migration(20240111000000)]
    public sealed class DropsTables : Migration
    {
        public override void Up()
        {
            Delete.Table("AllTypes");
            Delete.Table("Nowhere").IfExists();
        }

        public override void Down() => Create.Table("AllTypes").WithColumn("Bytes").AsBinary();
    }
}
