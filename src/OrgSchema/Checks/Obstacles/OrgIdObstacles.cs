using OrgSchema.Online;

namespace OrgSchema;

/// <summary>A column <c>org_id</c> of <c>dsos</c> that existed before the migration that adds it, and is about something else than organizations.</summary>
internal static class OrgIdObstacles
{
    private const string ReferencesSql = """
        -- orgschema preflight: what dsos.org_id refers to
        SELECT pg_catalog.quote_ident(k.conname), pg_catalog.format('%I.%I', n.nspname, c.relname)
        FROM pg_catalog.pg_constraint k
        JOIN pg_catalog.pg_class c ON c.oid = k.confrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE k.contype = 'f' AND k.conrelid = pg_catalog.to_regclass('public.dsos')
          AND (SELECT a.attnum FROM pg_catalog.pg_attribute a WHERE a.attrelid = k.conrelid AND a.attname = 'org_id') = ANY (k.conkey)
          AND NOT (n.nspname = 'public' AND c.relname = 'organizations')
        ORDER BY 1
        """;

    private static string StrangersSql(bool hasOrganizations) => $"""
        -- orgschema preflight: values of dsos.org_id that are no organization's
        SELECT DISTINCT d.org_id::text FROM public.dsos d
        WHERE d.org_id IS NOT NULL{(hasOrganizations ? " AND NOT EXISTS (SELECT FROM public.organizations o WHERE o.id = d.org_id)" : "")}
        ORDER BY 1 LIMIT {Sample.Limit}
        """;

    public static IEnumerable<Question> Questions(CheckedDatabase database)
    {
        if (database.IsApplied(Versions.AddOrgIdToDsos)
            || database.Structure is not { } structure || structure[(FactKind.Column, "public.dsos", "org_id")] is not { Definition: "uuid" })
            yield break;

        yield return Question.Of(ReferencesSql, row => new(
            "column-refers-elsewhere",
            $"public.dsos.org_id already exists and refers to {row.GetString(1)} (constraint {row.GetString(0)}), not to organizations: "
                + "it is the application's own",
            "Rename the application's column in a release of its own, and run this again."));

        var hasOrganizations = FoundTable.IsOurs("public.organizations", Versions.CreateOrganizations, database, structure);
        yield return Question.Of(StrangersSql(hasOrganizations), row => row.GetString(0), Judge);
    }

    private static IEnumerable<Finding> Judge(List<string> strangers)
    {
        if (strangers.Count > 0)
        {
            yield return new(
                "column-holds-others",
                $"public.dsos.org_id already exists and holds {Sample.Count(strangers.Count, "value")} that no organization has as its id: {Sample.Of(strangers)}",
                "SELECT org_id, count(*) FROM public.dsos GROUP BY org_id; -- if they are ids of something else, the column is the application's own and needs another name");
        }
    }
}
