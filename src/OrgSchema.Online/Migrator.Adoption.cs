namespace OrgSchema.Online;

/// <summary>How a migrator takes over a database that others have migrated.</summary>
public sealed partial class Migrator
{
    /// <summary>Records pending migrations without running them, where somebody has applied their SQL in another way.</summary>
    /// <param name="find">Finds their versions, on a session where nothing may be changed, while no other run is under way.</param>
    /// <param name="cancellationToken">Cancels it; what is recorded is all of them or none.</param>
    /// <returns>What was recorded.</returns>
    /// <exception cref="OnlineMigrationException">Another run is under way.</exception>
    public async Task<IReadOnlyList<KnownMigration>> AdoptAsync(
        Func<Npgsql.NpgsqlConnection, IReadOnlySet<long>, CancellationToken, Task<FoundVersions>> find, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(find);
        return await AloneAsync((work, status) => AdoptAsync(find, work, status, cancellationToken), cancellationToken);
    }

    private async Task<IReadOnlyList<KnownMigration>> AdoptAsync(
        Func<Npgsql.NpgsqlConnection, IReadOnlySet<long>, CancellationToken, Task<FoundVersions>> find,
        Session work,
        DatabaseStatus status,
        CancellationToken cancellationToken)
    {
        var found = await find(work.Connection, status.Applied, cancellationToken);
        var adopted = Selection.Pending(status).Where(migration => found.Right.Contains(migration.Version)).ToList();
        var differing = Selection.Pending(status).Where(migration => found.Different.Contains(migration.Version)).ToList();
        if (adopted.Count + differing.Count == 0)
            return [];
        await PrivateSchema.EnsureAsync(work, _options.PrivateSchema, cancellationToken);
        var (versions, log) = (new VersionTable(_options.PrivateSchema), new RunLog(work, _options));
        // One text, one transaction. What differs belongs to the migrations from now on, too: they complete it, and a Down removes it.
        await work.ExecuteAsync(
            string.Join(";\n", [
                .. adopted.Select(migration => versions.Write(migration, Direction.Up, _migrations.ChecksumOf(migration), adopted: true)),
                .. adopted.Select(log.Adopted),
                .. adopted.Concat(differing).Select(migration => FoundObjects.TakeOver(_options.PrivateSchema, migration))]),
            cancellationToken);
        if (adopted.Count > 0)
            _progress.Report(new MigrationsAdopted(adopted));
        return adopted;
    }

    /// <summary>Takes over the history of FluentMigrator's own runner, with its dates and descriptions, in one transaction.</summary>
    /// <param name="keep">
    /// Whether FluentMigrator's table follows ours from now on, so that its runner could take over again. Default: false.
    /// </param>
    /// <param name="table">The table that has it. Default: null, <c>public."VersionInfo"</c>, or what the project's <c>IVersionTableMetaData</c> says.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The migrations of this program among them.</returns>
    /// <exception cref="RequestException">There is no such history, or there is one of ours.</exception>
    /// <exception cref="OnlineMigrationException">Another run is under way.</exception>
    public Task<IReadOnlyList<KnownMigration>> AdoptFluentMigratorAsync(
        bool keep = false, QualifiedName? table = null, CancellationToken cancellationToken = default) => AloneAsync<IReadOnlyList<KnownMigration>>(
        async (work, _) =>
        {
            var history = new FluentMigratorHistory(_migrations.Compiler.VersionTable(), table);
            if (await RunLog.HasEntriesAsync(work, _options.PrivateSchema, cancellationToken))
                throw new RequestException($"There is a history in schema {_options.PrivateSchema} already.", "Run 'migrate': it goes on from there.");
            if (await history.VersionsAsync(work, cancellationToken) is not { Count: > 0 } versions)
            {
                throw new RequestException(
                    $"There are no versions in {history.Table}.",
                    "If FluentMigrator keeps them in another table, name that.");
            }

            var adopted = _migrations.Known.Where(migration => versions.Contains(migration.Version)).ToList();
            var log = new RunLog(work, _options);
            await PrivateSchema.EnsureAsync(work, _options.PrivateSchema, cancellationToken);
            // One text, one transaction.
            await work.ExecuteAsync(
                string.Join(";\n", [
                    history.Copy(_options.PrivateSchema),
                    .. keep ? [history.Follow(_options.PrivateSchema)] : Array.Empty<string>(),
                    .. adopted.Select(log.Adopted),
                    .. adopted.Select(migration => FoundObjects.TakeOver(_options.PrivateSchema, migration)),
                    PrivateSchema.Close(_options.PrivateSchema)]),
                cancellationToken);
            _progress.Report(new MigrationsAdopted(adopted));
            return adopted;
        },
        cancellationToken);

    // What FluentMigrator has applied would run a second time. Once this toolkit has run here, its history counts, though all be reverted.
    private async Task RefuseForeignHistoryAsync(Session work, CancellationToken cancellationToken)
    {
        if (await RunLog.HasEntriesAsync(work, _options.PrivateSchema, cancellationToken))
            return;
        var history = new FluentMigratorHistory(_migrations.Compiler.VersionTable());
        var versions = await history.VersionsAsync(work, cancellationToken);
        if (_migrations.Known.Count(migration => versions.Contains(migration.Version)) is > 0 and var known)
        {
            throw new FluentMigratorHistoryException(
                $"FluentMigrator's table {history.Table} knows {Amount.Of(known, "version")} of these migrations, and schema {_options.PrivateSchema} none: "
                    + "they would run a second time.",
                $"Take its history over first, with {nameof(AdoptFluentMigratorAsync)}().");
        }
    }

    private async Task<T> AloneAsync<T>(Func<Session, DatabaseStatus, Task<T>> adopt, CancellationToken cancellationToken)
    {
        await using var runnerLock = await RunnerLock.AcquireAsync(await Session.OpenAsync(_options, cancellationToken), _options, _progress, cancellationToken);
        await using var work = await Session.OpenAsync(_options, cancellationToken);
        await runnerLock.ProveSessionsStickAsync(work, cancellationToken);
        await runnerLock.AdmitAsync(work, _options, _progress, cancellationToken);
        await Writability.EnsureAsync(work, cancellationToken);
        return await adopt(work, await StatusAsync(work, cancellationToken));
    }
}

/// <summary>Pending migrations whose result exists, made another way.</summary>
/// <param name="Right">Versions whose result is as the migration makes it: they are recorded.</param>
/// <param name="Different">Versions whose result differs: they run later, and own what they find.</param>
public sealed record FoundVersions(IReadOnlyCollection<long> Right, IReadOnlyCollection<long> Different);
