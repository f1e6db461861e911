using Npgsql;
using OrgSchema.LocalPostgres;

namespace OrgSchema.Benchmarks;

/// <summary>One thing that clients do all day.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Share">Its part of all transactions.</param>
/// <param name="Login">Whom the client logs in as; null for the superuser.</param>
/// <param name="Role">Who it is then, by SET ROLE.</param>
/// <param name="Sql">The statement, prepared once a connection.</param>
/// <param name="Values">The values of one execution.</param>
internal sealed record ClientKind(string Name, double Share, string? Login, string Role, string Sql, Func<Keys, object[]> Values)
{
    /// <summary>The traffic: what the old application does to <c>dsos</c>, and sign-ins.</summary>
    public static IReadOnlyList<ClientKind> Usual { get; } =
    [
        new("read", 0.4, Baseline.LoginRole, "service_role", "SELECT id, name, archived FROM public.dsos WHERE id = $1", keys => [keys.AnyDso]),
        new("update", 0.3, Baseline.LoginRole, "service_role", "UPDATE public.dsos SET name = $2 WHERE id = $1", keys => [keys.AnyDso, $"Renamed {Random.Shared.Next()}"]),
        new("insert", 0.1, Baseline.LoginRole, "service_role", "INSERT INTO public.dsos (name) VALUES ($1)", _ => [$"New {Random.Shared.Next()}"]),
        new("login", 0.2, null, "supabase_auth_admin", "UPDATE auth.users SET last_sign_in_at = pg_catalog.now() WHERE id = $1", keys => [keys.AnyUser]),
    ];

    /// <summary>What is done to rows that refer to organizations.</summary>
    public static ClientKind OfChildren { get; } = new(
        "child", 0.1, Baseline.LoginRole, "service_role", Children.Update, keys => [Random.Shared.Next(keys.Children) + 1L, $"Renamed {Random.Shared.Next()}"]);

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<ClientKind> All { get; } = [.. Usual, OfChildren];

    /// <summary>A session of its own. It waits however long a lock takes: the platform's timeouts would turn a stall into errors after 8 s.</summary>
    public NpgsqlConnection Open(BenchServer server)
    {
        var connection = new NpgsqlConnection(server.ConnectionString(Login, application: $"client: {Name}"));
        connection.Open();
        using var command = new NpgsqlCommand($"SET ROLE {Role}; SET lock_timeout = 0; SET statement_timeout = 0", connection);
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>The statement, prepared.</summary>
    public NpgsqlCommand Prepare(NpgsqlConnection connection, Keys keys)
    {
        var command = new NpgsqlCommand(Sql, connection);
        foreach (var value in Values(keys))
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        command.Prepare();
        return command;
    }
}

/// <summary>Rows to read and write.</summary>
internal sealed record Keys(IReadOnlyList<Guid> Dsos, IReadOnlyList<Guid> Users)
{
    /// <summary>How many rows refer to organizations.</summary>
    public int Children { get; init; }

    public Guid AnyDso => Dsos[Random.Shared.Next(Dsos.Count)];

    public Guid AnyUser => Users[Random.Shared.Next(Users.Count)];
}
