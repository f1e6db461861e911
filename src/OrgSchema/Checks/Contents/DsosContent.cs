using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Every DSO has an organization.</summary>
internal static class DsosContent
{
    private static readonly string OrphansSql = $"""
        -- orgschema verify: DSOs without an organization
        SELECT d.id FROM public.dsos d WHERE d.org_id IS NULL LIMIT {Sample.Limit}
        """;

    public static async IAsyncEnumerable<Finding> FindAsync(CheckedDatabase database)
    {
        var structure = await database.StructureAsync();
        if (!structure.Has("public.dsos.org_id") || !database.IsApplied(Versions.BackfillDsosOrgId))
            yield break;

        // NOT NULL proves it without a look at the rows.
        if (structure[(FactKind.Nullability, "public.dsos", "org_id")]?.Definition == "NOT NULL")
            yield break;

        var orphans = await database.QueryAsync(OrphansSql, row => row.GetGuid(0));
        if (orphans.Count > 0)
        {
            yield return new(
                "dsos-without-organization",
                $"{Sample.Count(orphans.Count, "DSO")} without an organization in public.dsos: {Sample.Of(orphans)}",
                $"UPDATE public.dsos SET org_id = (SELECT id FROM public.organizations WHERE slug = '{database.Tenancy.OrganizationSlug}') WHERE org_id IS NULL; -- in batches where they are many");
        }
    }
}
