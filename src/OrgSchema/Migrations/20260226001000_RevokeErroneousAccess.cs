using FluentMigrator;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Takes back access that was given by mistake. What is deleted is archived, and comes back on the way down.</summary>
[Backfill(20260226001000, TransactionBehavior.None)]
public sealed class RevokeErroneousAccess(Tenancy tenancy) : OnlineMigration
{
    public override void Up() => ArchiveAndDelete(
        "public.user_dso_access",
        where: $"t.user_id = ANY ({Literal.Of(tenancy.RevokeAccess.Select(user => user.ToString()))})"); // the column is text

    public override void Down() => Restore("public.user_dso_access");
}
