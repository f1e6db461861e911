using Npgsql;

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
                org CONSTANT uuid := '00000000-0000-4000-8000-000000000000';
                changed text;
            BEGIN
                FOR changed IN
                    SELECT format('UPDATE %s SET %I = %s', a.attrelid::regclass, a.attname, c.value)
                    FROM (VALUES
                        ('public.organizations', 'id', quote_literal(org)), ('public.org_members', 'org_id', quote_literal(org)), ('public.dsos', 'org_id', 'CASE WHEN org_id IS NOT NULL THEN ' || quote_literal(org) || '::uuid END'),
                        ('public.org_members', 'id', 'md5(user_id::text)::uuid'),
                        ('public.organizations', 'created_at', 'NULL'), ('public.organizations', 'updated_at', 'NULL'), ('public.org_members', 'joined_at', 'NULL'),
                        ('public.user_profiles', 'created_at', 'NULL'), ('public.user_profiles', 'updated_at', 'NULL')
                    ) AS c (name, col, value)
                    JOIN pg_attribute AS a ON a.attrelid = to_regclass(c.name) AND a.attname = c.col AND NOT a.attisdropped
                LOOP
                    EXECUTE changed;
                END LOOP;
            END
            $likeness$
            """);
        return await Fingerprint.ReadAsync(connection); // closing the connection rolls back
    }
}
