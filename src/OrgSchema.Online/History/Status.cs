namespace OrgSchema.Online;

/// <summary>Where a migration stands in a database.</summary>
public enum MigrationState
{
    /// <summary>In the version table.</summary>
    Applied,

    /// <summary>Not yet applied.</summary>
    Pending,

    /// <summary>Not yet applied although a later one is.</summary>
    OutOfOrder,

    /// <summary>Its last run stopped between two steps; running the same command again completes it.</summary>
    Unfinished,

    /// <summary>In the version table, but not in this program: a newer version of it, or another branch.</summary>
    Unknown,
}

/// <summary>A migration and where it stands.</summary>
/// <param name="Version">The version.</param>
/// <param name="Name">The class, or for an unknown one the name it was applied under.</param>
/// <param name="State">Where it stands.</param>
/// <param name="AppliedOn">When it was applied, in UTC.</param>
/// <param name="Known">The migration; null if unknown.</param>
/// <param name="Adopted">Whether its result was found there, and it was not run.</param>
public sealed record MigrationStatus(long Version, string Name, MigrationState State, DateTime? AppliedOn, KnownMigration? Known, bool Adopted = false)
{
    /// <summary>Whether it is applied and now does something else than it did then.</summary>
    public bool Changed => HasChanged?.Invoke() ?? false;

    // Asked as late as possible: until then the server can be at work.
    internal Func<bool>? HasChanged { get; init; }
}

/// <summary>The migrations of a program against the version table of a database.</summary>
public sealed record DatabaseStatus
{
    /// <summary>All, known or applied, by version.</summary>
    public required IReadOnlyList<MigrationStatus> Migrations { get; init; }

    /// <summary>In which direction unfinished migrations went.</summary>
    public required IReadOnlyDictionary<long, Direction> Unfinished { get; init; }

    /// <summary>Versions in the version table.</summary>
    public IReadOnlySet<long> Applied => Migrations.Where(m => m.AppliedOn is not null || m.State is MigrationState.Applied or MigrationState.Unknown).Select(m => m.Version).ToHashSet();

    /// <summary>Whether checksums of an earlier form are stored: they cannot be compared, and are written anew.</summary>
    internal bool HasEarlierChecksums { get; init; }

    internal static DatabaseStatus Of(IReadOnlyList<KnownMigration> known, RecordedHistory history, Func<KnownMigration, string, bool> hasChanged)
    {
        var (applied, unfinished) = history;
        var byVersion = applied.ToDictionary(row => row.Version);
        // What was found there says nothing about the order in which we run.
        var newest = applied.LastOrDefault(row => !row.Adopted)?.Version ?? long.MinValue;
        var migrations = known
            .Select(migration => new MigrationStatus(migration.Version, migration.Name, StateOf(migration.Version), byVersion.GetValueOrDefault(migration.Version)?.AppliedOn, migration, byVersion.GetValueOrDefault(migration.Version)?.Adopted ?? false) { HasChanged = () => HasChanged(migration) })
            .Concat(applied.Where(row => known.All(migration => migration.Version != row.Version)).Select(row => new MigrationStatus(row.Version, row.Name, MigrationState.Unknown, row.AppliedOn, null)))
            .OrderBy(migration => migration.Version)
            .ToList();
        return new DatabaseStatus
        {
            Migrations = migrations,
            Unfinished = unfinished,
            HasEarlierChecksums = applied.Any(row => row.Checksum is { } then && !Checksum.IsComparable(then)),
        };

        bool HasChanged(KnownMigration migration) => byVersion.GetValueOrDefault(migration.Version)?.Checksum is { } then && hasChanged(migration, then);

        MigrationState StateOf(long version) =>
            unfinished.ContainsKey(version) ? MigrationState.Unfinished
            : byVersion.ContainsKey(version) ? MigrationState.Applied
            : version < newest ? MigrationState.OutOfOrder
            : MigrationState.Pending;
    }
}
