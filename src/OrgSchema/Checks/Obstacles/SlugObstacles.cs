using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>A slug that would hand every DSO to the wrong organization: somebody else's, or none.</summary>
internal static class SlugObstacles
{
    // Our own earlier row may have lost its creator: the key is ON DELETE SET NULL. Then its owners decide.
    private const string Sql = """
        -- orgschema preflight: whose organization has the slug
        SELECT o.name,
               o.created_by,
               ARRAY(SELECT m.user_id FROM public.org_members m WHERE m.org_id = o.id AND m.role::text = 'owner' ORDER BY m.joined_at, m.user_id)
        FROM public.organizations o
        WHERE o.slug = @slug
        """;

    public static IEnumerable<Question> Questions(CheckedDatabase database)
    {
        if (database.IsPending(Versions.CreateDefaultOrganization, Versions.AddOrgIdToDsos, Versions.BackfillDsosOrgId)
            && database.Structure is { } structure
            && FoundTable.IsOurs("public.organizations", Versions.CreateOrganizations, database, structure)
            && FoundTable.IsOurs("public.org_members", Versions.CreateOrgMembers, database, structure))
        {
            yield return Question.Of(
                Sql,
                row => (row.GetString(0), row.IsDBNull(1) ? (Guid?)null : row.GetGuid(1), row.GetFieldValue<Guid[]>(2)),
                found => Judge(found, database),
                new NpgsqlParameter<string>("slug", database.Tenancy.OrganizationSlug));
        }
    }

    private static IEnumerable<Finding> Judge(List<(string Name, Guid? CreatedBy, Guid[] Owners)> found, CheckedDatabase database)
    {
        var (slug, owner) = (database.Tenancy.OrganizationSlug, database.Tenancy.Owner);
        if (found is [var organization] && IsStrangers(organization.CreatedBy, organization.Owners, owner))
        {
            yield return new(
                "slug-taken",
                $"The slug '{slug}' belongs to the organization '{organization.Name}' of {(organization.Owners is [var first, ..] ? first : organization.CreatedBy)}, not of the configured owner {owner}; it would get every DSO",
                "Configure another slug (organization.slug in orgschema.json), or the owner of that organization.");
        }
        else if (found is [] && database.IsApplied(Versions.CreateDefaultOrganization))
        {
            yield return new(
                "slug-unknown",
                $"The default organization has been made, but no organization has the slug '{slug}': there is nothing to assign DSOs to",
                "Was organization.slug changed in orgschema.json? Put back the slug that SELECT slug FROM public.organizations shows.");
        }
    }

    private static bool IsStrangers(Guid? createdBy, Guid[] owners, Guid owner) =>
        createdBy != owner && !owners.Contains(owner) && (createdBy is not null || owners.Length > 0);
}
