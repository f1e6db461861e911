using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace OrgSchema.Online;

/// <summary>What does not depend on the database: which migrations there are, what makes them, and what they do. All targets of a fleet share it.</summary>
internal sealed class MigrationSet : IAsyncDisposable
{
    private readonly MigratorOptions _options;
    private readonly ServiceProvider _services;
    private readonly ConcurrentDictionary<long, string> _checksums = [];

    /// <exception cref="RequestException">Two migrations have the same version.</exception>
    public MigrationSet(MigratorOptions options)
    {
        _options = options;
        Known = KnownMigration.In(options.Migrations);
        _services = MigrationBody.Container(options);
    }

    public IReadOnlyList<KnownMigration> Known { get; }

    public IServiceProvider Services => _services;

    /// <summary>As <see cref="Checksum.Of"/>, which writes all SQL of the migration for it.</summary>
    public string ChecksumOf(KnownMigration migration, Session session) =>
        _checksums.GetOrAdd(migration.Version, _ => Checksum.Of(migration, _services, session, _options));

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
