using System.Data;
using System.Globalization;
using FluentMigrator;

namespace OrgSchema.Online.Tests;

/// <summary>
/// The shapes that FluentMigrator's documentation shows of rows, SQL and code: https://fluentmigrator.github.io/operations/data.html
/// and the pages beside it.
/// </summary>
public static class DocumentedRows
{
    [Migration(1, "rows to begin with")]
    public sealed class Inserts : Migration
    {
        public override void Up()
        {
            Create.Table("users")
                .WithColumn("id").AsInt32().NotNullable().PrimaryKey().Identity()
                .WithColumn("name").AsString(100).NotNullable()
                .WithColumn("email").AsString(255).Nullable()
                .WithColumn("is_active").AsBoolean().NotNullable().WithDefaultValue(true)
                .WithColumn("logins").AsInt32().NotNullable().WithDefaultValue(0)
                .WithColumn("status").AsString(20).Nullable()
                .WithColumn("created_at").AsDateTime().NotNullable().WithDefaultValue(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Unspecified));
            Insert.IntoTable("users").Row(new { name = "John Doe", email = "john@example.com", is_active = true });
            Insert.IntoTable("users")
                .Row(new { name = "Jane Smith", email = "jane@company.com", created_at = new DateTime(2019, 5, 6, 7, 8, 9, DateTimeKind.Unspecified) })
                .Row(new { name = "Bob Johnson", email = "bob@company.com", is_active = true })
                .Row(new { name = "Alice Brown", email = (string?)null, is_active = false });
            for (var number = 1; number <= 10; number++)
                Insert.IntoTable("users").Row(new { name = $"TEST-{number:000}", logins = number });
        }

        public override void Down()
        {
            Delete.FromTable("users").AllRows();
            Delete.Table("users");
        }
    }

    [Migration(2)]
    public sealed class Updates : Migration
    {
        public override void Up()
        {
            Update.Table("users").Set(new { is_active = true, status = "Active" }).AllRows();
            Update.Table("users").Set(new { is_active = false }).Where(new { name = "John Doe" });
            Update.Table("users").Set(new Dictionary<string, object> { ["status"] = "Known" })
                .Where(new Dictionary<string, object> { ["name"] = "Jane Smith", ["email"] = "jane@company.com" });
            Update.Table("users").Set(new { logins = RawSql.Insert("logins + 1") }).Where(new { email = RawSql.Insert("LIKE '%@company.com'") });
            Update.Table("users").Set(new { email = RawSql.Insert("lower(replace(name, ' ', '-'))") }).Where(new { email = RawSql.Insert("IS NULL") });
            IfDatabase(ProcessorIdConstants.SqlServer).Update.Table("users").Set(new { name = RawSql.Insert("SUSER_SNAME()") }).AllRows();
            IfDatabase(ProcessorIdConstants.PostgreSQL)
                .Update.Table("users").Set(new { status = RawSql.Insert("current_user") }).Where(new { is_active = false });
        }

        public override void Down() => Update.Table("users").Set(new { is_active = true }).AllRows();
    }

    [Migration(3)]
    public sealed class Deletes : Migration
    {
        public override void Up()
        {
            Delete.FromTable("users").Row(new { name = "John Doe" });
            Delete.FromTable("users").Row(new { name = "TEST-001" }).Row(new { name = "TEST-002" });
            Delete.FromTable("users").Row(new { created_at = RawSql.Insert("< '2020-01-01'") });
            IfDatabase(ProcessorIdConstants.PostgreSQL).Delete.FromTable("users")
                .Row(new { logins = RawSql.Insert("IN (SELECT logins FROM users WHERE logins > 8)") });
        }

        public override void Down() => Insert.IntoTable("users").Row(new { name = "John Doe", email = "john@example.com", is_active = true });
    }

    [Migration(4)]
    public sealed class FillsBeforeItRequires : Migration
    {
        public override void Up()
        {
            Alter.Table("users").AddColumn("full_name").AsString(200).Nullable();
            Execute.Sql("UPDATE users SET full_name = COALESCE(name || ' ' || email, name, email) WHERE full_name IS NULL");
            Alter.Column("full_name").OnTable("users").AsString(200).NotNullable();
        }

        public override void Down() => Delete.Column("full_name").FromTable("users");
    }

    [Migration(5)]
    public sealed class ConvertsAType : Migration
    {
        public override void Up()
        {
            Create.Table("products").WithColumn("id").AsInt32().NotNullable().PrimaryKey().Identity().WithColumn("price").AsString(50).Nullable();
            Insert.IntoTable("products").Row(new { price = "12.5" }).Row(new { price = "none" }).Row(new { price = "7" });
            Alter.Table("products").AddColumn("price_decimal").AsDecimal(10, 2).Nullable();
            IfDatabase(ProcessorIdConstants.SqlServer).Execute.Sql("UPDATE products SET price_decimal = TRY_CONVERT(DECIMAL(10,2), price)");
            IfDatabase(ProcessorIdConstants.PostgreSQL).Execute.Sql(@"
                UPDATE products
                SET price_decimal = CASE
                    WHEN price ~ '^[0-9]+\.?[0-9]*$' THEN price::DECIMAL(10,2)
                    ELSE 0
                END");
            Alter.Column("price_decimal").OnTable("products").AsDecimal(10, 2).NotNullable().WithDefaultValue(0.00m);
            Delete.Column("price").FromTable("products");
            Rename.Column("price_decimal").OnTable("products").To("price");
        }

        public override void Down() => Delete.Table("products");
    }

    [Migration(6)]
    public sealed class HasParameters : Migration
    {
        private static readonly Dictionary<string, string> Parameters = new() { ["Prefix"] = "app_", ["Status"] = "active", ["Table"] = "users" };

        public override void Up()
        {
            Execute.Sql(
                @"
                CREATE TABLE $(Prefix)settings (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, status varchar(20) DEFAULT '$(Status)');
                INSERT INTO $(Prefix)settings (status) VALUES ('$(Status)'), ('$$((Prefix)) stays');
                COMMENT ON TABLE $(Table) IS 'made by $(Prefix); see $$((Table))';
                ",
                "Settings with parameters",
                Parameters);
            Execute.Sql("INSERT INTO app_settings DEFAULT VALUES; -- the last one;");
        }

        public override void Down() => Execute.Sql("COMMENT ON TABLE $(Table) IS NULL; DROP TABLE $(Prefix)settings", Parameters);
    }

    [Migration(7)]
    public sealed class AsksThenWritesByConnection : Migration
    {
        public override void Up() => Execute.WithConnection((connection, transaction) =>
        {
            using var count = connection.CreateCommand();
            count.Transaction = transaction;
            count.CommandText = "SELECT COUNT(*) FROM users WHERE is_active";
            var active = Convert.ToInt32(count.ExecuteScalar(), CultureInfo.InvariantCulture);
            if (active == 0)
                throw new InvalidOperationException("There are no users.");
            using var update = connection.CreateCommand();
            update.Transaction = transaction;
            update.CommandText = "UPDATE users SET logins = @count WHERE name = 'Bob Johnson'";
            Add(update, "@count").Value = active * 2;
            update.ExecuteNonQuery();
        });

        public override void Down() => Execute.WithConnection((connection, transaction) =>
        {
            using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = "UPDATE users SET logins = 1000 WHERE name = 'Bob Johnson'";
            command.ExecuteNonQuery();
        });
    }

    [Migration(8)]
    public sealed class CopiesByConnection : Migration
    {
        public override void Up()
        {
            Create.Table("new_users").WithColumn("legacy_id").AsInt32().NotNullable().WithColumn("full_name").AsString().NotNullable();
            Execute.WithConnection((connection, transaction) =>
            {
                var users = new List<(object Id, object Name)>();
                using (var select = connection.CreateCommand())
                {
                    select.Transaction = transaction;
                    select.CommandText = "SELECT id, name FROM users ORDER BY id";
                    using var reader = select.ExecuteReader();
                    while (reader.Read())
                        users.Add((reader["id"], reader["name"]));
                }

                using var insert = connection.CreateCommand();
                insert.Transaction = transaction;
                insert.CommandText = "INSERT INTO new_users (legacy_id, full_name) VALUES (@id, @name)";
                var (id, name) = (Add(insert, "@id"), Add(insert, "@name"));
                (id.DbType, name.DbType) = (DbType.Int32, DbType.String);
                insert.Prepare();
                foreach (var user in users)
                {
                    (id.Value, name.Value) = (user.Id, user.Name);
                    insert.ExecuteNonQuery();
                }
            });
        }

        public override void Down() => Delete.Table("new_users");
    }

    [Migration(9)]
    public sealed class CallsAProcedure : Migration
    {
        public override void Up()
        {
            Execute.Sql(@"
                CREATE PROCEDURE tidy(IN floor_id integer, INOUT done integer DEFAULT 0) LANGUAGE plpgsql AS $$
                BEGIN
                    DELETE FROM new_users WHERE legacy_id < floor_id;
                    GET DIAGNOSTICS done = ROW_COUNT;
                END
                $$");
            Execute.WithConnection((connection, transaction) =>
            {
                using var call = connection.CreateCommand();
                call.Transaction = transaction;
                call.CommandText = "CALL tidy(@floor, 0)";
                Add(call, "@floor").Value = 5;
                _ = call.ExecuteScalar();
            });
        }

        public override void Down() => Execute.Sql("DROP PROCEDURE tidy");
    }

    private static IDbDataParameter Add(IDbCommand command, string name)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        command.Parameters.Add(parameter);
        return parameter;
    }
}
