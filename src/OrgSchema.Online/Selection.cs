namespace OrgSchema.Online;

/// <summary>How far down to go.</summary>
public sealed record DownTarget
{
    private DownTarget(int? steps, long? to) => (Steps, To) = (steps, to);

    internal int? Steps { get; }

    internal long? To { get; }

    /// <summary>Everything.</summary>
    public static DownTarget All { get; } = new(null, null);

    /// <summary>The last <paramref name="steps"/> migrations.</summary>
    /// <exception cref="RequestException">Less than one.</exception>
    public static DownTarget Last(int steps) => steps > 0
        ? new(steps, null)
        : throw new RequestException($"{steps} is not a number of migrations to revert.", "Give --steps a number from 1 up.");

    /// <summary>Those above <paramref name="version"/>, which stays; 0 for all.</summary>
    public static DownTarget Above(long version) => new(null, version);
}

/// <summary>Which migrations a command concerns, in the order in which they run.</summary>
internal static class Selection
{
    /// <summary>Pending ones up to <paramref name="to"/>, but none from the first contract migration on.</summary>
    public static IReadOnlyList<KnownMigration> Up(DatabaseStatus status, long? to)
    {
        var target = Known(status, to);
        if (target is { Phase: Phase.Contract } && IsPending(status, target))
            throw new RequestException($"{target} is a contract migration: it ends the support of the old application.", "Run 'migrate' first, then 'migrate contract' once the old version of the application is retired.");
        return [.. Pending(status).Where(migration => migration.Version <= (to ?? long.MaxValue)).TakeWhile(migration => migration.Phase != Phase.Contract)];
    }

    /// <summary>The contract migrations that are next.</summary>
    /// <exception cref="RequestException">Others come before them.</exception>
    public static IReadOnlyList<KnownMigration> Contract(DatabaseStatus status)
    {
        var pending = Pending(status).ToList();
        return pending.FirstOrDefault() is { Phase: not Phase.Contract } first
            ? throw new RequestException($"{first} is pending and comes before any contract migration.", "Run 'migrate' first.")
            : [.. pending.TakeWhile(migration => migration.Phase == Phase.Contract)];
    }

    /// <summary>Applied or half-applied ones, newest first.</summary>
    /// <exception cref="RequestException">The target is not known, or a migration is applied that is not in this program: what it needs might be reverted.</exception>
    public static IReadOnlyList<KnownMigration> Down(DatabaseStatus status, DownTarget target)
    {
        if (target.To is not (null or 0))
            _ = Known(status, target.To);
        if (status.Migrations.LastOrDefault(migration => migration.State == MigrationState.Unknown) is { } unknown)
            throw new RequestException($"{unknown.Version} {unknown.Name} is applied, but this program does not know it: neither how to revert it, nor what it needs.", "Use the version of this program that has applied it.");
        return
        [
            .. status.Migrations
                .Where(IsThere)
                .Where(migration => migration.Version > (target.To ?? long.MinValue))
                .OrderByDescending(migration => migration.Version)
                .Take(target.Steps ?? int.MaxValue)
                .Select(migration => migration.Known!),
        ];
    }

    public static IEnumerable<KnownMigration> Pending(DatabaseStatus status) =>
        status.Migrations.Select(migration => migration.Known).OfType<KnownMigration>().Where(migration => IsPending(status, migration));

    /// <summary>Not applied, or half reverted: its Up converges, too.</summary>
    public static bool IsPending(DatabaseStatus status, KnownMigration migration) =>
        status.Migrations.First(row => row.Version == migration.Version).State is MigrationState.Pending or MigrationState.OutOfOrder or MigrationState.Unfinished;

    /// <summary>Applied, or half applied: its Down converges, too.</summary>
    public static bool IsThere(DatabaseStatus status, KnownMigration migration) => IsThere(status.Migrations.First(row => row.Version == migration.Version));

    public static bool IsThere(MigrationStatus migration) => migration.State is MigrationState.Applied or MigrationState.Unfinished or MigrationState.Unknown;

    private static KnownMigration? Known(DatabaseStatus status, long? version) =>
        version is null ? null
        : status.Migrations.FirstOrDefault(migration => migration.Version == version)?.Known
            ?? throw new RequestException($"There is no migration with version {version}.", $"Known are: {string.Join(", ", status.Migrations.Where(m => m.Known is not null).Select(m => m.Version))}.");
}
