using FluentMigrator;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Every DSO's organization exists, and one that has DSOs cannot be deleted.</summary>
[Expand(20260226000600, TransactionBehavior.None)]
public sealed class ReferenceOrganizationFromDsos : OnlineMigration
{
    public override void Up() => AddForeignKey("dsos_org_id_fkey", table: "public.dsos", column: "org_id", references: "public.organizations", onDelete: OnDelete.Restrict);

    public override void Down() => DropConstraint("dsos_org_id_fkey", table: "public.dsos");
}
