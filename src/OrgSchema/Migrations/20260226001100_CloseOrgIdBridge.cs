using OrgSchema.Online;

namespace OrgSchema;

/// <summary>From here on, whoever inserts a DSO names its organization: the old application's insert fails with 23502.</summary>
[Contract(20260226001100)]
public sealed class CloseOrgIdBridge(Tenancy tenancy) : OnlineMigration
{
    public override void Up()
    {
        Sql(OrgIdBridge.DropTrigger, OrgIdBridge.DropLock);
        Sql(OrgIdBridge.DropFunction);
    }

    public override void Down()
    {
        Sql(OrgIdBridge.CreateFunction(tenancy.OrganizationSlug));
        Sql(OrgIdBridge.CloseFunction);
        Sql(OrgIdBridge.CreateTrigger, OrgIdBridge.TriggerLock);
    }
}
