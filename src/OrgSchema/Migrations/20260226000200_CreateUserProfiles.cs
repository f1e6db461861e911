using FluentMigrator;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>E-mail and name of each user, so that lists need not ask the auth server for one user at a time.</summary>
[Expand(20260226000200, Adopts = true)]
public sealed class CreateUserProfiles : OnlineMigration
{
    public override void Up()
    {
        Create.Table("user_profiles").InSchema("public")
            .WithColumn("id").AsGuid().NotNullable().PrimaryKey("user_profiles_pkey")
            .WithColumn("email").AsCustom("text").NotNullable()
            .WithColumn("name").AsCustom("text").Nullable()
            .WithColumn("created_at").AsCustom("timestamptz").Nullable().WithDefaultValue(RawSql.Insert("now()"))
            .WithColumn("updated_at").AsCustom("timestamptz").Nullable().WithDefaultValue(RawSql.Insert("now()"));
        Sql("""
            CREATE OR REPLACE TRIGGER update_user_profiles_updated_at BEFORE UPDATE ON public.user_profiles
            FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column()
            """);
        ProveUpdates("public.user_profiles", trigger: "update_user_profiles_updated_at");
        GrantOnly("public.user_profiles", to: ["service_role"], nothingTo: ["anon", "authenticated"]);
        Create.ForeignKey("user_profiles_id_fkey")
            .FromTable("user_profiles").InSchema("public").ForeignColumn("id")
            .ToTable("users").InSchema("auth").PrimaryColumn("id").OnDelete(System.Data.Rule.Cascade);
        Restore("public.user_profiles");
    }

    public override void Down() => ArchiveAndDropTable("public.user_profiles");
}
