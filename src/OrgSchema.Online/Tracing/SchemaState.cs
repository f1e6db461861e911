using Npgsql;

namespace OrgSchema.Online;

/// <summary>Which part of a database is exposed, and to whom.</summary>
/// <param name="Schemas">The schemas that a data API serves.</param>
/// <param name="Roles">The roles of the public key and of signed-in users.</param>
public sealed record ApiSurface(IReadOnlyList<string> Schemas, IReadOnlyList<string> Roles)
{
    /// <summary>Roles of the platform, whose functions policies call, such as <c>auth.uid()</c>. Default: none.</summary>
    public IReadOnlyList<string> Trusted { get; init; } = [];

    /// <summary>That of Supabase: <c>public</c>, and <c>anon</c> and <c>authenticated</c>.</summary>
    public static ApiSurface Supabase { get; } = new(["public"], ["anon", "authenticated"])
    {
        Trusted = ["supabase_admin", "supabase_auth_admin", "supabase_storage_admin"],
    };
}

/// <summary>What a finding needs to know of a schema at one moment.</summary>
public sealed class SchemaState
{
    internal Dictionary<uint, StateTable> Tables { get; } = [];

    internal Dictionary<string, long> Rows { get; } = [];

    internal List<StateColumn> Columns { get; } = [];

    internal List<StateConstraint> Constraints { get; } = [];

    internal List<StateIndex> Indexes { get; } = [];

    internal List<StateTrigger> Triggers { get; } = [];

    internal List<StatePolicy> Policies { get; } = [];

    /// <summary>Reads it, and counts the rows of all tables: for throw-away copies.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="api">What is exposed. Default: as on Supabase.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public static async Task<SchemaState> ReadAsync(NpgsqlConnection connection, ApiSurface? api, CancellationToken cancellationToken)
    {
        var state = await ReadCatalogAsync(connection, api, cancellationToken);
        foreach (var table in state.Tables.Values.Where(table => table.CanBeCounted).Select(table => table.Name))
        {
            await using var count = new NpgsqlCommand($"SELECT pg_catalog.count(*) FROM {table}", connection);
            state.Rows[table] = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        }

        return state;
    }

    /// <summary>Reads it from the catalogs, and locks nothing else.</summary>
    internal static async Task<SchemaState> ReadCatalogAsync(NpgsqlConnection connection, ApiSurface? api, CancellationToken cancellationToken)
    {
        api ??= ApiSurface.Supabase;
        var state = new SchemaState();
        await using var command = new NpgsqlCommand(StateQueries.All(api), connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await ReadAsync(row => state.Tables[Oid(row, 0)] = new StateTable(row.GetString(1), row.GetBoolean(2), row.GetBoolean(3), row.GetBoolean(4), row.GetBoolean(5), row.GetFieldValue<string[]>(6)));
        await ReadAsync(row => state.Columns.Add(new StateColumn(Oid(row, 0), row.GetInt16(1), row.GetString(2), row.GetString(3), row.GetBoolean(4), row.GetBoolean(5))));
        await ReadAsync(row => state.Constraints.Add(new StateConstraint(Oid(row, 0), row.GetString(1), row.GetBoolean(2), row.GetBoolean(3), row.GetFieldValue<short[]>(4))));
        await ReadAsync(row => state.Indexes.Add(new StateIndex(Oid(row, 0), Oid(row, 1), row.GetString(2), row.GetBoolean(3), row.GetBoolean(4), row.GetString(5), row.GetFieldValue<string[]>(6))));
        await ReadAsync(row => state.Triggers.Add(new StateTrigger(Oid(row, 0), row.GetString(1))));
        await ReadAsync(row => state.Policies.Add(new StatePolicy(Oid(row, 0), Oid(row, 1), row.GetString(2))));
        return state;

        async Task ReadAsync(Action<NpgsqlDataReader> add)
        {
            while (await reader.ReadAsync(cancellationToken))
                add(reader);
            await reader.NextResultAsync(cancellationToken);
        }
    }

    private static uint Oid(NpgsqlDataReader row, int at) => row.GetFieldValue<uint>(at);
}

/// <param name="Name">Schema and name as SQL writes them.</param>
/// <param name="IsExposed">Whether a data API serves its schema.</param>
/// <param name="CanBeCounted">Whether it has rows of its own, and this role sees them.</param>
/// <param name="HasRowSecurity">Whether row level security is on.</param>
/// <param name="HasDefaultGrants">Whether its privileges are what default privileges give.</param>
/// <param name="ReachableBy">Roles of the API that may read or write it.</param>
internal sealed record StateTable(string Name, bool IsExposed, bool CanBeCounted, bool HasRowSecurity, bool HasDefaultGrants, string[] ReachableBy);

/// <param name="Table">The table.</param>
/// <param name="Number">Its number in the table.</param>
/// <param name="Name">Its name.</param>
/// <param name="Quoted">Its name as SQL writes it.</param>
/// <param name="IsRequired">Whether it is NOT NULL.</param>
/// <param name="CanBeGiven">Whether an INSERT can name it: it is no identity and not generated.</param>
internal sealed record StateColumn(uint Table, short Number, string Name, string Quoted, bool IsRequired, bool CanBeGiven);

/// <param name="Table">The table.</param>
/// <param name="Name">Its name.</param>
/// <param name="IsValid">Whether it was checked against old rows.</param>
/// <param name="SetsNull">Whether a delete of the referenced row sets its columns to null.</param>
/// <param name="Columns">Those columns.</param>
internal sealed record StateConstraint(uint Table, string Name, bool IsValid, bool SetsNull, short[] Columns);

/// <param name="Id">The index.</param>
/// <param name="Table">The table.</param>
/// <param name="Name">Schema and name as SQL writes them.</param>
/// <param name="IsUnique">Whether it is unique.</param>
/// <param name="IsPlain">Whether it is valid, and has neither a condition nor expressions.</param>
/// <param name="Method">Its access method.</param>
/// <param name="Keys">Its columns in order, each with all that makes it comparable.</param>
internal sealed record StateIndex(uint Id, uint Table, string Name, bool IsUnique, bool IsPlain, string Method, string[] Keys);

/// <param name="Table">The table.</param>
/// <param name="Name">A row trigger that fires on every update.</param>
internal sealed record StateTrigger(uint Table, string Name);

/// <param name="Id">The policy.</param>
/// <param name="Table">The table.</param>
/// <param name="Name">Its name.</param>
internal sealed record StatePolicy(uint Id, uint Table, string Name);
