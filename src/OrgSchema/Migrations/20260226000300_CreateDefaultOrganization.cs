using FluentMigrator;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>The organization that the existing DSOs belong to, with its owner and members: only users that exist.</summary>
[Backfill(20260226000300, TransactionBehavior.None)]
public sealed class CreateDefaultOrganization(Tenancy tenancy) : OnlineMigration
{
    private readonly string _slug = Literal.Of(tenancy.OrganizationSlug);

    public override void Up()
    {
        Restore("public.organizations");
        Restore("public.org_members");
        // Not by ON CONFLICT alone: a row that is not inserted would take a number from a sequence that others have put on a column.
        Sql($"""
            INSERT INTO public.organizations (name, slug, created_by)
            SELECT {Literal.Of(tenancy.OrganizationName)}, {_slug}, (SELECT u.id FROM auth.users AS u WHERE u.id = {Literal.Of(tenancy.Owner)})
            WHERE NOT EXISTS (SELECT FROM public.organizations AS o WHERE o.slug = {_slug})
            ON CONFLICT (slug) DO NOTHING
            """);
        // A slug that somebody else took first must not bring them every DSO of the application. An organization whose creator
        // is gone belongs to its owners, and to nobody else if it has none: then it is ours of an earlier run.
        Require(
            $"""
            SELECT NOT EXISTS (SELECT FROM public.organizations AS o
            LEFT JOIN public.org_members AS m ON m.org_id = o.id AND m.role = 'owner'
            WHERE o.slug = {_slug} AND o.created_by IS DISTINCT FROM {Literal.Of(tenancy.Owner)}
            GROUP BY o.id
            HAVING pg_catalog.bool_and(m.user_id IS DISTINCT FROM {Literal.Of(tenancy.Owner)}) AND (o.created_by IS NOT NULL OR pg_catalog.count(m.user_id) > 0))
            """,
            $"An organization with the slug {tenancy.OrganizationSlug} exists and belongs to somebody else than {tenancy.Owner}.");
        Sql($"""
            INSERT INTO public.org_members (org_id, user_id, role)
            SELECT o.id, u.id, m.role
            FROM (VALUES {string.Join(", ", Roles().Select(member => $"({Literal.Of(member.User)}, '{member.Role}')"))}) AS m (user_id, role)
            JOIN auth.users AS u ON u.id = m.user_id
            JOIN public.organizations AS o ON o.slug = {_slug}
            WHERE NOT EXISTS (SELECT FROM public.org_members AS n WHERE n.org_id = o.id AND n.user_id = u.id)
            ON CONFLICT (org_id, user_id) DO NOTHING
            """);
    }

    public override void Down()
    {
        ArchiveAndDelete("public.org_members", where: null);
        ArchiveAndDelete("public.organizations", where: null);
    }

    private IEnumerable<(Guid User, string Role)> Roles() =>
    [
        (tenancy.Owner, "owner"),
        .. tenancy.Admins.Select(user => (user, "admin")),
        .. tenancy.Members.Select(user => (user, "member")),
    ];
}
