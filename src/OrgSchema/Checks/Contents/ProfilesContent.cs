using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Every user that had an e-mail when the profiles were filled has a profile.</summary>
internal static class ProfilesContent
{
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

    public static IEnumerable<Question> Questions(CheckedDatabase database)
    {
        if (database.IsApplied(Versions.BackfillUserProfiles)
            && database.Structure is { } structure && structure.Has("public.user_profiles.id", "public.user_profiles.email")
            && database.Users == AuthUsers.View.Open)
        {
            yield return Question.Of(
                MissingSql(structure.Server.HasVersionTable ? WithVersionTable : "false"),
                row => (row.GetGuid(0), row.GetBoolean(1)),
                Judge,
                new NpgsqlParameter<long>("version", Versions.BackfillUserProfiles));
        }
    }

    private static IEnumerable<Finding> Judge(List<(Guid Id, bool WasThere)> missing)
    {
        foreach (var (wasThere, without) in missing.GroupBy(user => user.WasThere, user => user.Id).Select(group => (group.Key, group.ToList())))
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
