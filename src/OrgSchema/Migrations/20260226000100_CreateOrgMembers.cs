using FluentMigrator;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Who belongs to an organization, and as what.</summary>
[Expand(20260226000100, Adopts = true)]
public sealed class CreateOrgMembers : OnlineMigration
{
    public override void Up()
    {
        Create.Table("org_members").InSchema("public")
            .WithColumn("id").AsGuid().NotNullable().PrimaryKey("org_members_pkey").WithDefaultValue(RawSql.Insert("gen_random_uuid()"))
            .WithColumn("org_id").AsGuid().NotNullable()
            .WithColumn("user_id").AsGuid().NotNullable()
            .WithColumn("role").AsCustom("text").NotNullable().WithDefaultValue("member")
            .WithColumn("joined_at").AsCustom("timestamptz").Nullable().WithDefaultValue(RawSql.Insert("now()"));
        AddCheck("org_members_role_check", "public.org_members", "role IN ('owner', 'admin', 'member')");
        Create.UniqueConstraint("org_members_org_id_user_id_key").OnTable("org_members").WithSchema("public").Columns("org_id", "user_id");
        Create.Index("idx_org_members_org_id").OnTable("org_members").InSchema("public").OnColumn("org_id");
        Create.Index("idx_org_members_user_id").OnTable("org_members").InSchema("public").OnColumn("user_id");
        GrantOnly("public.org_members", to: ["service_role"], nothingTo: ["anon", "authenticated"]);
        Create.ForeignKey("org_members_org_id_fkey")
            .FromTable("org_members").InSchema("public").ForeignColumn("org_id")
            .ToTable("organizations").InSchema("public").PrimaryColumn("id").OnDelete(System.Data.Rule.Cascade);
        Create.ForeignKey("org_members_user_id_fkey")
            .FromTable("org_members").InSchema("public").ForeignColumn("user_id")
            .ToTable("users").InSchema("auth").PrimaryColumn("id").OnDelete(System.Data.Rule.Cascade);
        Restore("public.org_members");
    }

    public override void Down() => ArchiveAndDropTable("public.org_members");
}
