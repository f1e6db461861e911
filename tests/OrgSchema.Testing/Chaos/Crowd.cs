using Npgsql;
using OrgSchema.Online;

namespace OrgSchema.Testing;

/// <summary>A live database that is used: DSOs and users in numbers, clients at work, and a picture of it that clients do not change.</summary>
public static class Crowd
{
    internal const string ClientNames = "client";

    /// <summary>Fills in DSOs and users, the same ones each time.</summary>
    public static async Task<T> WithCrowdAsync<T>(this Task<T> creating, int dsos = 3_000, int users = 2_000)
        where T : TestDatabase
    {
        var database = await creating;
        await database.ExecuteAsSuperuserAsync($"""
            INSERT INTO public.dsos (id, name, created_at, updated_at)
            SELECT md5('dso ' || n)::uuid, 'Practice ' || n, '2025-01-01Z', '2025-06-01Z' FROM generate_series(1, {dsos}) AS n;
            INSERT INTO auth.users (id, aud, role, email, raw_user_meta_data, created_at, updated_at)
            SELECT ('c0000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'authenticated', 'authenticated', 'user' || n || '@example.com', jsonb_build_object('name', 'User ' || n), '2025-01-01Z', '2025-06-01Z'
            FROM generate_series(1, {users}) AS n;
            ANALYZE public.dsos; ANALYZE auth.users
            """);
        return database;
    }

    /// <summary>Makes organizations with members and DSOs, as people do after the migrations: a way down must not lose them.</summary>
    public static Task AddOrganizationsAsync(this TestDatabase database) => database.ExecuteAsync("""
        INSERT INTO public.organizations (id, name, slug, created_at, updated_at)
        SELECT md5('org ' || n)::uuid, 'Organization ' || n, 'org-' || n, '2025-07-01Z', '2025-07-02Z' FROM generate_series(0, 9) AS n;
        INSERT INTO public.org_members (id, org_id, user_id, role, joined_at)
        SELECT md5('member ' || n)::uuid, md5('org ' || n % 10)::uuid, u.id, 'admin', '2025-07-03Z'
        FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM auth.users WHERE email LIKE 'user%') AS u;
        UPDATE public.dsos AS d SET org_id = md5('org ' || n % 10)::uuid FROM generate_series(0, 1000) AS n WHERE d.id = md5('dso ' || n)::uuid
        """);

    internal static Guid User(int number) => new($"c0000000-0000-4000-8000-{number:000000000000}");

    /// <summary>
    /// Catalog and rows, without those of the clients, and with one key and one time wherever a run makes new ones. What it
    /// changes for that is rolled back; clients wait meanwhile. Times of rows that were there before must not have changed.
    /// </summary>
    public static async Task<Fingerprint> LikenessAsync(this TestDatabase database)
    {
        await using var connection = new NpgsqlConnection(database.SuperuserConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync($"""
            BEGIN;
            LOCK TABLE auth.users, public.dsos IN EXCLUSIVE MODE;
            SET LOCAL session_replication_role = replica; -- no triggers, no foreign keys
            DELETE FROM public.dsos WHERE name LIKE '{ClientNames} %';
            UPDATE auth.users SET last_sign_in_at = NULL;
            DO $likeness$
            DECLARE
                made CONSTANT text := 'all-solutions-consulting';
                org CONSTANT uuid := '00000000-0000-4000-8000-000000000000';
            BEGIN
                IF to_regclass('public.organizations') IS NULL THEN
                    RETURN;
                END IF;
                UPDATE public.dsos SET org_id = org WHERE org_id = (SELECT id FROM public.organizations WHERE slug = made);
                UPDATE public.org_members SET id = md5(user_id::text)::uuid, org_id = org, joined_at = NULL WHERE org_id = (SELECT id FROM public.organizations WHERE slug = made);
                UPDATE public.organizations SET id = org, created_at = NULL, updated_at = NULL WHERE slug = made;
                UPDATE public.user_profiles SET created_at = NULL, updated_at = NULL;
            END
            $likeness$
            """);
        return await Fingerprint.ReadAsync(connection); // closing the connection rolls back
    }
}
