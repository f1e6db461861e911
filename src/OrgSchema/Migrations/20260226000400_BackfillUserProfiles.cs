using FluentMigrator;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>A profile for every user that has an e-mail address; phone and anonymous users have none.</summary>
[Backfill(20260226000400, TransactionBehavior.None)]
public sealed class BackfillUserProfiles : OnlineMigration
{
    public override void Up()
    {
        Restore("public.user_profiles");
        Backfill(
            table: "auth.users",
            where: "t.email <> '' AND NOT EXISTS (SELECT FROM public.user_profiles AS p WHERE p.id = t.id)",
            apply: """
                INSERT INTO public.user_profiles (id, email, name)
                SELECT u.id, u.email, coalesce(nullif(u.raw_user_meta_data ->> 'name', ''), nullif(u.raw_user_meta_data ->> 'full_name', ''))
                FROM batch JOIN auth.users AS u ON u.id = batch.key
                ON CONFLICT (id) DO NOTHING
                """);
        Report("""
            SELECT pg_catalog.concat('Users without an e-mail address have no profile: ', n)
            FROM (SELECT pg_catalog.count(*) AS n FROM auth.users AS u WHERE coalesce(u.email, '') = '') AS c WHERE n > 0
            """);
    }

    public override void Down() => ArchiveAndDelete("public.user_profiles", where: null);
}
