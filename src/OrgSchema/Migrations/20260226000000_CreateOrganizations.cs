using FluentMigrator;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>The organizations.</summary>
[Expand(20260226000000, Adopts = true)]
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
        Sql(OneIndexOnSlug, new TableLock("public.organizations", LockMode.AccessExclusive));
        Create.UniqueConstraint("idx_organizations_slug").OnTable("organizations").WithSchema("public").Column("slug");
        Create.Index("idx_organizations_created_by").OnTable("organizations").InSchema("public").OnColumn("created_by");
        Sql("""
            CREATE OR REPLACE TRIGGER update_organizations_updated_at BEFORE UPDATE ON public.organizations
            FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column()
            """);
        ProveUpdates("public.organizations", trigger: "update_organizations_updated_at");
        GrantOnly("public.organizations", to: ["service_role"], nothingTo: ["anon", "authenticated"]);
        Create.ForeignKey("organizations_created_by_fkey")
            .FromTable("organizations").InSchema("public").ForeignColumn("created_by")
            .ToTable("users").InSchema("auth").PrimaryColumn("id").OnDelete(System.Data.Rule.SetNull);
        Restore("public.organizations");
    }

    // As the application's own file makes the table, the slug has a unique constraint of PostgreSQL's naming, and under our name
    // a second index that nobody needs.
    private const string OneIndexOnSlug = """
        DO $slug$
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.organizations'::regclass AND conname = 'idx_organizations_slug') THEN
                DROP INDEX IF EXISTS public.idx_organizations_slug;
                IF EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.organizations'::regclass AND conname = 'organizations_slug_key') THEN
                    ALTER TABLE public.organizations RENAME CONSTRAINT organizations_slug_key TO idx_organizations_slug;
                END IF;
            END IF;
        END
        $slug$
        """;

    public override void Down() => ArchiveAndDropTable("public.organizations");
}
