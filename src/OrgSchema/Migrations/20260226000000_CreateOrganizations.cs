using FluentMigrator;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>The organizations.</summary>
[Expand(20260226000000)]
public sealed class CreateOrganizations : OnlineMigration
{
    public override void Up()
    {
        Create.Table("organizations").InSchema("public")
            .WithColumn("id").AsGuid().NotNullable().PrimaryKey("organizations_pkey").WithDefaultValue(RawSql.Insert("gen_random_uuid()"))
            .WithColumn("name").AsCustom("text").NotNullable()
            .WithColumn("slug").AsCustom("text").NotNullable()
            .WithColumn("created_by").AsGuid().Nullable()
            .WithColumn("created_at").AsCustom("timestamptz").Nullable().WithDefaultValue(RawSql.Insert("now()"))
            .WithColumn("updated_at").AsCustom("timestamptz").Nullable().WithDefaultValue(RawSql.Insert("now()"));
        Create.UniqueConstraint("idx_organizations_slug").OnTable("organizations").WithSchema("public").Column("slug");
        Create.Index("idx_organizations_created_by").OnTable("organizations").InSchema("public").OnColumn("created_by");
        Sql("""
            CREATE TRIGGER update_organizations_updated_at BEFORE UPDATE ON public.organizations
            FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column()
            """);
        GrantOnly("public.organizations", to: ["service_role"], nothingTo: ["anon", "authenticated"]);
        Create.ForeignKey("organizations_created_by_fkey")
            .FromTable("organizations").InSchema("public").ForeignColumn("created_by")
            .ToTable("users").InSchema("auth").PrimaryColumn("id").OnDelete(System.Data.Rule.SetNull);
    }

    public override void Down() => ArchiveAndDropTable("public.organizations");
}
