using Npgsql;

namespace OrgSchema.Online;

/// <summary>A database read from outside, of which copies can be made on a throw-away server: definitions, roles and settings, no rows but made-up ones.</summary>
public sealed class SchemaCopy
{
    private readonly SchemaSource _source;
    private readonly List<Omission> _omissions = [];
    private readonly Dictionary<string, List<Recreated>> _recreated = [];
    private IReadOnlyList<string> _schemas = [];
    private IReadOnlyList<DumpEntry> _entries = [];
    private IReadOnlyList<CopiedVersions> _versions = [];
    private IReadOnlyList<TableStatistics> _statistics = [];
    private IReadOnlyList<PinnedValues> _pinned = [];
    private string _role = "";

    private SchemaCopy(SchemaSource source) => _source = source;

    /// <summary>Major version of the target.</summary>
    public int ServerMajor { get; private set; }

    /// <summary>The schemas that were copied.</summary>
    public IReadOnlyList<string> Schemas => _schemas;

    /// <summary>What the copy has not.</summary>
    public IReadOnlyList<Omission> Omissions => _omissions;

    /// <summary>Reads the target. Changes nothing there.</summary>
    /// <exception cref="TargetException">It cannot be reached.</exception>
    public static async Task<SchemaCopy> ReadAsync(SchemaSource source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        var copy = new SchemaCopy(source);
        await using var session = await source.OpenAsync(cancellationToken);
        copy.ServerMajor = session.ServerMajor;
        copy._role = (await session.ScalarAsync<string>("SELECT current_user::text", cancellationToken))!;
        copy._schemas = await session.QueryAsync(SchemaQueries.Needed, row => row.GetString(0), cancellationToken, new[] { source.Schemas.Append(source.PrivateSchema).ToArray() });
        var schemas = copy._schemas.ToArray();
        var unreadable = await session.QueryAsync(SchemaQueries.Unreadable, row => row.GetString(0), cancellationToken, new[] { schemas });
        copy._omissions.AddRange(unreadable.Select(table => new Omission($"table {table}", $"{copy._role} may not read it")));
        copy._omissions.AddRange(await session.QueryAsync(SchemaQueries.LeftOut, row => new Omission(row.GetString(0), row.GetString(1)), cancellationToken));
        foreach (var query in (string[])[Recreation.Roles, Recreation.Extensions, Recreation.Rest])
            copy._recreated[query] = await session.QueryAsync(query, Recreated.Read, cancellationToken);
        if (await MaySilenceTriggersAsync(session, cancellationToken))
            copy._recreated[Recreation.Roles].Add(new Recreated($"right of {copy._role} to set session_replication_role", $"GRANT SET ON PARAMETER session_replication_role TO {Quote(copy._role)}"));
        copy._versions = await CopiedVersions.ReadAsync(session, source.PrivateSchema, cancellationToken);
        copy._statistics = await TableStatistics.ReadAsync(session, schemas, source.Rows, cancellationToken);
        copy._pinned = await PinnedValues.ReadAsync(session, source.Pinned, cancellationToken);
        copy._entries = [.. DumpText.Read(await source.Dump(copy._schemas, unreadable, cancellationToken))];
        return copy;
    }

    /// <summary>Makes a copy without rows.</summary>
    /// <param name="superuserConnectionString">A throw-away server, as superuser: its roles are changed.</param>
    /// <param name="database">Name of the database to create.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<DatabaseCopy> CreateAsync(string superuserConnectionString, string database, CancellationToken cancellationToken)
    {
        var superuser = new NpgsqlConnectionStringBuilder(superuserConnectionString);
        await using (var server = await Session.OpenAsync(SchemaSource.Options(superuserConnectionString), cancellationToken))
        {
            await RecreateAsync(server, _recreated[Recreation.Roles], cancellationToken);
            await server.ExecuteAsync($"ALTER ROLE {Quote(_role)} LOGIN PASSWORD {Literal.Of(superuser.Password ?? "")}", cancellationToken);
            await server.ExecuteAsync($"CREATE DATABASE {QualifiedName.Identifier(database)} TEMPLATE template0", cancellationToken);
        }

        superuser.Database = database;
        await using var session = await Session.OpenAsync(SchemaSource.Options(superuser.ConnectionString), cancellationToken);
        await session.ExecuteAsync("DROP SCHEMA public; SET check_function_bodies = off", cancellationToken);
        await ExtendAsync(session, cancellationToken);
        await RecreateAsync(session, [.. _entries.Select(entry => new Recreated($"{entry.Kind.ToLowerInvariant()} {entry.Name}", entry.Sql))], cancellationToken);
        foreach (var versions in _versions)
            await versions.WriteAsync(session, cancellationToken);
        await RecreateAsync(session, _recreated[Recreation.Rest], cancellationToken);
        await SetUpAsync(superuser, database, cancellationToken);
        return CopyOf(superuser);
    }

    /// <summary>Makes a copy of a copy, while nobody is connected.</summary>
    /// <inheritdoc cref="CreateAsync"/>
    /// <param name="superuserConnectionString">The same server.</param>
    /// <param name="database">Name of the database to create.</param>
    /// <param name="from">Name of the one to copy.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<DatabaseCopy> CloneAsync(string superuserConnectionString, string database, string from, CancellationToken cancellationToken)
    {
        var superuser = new NpgsqlConnectionStringBuilder(superuserConnectionString);
        await using (var server = await Session.OpenAsync(SchemaSource.Options(superuserConnectionString), cancellationToken))
            await server.ExecuteAsync($"CREATE DATABASE {QualifiedName.Identifier(database)} TEMPLATE {QualifiedName.Identifier(from)}", cancellationToken);
        await SetUpAsync(superuser, database, cancellationToken);
        superuser.Database = database;
        return CopyOf(superuser);
    }

    /// <summary>Fills a copy with rows that are made up, as many as the target is thought to have.</summary>
    /// <param name="copy">The copy.</param>
    /// <param name="rows">Rows of a table, at most.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>What became of each table.</returns>
    public async Task<IReadOnlyList<FilledTable>> FillAsync(DatabaseCopy copy, int rows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(copy);
        await using var session = await Session.OpenAsync(SchemaSource.Options(copy.SuperuserConnectionString), cancellationToken);
        return await new SyntheticRows(session, _statistics, _pinned, rows).FillAsync([.. _schemas.Where(schema => schema != _source.PrivateSchema)], cancellationToken);
    }

    private DatabaseCopy CopyOf(NpgsqlConnectionStringBuilder superuser) =>
        new(new NpgsqlConnectionStringBuilder(superuser.ConnectionString) { Username = _role }.ConnectionString, superuser.ConnectionString);

    // What is missing here is stood in for where the target lives on it.
    private async Task ExtendAsync(Session session, CancellationToken cancellationToken)
    {
        List<string> missing = [];
        foreach (var (name, sql) in _recreated[Recreation.Extensions])
        {
            if (await TryAsync(session, sql, cancellationToken) is { } reason)
            {
                missing.Add(name);
                _omissions.Add(new Omission($"extension {name}", reason));
            }
        }

        if (missing.Count == 0)
            return;
        await using var target = await _source.OpenAsync(cancellationToken);
        var stubs = await target.QueryAsync(Recreation.Stubs, Recreated.Read, cancellationToken, missing.ToArray(), _schemas.ToArray());
        await RecreateAsync(session, stubs, cancellationToken);
        _omissions.AddRange(stubs.Select(stub => new Omission(stub.What, "a stand-in is there instead")));
    }

    private async Task SetUpAsync(NpgsqlConnectionStringBuilder superuser, string database, CancellationToken cancellationToken)
    {
        await using var target = await _source.OpenAsync(cancellationToken);
        var settings = await target.QueryAsync(Recreation.Database, Recreated.Read, cancellationToken, database);
        var server = new NpgsqlConnectionStringBuilder(superuser.ConnectionString) { Database = "postgres" };
        await using var session = await Session.OpenAsync(SchemaSource.Options(server.ConnectionString), cancellationToken);
        await RecreateAsync(session, settings, cancellationToken);
    }

    private async Task RecreateAsync(Session session, IReadOnlyList<Recreated> all, CancellationToken cancellationToken)
    {
        foreach (var (what, sql) in all)
        {
            if (await TryAsync(session, sql, cancellationToken) is { } reason && _omissions.All(omission => omission.What != what))
                _omissions.Add(new Omission(what, reason));
        }
    }

    private static async Task<string?> TryAsync(Session session, string sql, CancellationToken cancellationToken)
    {
        try
        {
            await session.ExecuteAsync(sql, cancellationToken);
            return null;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateObject or PostgresErrorCodes.DuplicateSchema)
        {
            return null; // the bootstrap superuser, say
        }
        catch (PostgresException e)
        {
            return $"{e.MessageText} ({e.SqlState})";
        }
    }

    // The catalog does not tell: a hosted platform's library may let a role do it that has no such right.
    private static async Task<bool> MaySilenceTriggersAsync(Session session, CancellationToken cancellationToken) =>
        await TryAsync(session, "SELECT pg_catalog.set_config('session_replication_role', 'replica', true)", cancellationToken) is null;

    private static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <summary>A copy of the target on a throw-away server.</summary>
/// <param name="ConnectionString">As the role that migrates.</param>
/// <param name="SuperuserConnectionString">As a superuser.</param>
public sealed record DatabaseCopy(string ConnectionString, string SuperuserConnectionString);

/// <summary>A statement that the target wrote, and what it makes.</summary>
internal sealed record Recreated(string What, string Sql)
{
    public static Recreated Read(NpgsqlDataReader row) => new(row.GetString(0), row.GetString(1));
}
