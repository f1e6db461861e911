using FluentMigrator;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Lets the planner find an organization's DSOs.</summary>
[Expand(20260226000700, TransactionBehavior.None)]
public sealed class IndexDsosOrgId : OnlineMigration
{
    public override void Up() => CreateIndexConcurrently("idx_dsos_org_id", on: "public.dsos", columns: "org_id");

    public override void Down() => DropIndexConcurrently("idx_dsos_org_id", on: "public.dsos");
}
