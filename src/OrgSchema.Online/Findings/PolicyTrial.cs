using Npgsql;

namespace OrgSchema.Online;

/// <summary>What a role has the privilege for, and a policy answers with an error.</summary>
/// <param name="Table">The table.</param>
/// <param name="Role">The role.</param>
/// <param name="Command">SELECT, INSERT, UPDATE or DELETE.</param>
/// <param name="SqlState">The error's code: 42P17 for a policy that reads its own table.</param>
/// <param name="Message">The error's message.</param>
public sealed record PolicyFailure(string Table, string Role, string Command, string SqlState, string Message)
{
    /// <summary>Id of the finding.</summary>
    public string Id => IdOf(SqlState);

    internal static string IdOf(string errors) => errors.Contains(PostgresErrorCodes.InvalidObjectDefinition, StringComparison.Ordinal) ? FindingCatalog.PolicyReadsItsTable.Id : FindingCatalog.PolicyFails.Id;

    /// <summary>What to do about it.</summary>
    public const string Remedy = "Move what the policy reads into a SECURITY DEFINER function with a pinned search_path, or grant the role what the policy reads.";
}

/// <summary>
/// Tries out what asks a policy, as the role and the way the data API asks. A policy that reads its own table is found by
/// nothing else: CREATE POLICY takes it, and every statement fails from then on.
/// </summary>
/// <param name="Failures">What failed.</param>
/// <param name="Untried">Roles that this one may not become.</param>
/// <param name="Foreign">
/// Tables that were not tried, and a role whose code would have run: SET ROLE is no fence, because a function can take it back and act with
/// all the rights of the session. Every table with code of somebody else than a superuser, where the session is one.
/// </param>
public sealed record PolicyTrial(IReadOnlyList<PolicyFailure> Failures, IReadOnlyList<string> Untried, IReadOnlyList<(string Table, string Owner)> Foreign)
{
    /// <summary>Runs it. A SELECT reads one row, or gives up after a quarter of a second; of the others the server makes the plan, which asks the policies, too.</summary>
    /// <param name="connection">A connection in a transaction, which may be read only; it stays usable and as it was.</param>
    /// <param name="roles">The roles.</param>
    /// <param name="schemas">The schemas.</param>
    /// <param name="trusted">Roles whose code may run with the rights of this session, beside those that it is a member of and superusers.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public static async Task<PolicyTrial> RunAsync(
        NpgsqlConnection connection,
        IReadOnlyList<string> roles,
        IReadOnlyList<string> schemas,
        IReadOnlyList<string> trusted,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(roles);
        var (failures, untried, foreign) = (new List<PolicyFailure>(), new List<string>(), new HashSet<(string Table, string Owner)>());
        var trials = new List<(string Role, string Table, string Command, string Sql)>();
        await using (var command = new NpgsqlCommand(SurfaceSql.Trials, connection) { Parameters = { Texts(roles), Texts(schemas), Texts(trusted) } })
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                if (reader.IsDBNull(4))
                    trials.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3)));
                else
                    foreign.Add((reader.GetString(1), reader.GetString(4)));
            }
        }

        // All at once, in one round trip; role by role and one by one only when that fails.
        var byRole = trials.GroupBy(trial => trial.Role).ToList();
        if (byRole.Count == 0 || await ErrorOfAsync(connection, byRole.SelectMany(of => As(of.Key, of.Select(trial => trial.Sql))), cancellationToken) is null)
            return new PolicyTrial(failures, untried, [.. foreign]);
        foreach (var of in byRole)
        {
            if (await ErrorOfAsync(connection, As(of.Key, []), cancellationToken) is not null)
            {
                untried.Add(of.Key);
                continue;
            }

            foreach (var (role, table, name, sql) in of)
            {
                // A lock or the time says nothing about the policy.
                if (await ErrorOfAsync(connection, As(role, [sql]), cancellationToken) is { SqlState: not (PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled) } e)
                    failures.Add(new PolicyFailure(table, role, name, e.SqlState, e.MessageText));
            }
        }

        return new PolicyTrial(failures, untried, [.. foreign]);

        static NpgsqlParameter Texts(IReadOnlyList<string> values) => new NpgsqlParameter<string[]> { TypedValue = [.. values] };
    }

    private static async Task<PostgresException?> ErrorOfAsync(NpgsqlConnection connection, IEnumerable<string> trials, CancellationToken cancellationToken)
    {
        await using var trial = new NpgsqlCommand(string.Join(";\n", [Savepoint, .. trials]), connection);
        try
        {
            await trial.ExecuteNonQueryAsync(cancellationToken);
            return null;
        }
        catch (PostgresException e) when (!cancellationToken.IsCancellationRequested)
        {
            await using var back = new NpgsqlCommand(Back, connection);
            await back.ExecuteNonQueryAsync(cancellationToken);
            return e;
        }
    }

    private static string[] As(string role, IEnumerable<string> trials) => [Become(role), .. trials, Back];

    private const string Savepoint = "SAVEPOINT policy_trial";
    private const string Back = "ROLLBACK TO SAVEPOINT policy_trial";

    // Functions that policies call may look for names in the search path of the data API.
    private static string Become(string role) => $"""
        -- become a role of the data API
        SELECT pg_catalog.set_config('search_path', 'public, extensions', true), pg_catalog.set_config('row_security', 'on', true),
            pg_catalog.set_config('statement_timeout', '250ms', true), pg_catalog.set_config('lock_timeout', '50ms', true),
            pg_catalog.set_config('request.jwt.claims', pg_catalog.json_build_object('role', {Literal.Of(role)}, 'sub', '00000000-0000-0000-0000-000000000000')::text, true),
            pg_catalog.set_config('role', {Literal.Of(role)}, true)
        """;
}
