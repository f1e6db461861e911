using FluentMigrator;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>
/// The column, with the default organization in every existing row at once: a constant default is kept in the catalog
/// (since PostgreSQL 11), no row is written, no trigger fires, and <c>updated_at</c> stays. From here on the bridge fills it.
/// </summary>
[Expand(20260226000500, Down = TransactionBehavior.None)]
public sealed class AddOrgIdToDsos(Tenancy tenancy) : OnlineMigration
{
    private readonly string _slug = Literal.Of(tenancy.OrganizationSlug);

    public override void Up()
    {
        Require($"SELECT EXISTS (SELECT FROM public.organizations WHERE slug = {_slug})", $"There is no organization with the slug {tenancy.OrganizationSlug}.");
        Sql(OrgIdBridge.CreateUse);
        Sql(OrgIdBridge.IndexUse);
        Sql(OrgIdBridge.IdentifyUse);
        Sql(OrgIdBridge.CreateFunction(tenancy.OrganizationSlug));
        Sql(OrgIdBridge.CloseFunction);
        // A column that is there already, of the right type, stays as it is: the backfill fills what it lacks.
        Sql(
            $"""
            DO $add$
            BEGIN
                EXECUTE pg_catalog.format('ALTER TABLE public.dsos ADD COLUMN IF NOT EXISTS org_id uuid DEFAULT %L', (SELECT o.id FROM public.organizations AS o WHERE o.slug = {_slug}));
            END
            $add$
            """,
            why: "A constant default is kept in the catalog (since PostgreSQL 11): at any size no row is written, and update_dsos_updated_at does not fire.",
            new TableLock("public.dsos", LockMode.AccessExclusive));
        Sql("ALTER TABLE public.dsos ALTER COLUMN org_id DROP DEFAULT", why: "Existing rows keep their value.", new TableLock("public.dsos", LockMode.AccessExclusive));
        Report("""
            SELECT 'Until BackfillDsosOrgId is done, every DSO has the default organization: archived ones come back there.'
            WHERE pg_catalog.to_regclass('orgschema."archive_dsos:org_id"') IS NOT NULL
            """);
        Sql(OrgIdBridge.CreateTrigger, why: "The bridge: what the old application inserts without an organization gets the default one.", OrgIdBridge.TriggerLock);
    }

    public override void Down()
    {
        Sql(OrgIdBridge.DropTrigger, OrgIdBridge.DropLock);
        ArchiveAndDropColumn("public.dsos", "org_id", OrgIdBridge.Unchosen(tenancy.OrganizationSlug));
        Sql(OrgIdBridge.DropFunction);
        Sql(OrgIdBridge.DropUse);
    }
}
