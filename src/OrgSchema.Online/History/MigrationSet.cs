namespace OrgSchema.Online;

/// <summary>The migrations with their compiler and checksums, independent of a database. All targets of a fleet share one set.</summary>
internal sealed class MigrationSet : IAsyncDisposable
{
    private readonly Dictionary<KnownMigration, Lazy<string?>> _checksums;
    private readonly Dictionary<KnownMigration, Lazy<bool>> _areStable;
    private readonly Lazy<Task> _allChecksums;

    /// <exception cref="RequestException">Two migrations have the same version.</exception>
    public MigrationSet(MigratorOptions options)
    {
        Known = KnownMigration.In(options);
        Compiler = new MigrationCompiler(options);
        _checksums = Known.ToDictionary(migration => migration, migration => new Lazy<string?>(() => Checksum.Of(migration, Compiler, options)));
        _areStable = Known.ToDictionary(
            migration => migration, migration => new Lazy<bool>(() => Checksum.Of(migration, Compiler, options) == _checksums[migration].Value));
        _allChecksums = new Lazy<Task>(() => Task.Run(TakeChecksums));
    }

    public IReadOnlyList<KnownMigration> Known { get; }

    public MigrationCompiler Compiler { get; }

    /// <summary>The checksum of a migration. Null: it has none, because it would be another one each time, as with a random value in an INSERT.</summary>
    public string? ChecksumOf(KnownMigration migration) => _areStable[migration].Value ? _checksums[migration].Value : null;

    /// <summary>Whether a migration does something else than it did when a checksum was stored. Only then, or to store one, is it taken twice.</summary>
    public bool HasChanged(KnownMigration migration, string then) =>
        Checksum.IsComparable(then) && _checksums[migration].Value is { } now && then != now && _areStable[migration].Value;

    /// <summary>Takes all checksums in the background: that is as much work as to wait for a connection, and can go on meanwhile.</summary>
    public void BeginChecksums() => _ = _allChecksums.Value;

    public async ValueTask DisposeAsync()
    {
        if (_allChecksums.IsValueCreated)
            await _allChecksums.Value;
        await Compiler.DisposeAsync();
    }

    private void TakeChecksums()
    {
        foreach (var checksum in _checksums.Values)
        {
            try
            {
                _ = checksum.Value;
            }
            catch (RequestException)
            {
                // It is kept for whoever asks for this checksum.
            }
        }
    }
}
