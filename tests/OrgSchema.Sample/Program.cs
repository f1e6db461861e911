using FluentMigrator;
using OrgSchema.Online;

await using var migrator = new Migrator(new MigratorOptions
{
    ConnectionString = DatabaseUrl.Parse(args[0]).ConnectionString,
    Migrations = typeof(CreatePeople).Assembly.GetTypes(),
    PrivateSchema = "sample",
});
var result = await migrator.UpAsync();
Console.WriteLine($"applied: {string.Join(", ", result.Done)}");

/// <summary>A migration as FluentMigrator knows it.</summary>
[Migration(20260301000000)]
public sealed class CreatePeople : Migration
{
    public override void Up() => Create.Table("people").InSchema("public").WithColumn("id").AsInt64().PrimaryKey().WithColumn("email").AsString();

    public override void Down() => Delete.Table("people").InSchema("public");
}

/// <summary>One that keeps out of everybody's way.</summary>
[Expand(20260301000100, TransactionBehavior.None)]
public sealed class IndexPeopleByEmail : OnlineMigration
{
    public override void Up() => CreateIndexConcurrently("idx_people_email", on: "public.people", columns: "email");

    public override void Down() => DropIndexConcurrently("idx_people_email", on: "public.people");
}
