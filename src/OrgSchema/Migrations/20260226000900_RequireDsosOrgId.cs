using FluentMigrator;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>No DSO without an organization.</summary>
[Expand(20260226000900, TransactionBehavior.None)]
public sealed class RequireDsosOrgId : OnlineMigration
{
    public override void Up() => RequireNotNull("public.dsos", "org_id");

    public override void Down() => AllowNull("public.dsos", "org_id");
}
