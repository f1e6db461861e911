using FluentMigrator;
using OrgSchema.Online;

namespace OrgSchema.Tests;

/// <summary>Where an organization's logo is.</summary>
[Expand(20270101000000, TransactionBehavior.None)]
public sealed class AddLogoToOrganizations : OnlineMigration
{
    public override void Up()
    {
        Sql("ALTER TABLE public.organizations ADD COLUMN IF NOT EXISTS logo_url text", new TableLock("public.organizations", LockMode.AccessExclusive));
        RestoreColumn("public.organizations", "logo_url");
    }

    public override void Down() => ArchiveAndDropColumn("public.organizations", "logo_url");
}
