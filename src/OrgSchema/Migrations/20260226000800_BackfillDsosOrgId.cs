using FluentMigrator;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>DSOs get the organizations back that they had before a way down, and any that still has none the default one: rows of a column that was there before, half filled.</summary>
/// <remarks>The default's update fires <c>update_dsos_updated_at</c> on these rows; with the column made by us there are none.</remarks>
[Backfill(20260226000800, TransactionBehavior.None)]
public sealed class BackfillDsosOrgId(Tenancy tenancy) : OnlineMigration
{
    public override void Up()
    {
        RestoreColumn("public.dsos", "org_id", OrgIdBridge.Unchosen(tenancy.OrganizationSlug), references: "public.organizations");
        Backfill(
            table: "public.dsos",
            where: "t.org_id IS NULL",
            apply: $"""
                UPDATE public.dsos AS d SET org_id = o.id
                FROM batch, public.organizations AS o
                WHERE d.id = batch.key AND d.org_id IS NULL AND o.slug = {Literal.Of(tenancy.OrganizationSlug)}
                """);
    }

    /// <summary>Nothing: the values go with the column, which <see cref="AddOrgIdToDsos"/> has made.</summary>
    public override void Down()
    {
    }
}
