using Npgsql;

namespace OrgSchema.Online;

/// <summary>A database read from outside, of which copies can be made on a throw-away server: definitions, roles and settings, no rows but made-up ones.</summary>
public sealed class SchemaCopy
{
    private readonly SchemaSource _source;
    private readonly List<Omission> _omissions = [];
    private readonly string _owner = $"orgschema_{Guid.NewGuid():N}";
    private readonly string _password = Guid.NewGuid().ToString("N");
    private IReadOnlyList<string> _schemas = [];
    private IReadOnlyList<DumpEntry> _entries = [];
    private IReadOnlyList<CopiedVersions> _versions = [];
    private IReadOnlyList<TableStatistics> _statistics = [];
    private IReadOnlyList<PinnedValues> _pinned = [];
    private IReadOnlyList<Recreated> _extensions = [];
    private IReadOnlyList<Recreated> _rest = [];
    private CopiedRoles _roles = new([], [], []);
    private CopiedPublications _publications = new([]);
    private CopiedSettings _settings = new("", [], []);
    private bool _maySilence;
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
        copy._roles = await CopiedRoles.ReadAsync(session, cancellationToken);
        copy._settings = await CopiedSettings.ReadAsync(session, cancellationToken);
        copy._publications = await CopiedPublications.ReadAsync(session, schemas, cancellationToken);
        copy._omissions.AddRange([.. copy._roles.Omissions(), .. copy._settings.Omissions()]);
        copy._extensions = await session.QueryAsync(Recreation.Extensions, Recreated.Read, cancellationToken);
        copy._rest = await session.QueryAsync(Recreation.Rest, Recreated.Read, cancellationToken);
        copy._maySilence = await MaySilenceTriggersAsync(session, cancellationToken);
        copy._versions = await CopiedVersions.ReadAsync(session, source.PrivateSchema, cancellationToken);
        copy._statistics = await TableStatistics.ReadAsync(session, schemas, source.Rows, cancellationToken);
        copy._pinned = await PinnedValues.ReadAsync(session, source.Pinned, cancellationToken);
        copy._entries = [.. DumpText.Read(await source.Dump(copy._schemas, unreadable, cancellationToken))];
        return copy;
    }

    /// <summary>Makes a copy without rows. What the target has written runs as a role that is no superuser.</summary>
    /// <param name="superuserConnectionString">A throw-away server, as superuser, which no role of the target is: roles are made there.</param>
    /// <param name="database">Name of the database to create.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<DatabaseCopy> CreateAsync(string superuserConnectionString, string database, CancellationToken cancellationToken)
    {
        var copy = CopyOf(superuserConnectionString, database);
        await using (var server = await OpenAsync(superuserConnectionString, cancellationToken))
        {
            await RecreateAsync(server, _roles.Statements(), cancellationToken);
            await EmpowerAsync(server, cancellationToken);
            await CreateDatabaseAsync(server, database, "template0", cancellationToken);
            await server.ExecuteAsync($"GRANT CREATE ON DATABASE {database} TO PUBLIC", cancellationToken); // else no object can be given to its owner
        }

        var fresh = new NpgsqlConnectionStringBuilder(superuserConnectionString) { Database = database };
        await using (var superuser = await OpenAsync(fresh.ConnectionString, cancellationToken))
            await superuser.ExecuteAsync("DROP SCHEMA public", cancellationToken);
        await using (var session = await OpenAsync(copy.OwnerConnectionString, cancellationToken))
            await BuildAsync(session, cancellationToken);
        await using (var superuser = await OpenAsync(fresh.ConnectionString, cancellationToken))
            await RecreateAsync(superuser, _publications.Frames(_owner), cancellationToken);
        await using (var session = await OpenAsync(copy.OwnerConnectionString, cancellationToken))
            await RecreateAsync(session, _publications.Contents(), cancellationToken);
        await using (var server = await OpenAsync(superuserConnectionString, cancellationToken))
            await server.ExecuteAsync($"REVOKE CREATE ON DATABASE {database} FROM PUBLIC", cancellationToken);
        await SetUpAsync(superuserConnectionString, database, cancellationToken);
        return copy;
    }

    /// <summary>Makes a copy of a copy, while nobody is connected.</summary>
    /// <inheritdoc cref="CreateAsync"/>
    /// <param name="superuserConnectionString">The same server.</param>
    /// <param name="database">Name of the database to create.</param>
    /// <param name="from">Name of the one to copy.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<DatabaseCopy> CloneAsync(string superuserConnectionString, string database, string from, CancellationToken cancellationToken)
    {
        await using (var server = await OpenAsync(superuserConnectionString, cancellationToken))
            await CreateDatabaseAsync(server, database, from, cancellationToken);
        await SetUpAsync(superuserConnectionString, database, cancellationToken);
        return CopyOf(superuserConnectionString, database);
    }

    /// <summary>Fills a copy with rows that are made up, as many as the target is thought to have.</summary>
    /// <param name="copy">The copy.</param>
    /// <param name="rows">Rows of a table, at most.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>What became of each table.</returns>
    public async Task<IReadOnlyList<FilledTable>> FillAsync(DatabaseCopy copy, int rows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(copy);
        await using var session = await OpenAsync(copy.OwnerConnectionString, cancellationToken);
        return await new SyntheticRows(session, _statistics, _pinned, rows).FillAsync([.. _schemas.Where(schema => schema != _source.PrivateSchema)], cancellationToken);
    }

    private static Task<Session> OpenAsync(string connectionString, CancellationToken cancellationToken) =>
        Session.OpenAsync(SchemaSource.Options(connectionString), cancellationToken);

    private DatabaseCopy CopyOf(string superuserConnectionString, string database)
    {
        var copy = new NpgsqlConnectionStringBuilder(superuserConnectionString) { Database = database, Password = _password };
        return new(
            new NpgsqlConnectionStringBuilder(copy.ConnectionString) { Username = _role }.ConnectionString,
            new NpgsqlConnectionStringBuilder(copy.ConnectionString) { Username = _owner }.ConnectionString);
    }

    // The role that builds, fills and looks: it may do what every owner may, see every row and every session.
    private async Task EmpowerAsync(Session server, CancellationToken cancellationToken)
    {
        var (owner, role) = (QualifiedName.Quoted(_owner), QualifiedName.Quoted(_role));
        await server.ExecuteAsync(
            $"""
            CREATE ROLE {owner} LOGIN BYPASSRLS PASSWORD '{_password}';
            GRANT pg_monitor, pg_read_all_data, pg_write_all_data TO {owner};
            GRANT SET ON PARAMETER session_replication_role TO {owner};
            ALTER ROLE {role} LOGIN PASSWORD '{_password}'
            """,
            cancellationToken);
        foreach (var other in _roles.Roles)
            await TryAsync(server, $"GRANT {QualifiedName.Quoted(other.Name)} TO {owner}", cancellationToken);
        if (_maySilence)
            await server.ExecuteAsync($"GRANT SET ON PARAMETER session_replication_role TO {role}", cancellationToken);
        if (!IsSuperuserThere)
            return;
        foreach (var other in _roles.Roles.Where(other => other.Name != _role))
            await TryAsync(server, $"GRANT {QualifiedName.Quoted(other.Name)} TO {role}", cancellationToken); // refused where it would be a circle
        await server.ExecuteAsync($"GRANT pg_monitor, pg_read_all_data, pg_write_all_data TO {role}", cancellationToken);
    }

    private bool IsSuperuserThere => _roles.Roles.Any(role => role.Name == _role && role.IsSuperuser);

    private async Task CreateDatabaseAsync(Session server, string database, string template, CancellationToken cancellationToken)
    {
        await server.ExecuteAsync($"CREATE DATABASE {QualifiedName.Quoted(database)} TEMPLATE {QualifiedName.Quoted(template)}", cancellationToken);
        await RecreateAsync(server, [_settings.OwnerOf(database)], cancellationToken);
        var builders = IsSuperuserThere ? $"{QualifiedName.Quoted(_owner)}, {QualifiedName.Quoted(_role)}" : QualifiedName.Quoted(_owner);
        await server.ExecuteAsync($"GRANT ALL ON DATABASE {database} TO {builders}", cancellationToken);
    }

    private async Task BuildAsync(Session session, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync("SET check_function_bodies = off", cancellationToken);
        await ExtendAsync(session, cancellationToken);
        await MakeAsync(session, _entries.Where(entry => entry.Kind == "SCHEMA"), cancellationToken);
        // As of the database: the owner of an object must have been able to make it.
        await session.ExecuteAsync(OfEverySchema("GRANT CREATE ON SCHEMA %I TO PUBLIC"), cancellationToken);
        await MakeAsync(session, _entries.Where(entry => entry.Kind != "SCHEMA" && !entry.IsGrant), cancellationToken);
        foreach (var versions in _versions)
            await versions.WriteAsync(session, cancellationToken);
        await session.ExecuteAsync(OfEverySchema("REVOKE CREATE ON SCHEMA %I FROM PUBLIC"), cancellationToken);
        await MakeAsync(session, _entries.Where(entry => entry.IsGrant), cancellationToken);
        await RecreateAsync(session, _rest, cancellationToken);
    }

    private static string OfEverySchema(string statement) => $"""
        DO $every$
        DECLARE
            schema name;
        BEGIN
            FOR schema IN SELECT n.nspname FROM pg_catalog.pg_namespace AS n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' LOOP
                EXECUTE pg_catalog.format('{statement}', schema);
            END LOOP;
        END
        $every$
        """;

    private Task MakeAsync(Session session, IEnumerable<DumpEntry> entries, CancellationToken cancellationToken) => RecreateAsync(
        session,
        entries.Select(entry => new Recreated($"{entry.Kind.ToLowerInvariant()} {entry.Name}", entry.IsGrant ? AsMember(entry.Sql) : entry.Sql)),
        cancellationToken);

    // pg_dump takes a superuser for granted where somebody else than the owner has granted something.
    private static string AsMember(string grants) => grants
        .Replace("SET SESSION AUTHORIZATION ", "SET ROLE ", StringComparison.Ordinal)
        .Replace("RESET SESSION AUTHORIZATION;", "RESET ROLE;", StringComparison.Ordinal);

    // What is missing here is stood in for where the target lives on it.
    private async Task ExtendAsync(Session session, CancellationToken cancellationToken)
    {
        List<string> missing = [];
        foreach (var (name, sql) in _extensions)
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
        _omissions.AddRange(stubs.Select(stub => new Omission(stub.What, "replaced by a stand-in")));
    }

    private async Task SetUpAsync(string superuserConnectionString, string database, CancellationToken cancellationToken)
    {
        await using var server = await OpenAsync(superuserConnectionString, cancellationToken);
        await RecreateAsync(server, _settings.StatementsFor(database), cancellationToken);
    }

    private async Task RecreateAsync(Session session, IEnumerable<Recreated> all, CancellationToken cancellationToken)
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
            return null; // made with an extension, say
        }
        catch (PostgresException e)
        {
            return $"{e.MessageText} ({e.SqlState})";
        }
    }

    // The catalog does not tell: a hosted platform's library may let a role do it that has no such right.
    private static async Task<bool> MaySilenceTriggersAsync(Session session, CancellationToken cancellationToken) =>
        await TryAsync(session, "SELECT pg_catalog.set_config('session_replication_role', 'replica', true)", cancellationToken) is null;
}

/// <summary>A copy of the target on a throw-away server.</summary>
/// <param name="ConnectionString">As the role that migrates.</param>
/// <param name="OwnerConnectionString">As a role that may become every other one and sees every row and session. It is no superuser.</param>
public sealed record DatabaseCopy(string ConnectionString, string OwnerConnectionString);

/// <summary>A statement, and what it makes.</summary>
internal sealed record Recreated(string What, string Sql)
{
    public static Recreated Read(NpgsqlDataReader row) => new(row.GetString(0), row.GetString(1));
}
