using Microsoft.Extensions.DependencyInjection;

namespace OrgSchema.Online;

/// <summary>What does not depend on the database: which migrations there are, what makes them, and what they do. All targets of a fleet share it.</summary>
internal sealed class MigrationSet : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly Dictionary<KnownMigration, Lazy<string>> _checksums;
    private readonly Lazy<Task> _allChecksums;

    /// <exception cref="RequestException">Two migrations have the same version.</exception>
    public MigrationSet(MigratorOptions options)
    {
        Known = KnownMigration.In(options.Migrations);
        _services = MigrationBody.Container(options);
        _checksums = Known.ToDictionary(migration => migration, migration => new Lazy<string>(() => Checksum.Of(migration, _services, options)));
        _allChecksums = new Lazy<Task>(() => Task.Run(TakeChecksums));
    }

    public IReadOnlyList<KnownMigration> Known { get; }

    public IServiceProvider Services => _services;

    /// <summary>As <see cref="Checksum.Of"/>, which writes all SQL of the migration for it; once.</summary>
    public string ChecksumOf(KnownMigration migration) => _checksums[migration].Value;

    /// <summary>Takes all checksums in the background: that is as much work as to wait for a connection, and can go on meanwhile.</summary>
    public void BeginChecksums() => _ = _allChecksums.Value;

    public async ValueTask DisposeAsync()
    {
        if (_allChecksums.IsValueCreated)
            await _allChecksums.Value;
        await _services.DisposeAsync();
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
