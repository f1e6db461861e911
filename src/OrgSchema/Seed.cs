using System.Net;
using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>A user, an organization and DSOs to develop against.</summary>
internal static class Seed
{
    /// <summary>Refuses a target that is not on this machine.</summary>
    /// <remarks>A loopback address may be a tunnel to production: the server must see a loopback address, too.</remarks>
    /// <exception cref="RequestException">It is not, or may not be.</exception>
    public static async Task EnsureLocalAsync(Target target, CancellationToken cancellationToken)
    {
        if (!IsLoopback(target.Connection.Host ?? ""))
            throw Refused();
        await using var connection = await target.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            -- is this server local
            SELECT coalesce(pg_catalog.inet_server_addr() <<= '127.0.0.0/8' OR pg_catalog.inet_server_addr() = '::1', true)
            """,
            connection);
        if (await command.ExecuteScalarAsync(cancellationToken) is not true)
            throw Refused();

        RequestException Refused() => new($"{target} is not a local database: seed inserts a demo user with access to it.", "Leave out --database-url to use the local PostgreSQL.");
    }

    // A path is a socket.
    private static bool IsLoopback(string host) => host is "localhost" || host.StartsWith('/') || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Plants what is missing.</summary>
    /// <returns>Rows that were planted; 0 if all was there.</returns>
    /// <exception cref="RequestException">The migrations are not applied.</exception>
    public static async Task<int> PlantAsync(Target target, CancellationToken cancellationToken)
    {
        await using var connection = await target.OpenAsync(cancellationToken);
        try
        {
            await using var command = new NpgsqlCommand(Sql, connection);
            return Convert.ToInt32(await command.ExecuteScalarAsync(cancellationToken), System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn)
        {
            throw new RequestException("The organizations do not exist yet. Nothing was inserted.", "Run 'migrate' first.");
        }
    }

    // Data-modifying parts of one statement see one snapshot; foreign keys are checked at its end.
    private const string Sql = """
        -- seed
        WITH demo_user AS (
            INSERT INTO auth.users (id, aud, role, email, raw_user_meta_data, created_at, updated_at)
            VALUES ('00000000-0000-0000-0000-000000000001', 'authenticated', 'authenticated', 'demo@example.com', '{"name": "Demo User"}', pg_catalog.now(), pg_catalog.now())
            ON CONFLICT DO NOTHING RETURNING 1
        ), organization AS (
            INSERT INTO public.organizations (id, name, slug, created_by)
            VALUES ('00000000-0000-0000-0000-000000000100', 'Demo Organization', 'demo-org', '00000000-0000-0000-0000-000000000001')
            ON CONFLICT DO NOTHING RETURNING 1
        ), member AS (
            INSERT INTO public.org_members (org_id, user_id, role)
            VALUES ('00000000-0000-0000-0000-000000000100', '00000000-0000-0000-0000-000000000001', 'owner')
            ON CONFLICT DO NOTHING RETURNING 1
        ), profile AS (
            INSERT INTO public.user_profiles (id, email, name)
            VALUES ('00000000-0000-0000-0000-000000000001', 'demo@example.com', 'Demo User')
            ON CONFLICT DO NOTHING RETURNING 1
        ), dso AS (
            INSERT INTO public.dsos (id, name, org_id)
            SELECT d.id::uuid, d.name, '00000000-0000-0000-0000-000000000100'
            FROM (VALUES
                ('00000000-0000-0000-0000-000000000201', 'Demo Dental North'),
                ('00000000-0000-0000-0000-000000000202', 'Demo Dental South'),
                ('00000000-0000-0000-0000-000000000203', 'Demo Dental West')
            ) AS d (id, name)
            ON CONFLICT DO NOTHING RETURNING 1
        ), access AS (
            INSERT INTO public.user_dso_access (user_id, dso_id, role)
            SELECT '00000000-0000-0000-0000-000000000001', d.id::uuid, 'admin'
            FROM (VALUES ('00000000-0000-0000-0000-000000000201'), ('00000000-0000-0000-0000-000000000202'), ('00000000-0000-0000-0000-000000000203')) AS d (id)
            ON CONFLICT DO NOTHING RETURNING 1
        )
        SELECT (SELECT pg_catalog.count(*) FROM demo_user) + (SELECT pg_catalog.count(*) FROM organization) + (SELECT pg_catalog.count(*) FROM member)
             + (SELECT pg_catalog.count(*) FROM profile) + (SELECT pg_catalog.count(*) FROM dso) + (SELECT pg_catalog.count(*) FROM access)
        """;
}
