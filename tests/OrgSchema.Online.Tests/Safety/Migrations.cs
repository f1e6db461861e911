using FluentMigrator;

namespace OrgSchema.Online.Tests;

[Migration(1)]
public sealed class DropsTwo : ForwardOnlyMigration
{
    public override void Up()
    {
        Delete.Column("Name").FromTable("People");
        Delete.Column("age").FromTable("People");
    }
}

[Migration(2)]
public sealed class DropsAnother : ForwardOnlyMigration
{
    public override void Up() => Delete.Column("team").FromTable("People");
}

[Migration(3)]
[Unsafe("no client has used it since May")]
public sealed class DropsForAReason : ForwardOnlyMigration
{
    public override void Up() => Delete.Column("team").FromTable("People");
}

[Expand(4)]
public sealed class DropsOneForAReason : OnlineMigration
{
    public override void Up() => Unsafe("nor this one", () => Delete.Column("Name").FromTable("People"));

    public override void Down() => Alter.Table("People").AddColumn("Name").AsString().Nullable();
}

[Contract(5)]
public sealed class DropsInTheEnd : Migration
{
    public override void Up() => Delete.Column("Name").FromTable("People");

    public override void Down() => Alter.Table("People").AddColumn("Name").AsString().Nullable();
}

[Migration(6)]
public sealed class BuildsAnIndex : AutoReversingMigration
{
    public override void Up() => Create.Index("by_name").OnTable("People").OnColumn("Name");
}

[Migration(7)]
public sealed class MakesATable : AutoReversingMigration
{
    public override void Up() => Create.Table("made").WithColumn("id").AsInt32();
}

[Migration(8)]
public sealed class RenamesIt : ForwardOnlyMigration
{
    public override void Up()
    {
        Rename.Column("id").OnTable("made").To("number");
        Rename.Table("made").To("remade");
        Delete.Table("remade");
    }
}

[Migration(9)]
[Unsafe("the application is down")]
public sealed class RenamesPeople : AutoReversingMigration
{
    public override void Up() => Rename.Table("People").To("Persons");
}

[Migration(10)]
public sealed class BuildsAnIndexOnPersons : AutoReversingMigration
{
    public override void Up() => Create.Index("by_name").OnTable("Persons").OnColumn("Name");
}

[Migration(1)]
public sealed class RenamesPeopleForNothing : AutoReversingMigration
{
    public override void Up() => Rename.Table("People").To("Persons");
}

[Migration(11)]
public sealed class MakesATrigger : ForwardOnlyMigration
{
    public override void Up() => Execute.Sql("""
        DO $$ BEGIN
            CREATE FUNCTION public.hears() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER hears AFTER UPDATE ON public."People" FOR EACH STATEMENT EXECUTE FUNCTION public.hears();
        END $$
        """);
}

[Migration(12)]
public sealed class UpdatesBehindIt : ForwardOnlyMigration
{
    public override void Up() => Update.Table("People").Set(new { team = 3 }).Where(new { team = 2 });
}
