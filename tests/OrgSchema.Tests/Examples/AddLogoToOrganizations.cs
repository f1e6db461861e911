using OrgSchema.Online;

namespace OrgSchema.Tests;

/// <summary>Where an organization's logo is.</summary>
[Expand(20270101000000)]
public sealed class AddLogoToOrganizations : OnlineMigration
{
    public override void Up() => Create.Column("logo_url").OnTable("organizations").InSchema("public").AsCustom("text").Nullable();

    public override void Down() => Delete.Column("logo_url").FromTable("organizations").InSchema("public");
}
