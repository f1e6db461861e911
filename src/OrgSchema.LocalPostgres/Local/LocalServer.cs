using Npgsql;

namespace OrgSchema.LocalPostgres;

/// <summary>
/// The PostgreSQL server that is used when no target is given: started by whoever needs it first, kept with its data in a
/// per-user cache folder, shared by all processes of the user.
/// </summary>
/// <param name="folder">Where it is kept. Default: <c>$XDG_CACHE_HOME/orgschema</c> or what the system has for that.</param>
/// <param name="search">Where to find PostgreSQL. Default: <c>ORGSCHEMA_PG_BIN</c>, the usual places, a download.</param>
public sealed class LocalServer(string? folder = null, PostgresSearch? search = null)
{
    /// <summary>The database that stands in for the live one.</summary>
    public const string DatabaseName = "app";

    private readonly PostgresSearch _search = search ?? new PostgresSearch();

    /// <summary>Where the server, its data and its password are kept.</summary>
    public string Folder { get; } = folder ?? CacheFolder.Default;

    private string ServerFolder => Path.Combine(Folder, "server");

    private string StateFile => Path.Combine(Folder, "state.json");

    /// <summary>Starts the server, or attaches to the one that runs. The first time it creates the database with the baseline.</summary>
    /// <exception cref="LocalPostgresException">No PostgreSQL to be had, folder not writable, or it does not start; the message says what to do.</exception>
    public Task<LocalDatabase> EnsureStartedAsync(CancellationToken cancellationToken = default) => LockedAsync(async () =>
    {
        var state = LocalState.Read(StateFile);
        if (state is null && DataMajor() is not null)
            throw new LocalPostgresException($"The password of the local server is lost ({StateFile} is missing or damaged). Type `orgschema db reset` to rebuild the local database.");

        var server = await StartAsync(state, cancellationToken);
        var database = DatabaseOf(server);
        if (!await ExistsAsync(server, cancellationToken))
            await Baseline.CreateAsync(database.SuperuserConnectionString, DatabaseName, cancellationToken: cancellationToken);
        return database;
    }, cancellationToken);

    /// <summary>Stops the server. The data stays.</summary>
    /// <returns>Whether there was one to stop.</returns>
    /// <exception cref="LocalPostgresException">It does not stop.</exception>
    public Task<bool> StopAsync(CancellationToken cancellationToken = default) => LockedAsync(async () =>
    {
        if (DataMajor() is null)
            return false;

        var server = await ExistingAsync(cancellationToken);
        var wasRunning = server.IsRunning;
        await server.StopAsync(StopMode.Fast, cancellationToken);
        return wasRunning;
    }, cancellationToken);

    /// <summary>Builds the database anew, with the baseline. A server whose data is of no use any more is made anew as well.</summary>
    /// <exception cref="LocalPostgresException">As <see cref="EnsureStartedAsync"/>.</exception>
    public Task<LocalDatabase> ResetAsync(CancellationToken cancellationToken = default) => LockedAsync(async () =>
    {
        PostgresServer server;
        try
        {
            var state = LocalState.Read(StateFile);
            if (state is null)
                await DiscardAsync(cancellationToken);
            server = await StartAsync(state, cancellationToken);
        }
        catch (LocalPostgresException) when (Directory.Exists(ServerFolder))
        {
            // Another major version, damaged data, a lost password: nothing in there is worth keeping.
            await DiscardAsync(cancellationToken);
            server = await StartAsync(null, cancellationToken);
        }

        var database = DatabaseOf(server);
        await Baseline.CreateAsync(database.SuperuserConnectionString, DatabaseName, cancellationToken: cancellationToken);
        return database;
    }, cancellationToken);

    private async Task<PostgresServer> StartAsync(LocalState? state, CancellationToken cancellationToken)
    {
        var binaries = await BinariesAsync(state, cancellationToken);
        state = new LocalState(state?.Password ?? PostgresServer.NewPassword(), state?.Port ?? 0, binaries.Folder);
        var server = new PostgresServer(binaries, ServerFolder, state.Password);
        if (!server.IsInitialized)
        {
            // First the password, then the server that has it: the other way round a kill in between would lock us out.
            await state.WriteAsync(StateFile, cancellationToken);
            await server.InitAsync(cancellationToken: cancellationToken);
        }

        await server.StartAsync(new ServerOptions { Port = state.Port }, cancellationToken);
        if (server.Port != state.Port)
            await (state with { Port = server.Port }).WriteAsync(StateFile, cancellationToken);
        return server;
    }

    /// <summary>The programs that match the data; those of a running server without a search.</summary>
    private async Task<PostgresBinaries> BinariesAsync(LocalState? state, CancellationToken cancellationToken)
    {
        var major = DataMajor();
        if (state is not null && major is not null && _search.ExplicitFolder is null
            && await PostgresBinaries.InspectAsync(state.Binaries, cancellationToken) is { } used
            && used.Version.Major == major && new PostgresServer(used, ServerFolder, state.Password).IsRunning)
            return used;

        return await PostgresBinaries.FindAsync(_search, major, cancellationToken);
    }

    /// <summary>The server as it is: with the programs it was started with, else any. Stopping needs no password.</summary>
    private async Task<PostgresServer> ExistingAsync(CancellationToken cancellationToken)
    {
        var state = LocalState.Read(StateFile);
        var binaries = state is null ? null : await PostgresBinaries.InspectAsync(state.Binaries, cancellationToken);
        binaries ??= await PostgresBinaries.FindAsync(_search with { DownloadFolder = null }, cancellationToken: cancellationToken);
        return new PostgresServer(binaries, ServerFolder, state?.Password ?? "");
    }

    private async Task DiscardAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(ServerFolder))
            return;

        var server = await ExistingAsync(cancellationToken);
        await server.StopAsync(StopMode.Immediate, cancellationToken);
        await ServerUser.DeleteAsync(ServerFolder, cancellationToken);
    }

    /// <summary>Major version that made the data; <see langword="null"/> when there is none.</summary>
    private int? DataMajor() =>
        int.TryParse(SmallFile.TryRead(Path.Combine(ServerFolder, "data", "PG_VERSION")), out var major) ? major : null;

    private static async Task<bool> ExistsAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.ConnectionString()) { Pooling = false }.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1)", connection) { Parameters = { new() { Value = DatabaseName } } };
            return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
        }
        catch (NpgsqlException failure)
        {
            throw new LocalPostgresException($"The local server does not let this program in: {failure.GetBaseException().Message}. Type `orgschema db reset` to rebuild the local database.", failure);
        }
    }

    private static LocalDatabase DatabaseOf(PostgresServer server) => new(server.Binaries, server.ConnectionString());

    private async Task<T> LockedAsync<T>(Func<Task<T>> action, CancellationToken cancellationToken)
    {
        try
        {
            PublicFolder.Create(Folder);
            using var _ = await FolderLock.TakeAsync(Folder, cancellationToken);
            return await action();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LocalPostgresException($"The folder of the local server, {Folder}, cannot be used: {failure.Message} Make it writable, or set XDG_CACHE_HOME to a folder that is.", failure);
        }
    }
}
