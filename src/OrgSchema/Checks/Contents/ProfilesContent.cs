using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Every user that had an e-mail when the profiles were filled has a profile.</summary>
internal static class ProfilesContent
{
    private const string AppliedOnSql = """
        -- orgschema verify: is there a version table
        SELECT EXISTS (
            SELECT FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'orgschema' AND c.relname = 'schema_version')
        """;

    // A user that did not change since was there with this e-mail; any other may be new, or may have got one later.
    private const string WithVersionTable = """
        coalesce(u.updated_at, u.created_at) < (
            SELECT v.applied_on::timestamp AT TIME ZONE 'UTC' FROM orgschema.schema_version v WHERE v.version = @version)
        """;

    private static string MissingSql(string wasThere) => $"""
        -- orgschema verify: users without a profile
        SELECT u.id, coalesce({wasThere}, false)
        FROM auth.users u
        WHERE u.email <> '' AND NOT EXISTS (SELECT FROM public.user_profiles p WHERE p.id = u.id)
        ORDER BY 2 DESC
        LIMIT {Sample.Limit}
        """;

    public static async IAsyncEnumerable<Finding> FindAsync(CheckedDatabase database)
    {
        if (!database.IsApplied(Versions.BackfillUserProfiles))
            yield break;
        var (structure, users, versions) = (database.StructureAsync(), AuthUsers.ViewAsync(database), database.QueryAsync(AppliedOnSql, row => row.GetBoolean(0)));
        if (!(await structure).Has("public.user_profiles.id", "public.user_profiles.email") || await users is not AuthUsers.View.Open)
            yield break;

        var hasVersions = (await versions).Single();
        var missing = (await database.QueryAsync(
            MissingSql(hasVersions ? WithVersionTable : "false"),
            row => (Id: row.GetGuid(0), WasThere: row.GetBoolean(1)),
            [new NpgsqlParameter<long>("version", Versions.BackfillUserProfiles)])).ToLookup(user => user.WasThere, user => user.Id);

        foreach (var (wasThere, without) in missing.Select(group => (group.Key, group.ToList())))
        {
            var counted = $"{Sample.Count(without.Count, "user")} with an e-mail but without a profile: {Sample.Of(without)}";
            yield return wasThere
                ? new("profiles-missing", counted, Fill)
                : new("profiles-behind", $"{counted}; new or changed since the profiles were filled, which are not kept in sync", Fill, Severity.Warning);
        }
    }

    private const string Fill =
        "INSERT INTO public.user_profiles (id, email, name) SELECT u.id, u.email, coalesce(nullif(u.raw_user_meta_data ->> 'name', ''), nullif(u.raw_user_meta_data ->> 'full_name', '')) FROM auth.users u WHERE u.email <> '' ON CONFLICT (id) DO NOTHING;";
}
