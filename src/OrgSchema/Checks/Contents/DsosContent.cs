using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Every DSO has an organization.</summary>
internal static class DsosContent
{
    private static readonly string OrphansSql = $"""
        -- orgschema verify: DSOs without an organization
        SELECT d.id FROM public.dsos d WHERE d.org_id IS NULL LIMIT {Sample.Limit}
        """;

    public static IEnumerable<Question> Questions(CheckedDatabase database)
    {
        // NOT NULL proves it without a look at the rows.
        if (database.IsApplied(Versions.BackfillDsosOrgId)
            && database.Structure is { } structure && structure.Has("public.dsos.org_id")
            && structure[(FactKind.Nullability, "public.dsos", "org_id")]?.Definition != "NOT NULL")
            yield return Question.Of(OrphansSql, row => row.GetGuid(0), orphans => Judge(orphans, database.Tenancy));
    }

    private static IEnumerable<Finding> Judge(List<Guid> orphans, Tenancy tenancy)
    {
        if (orphans.Count > 0)
        {
            yield return new(
                "dsos-without-organization",
                $"{Sample.Count(orphans.Count, "DSO")} without an organization in public.dsos: {Sample.Of(orphans)}",
                $"UPDATE public.dsos SET org_id = (SELECT id FROM public.organizations WHERE slug = '{tenancy.OrganizationSlug}') "
                    + "WHERE org_id IS NULL; -- in batches where they are many");
        }
    }
}
