using System.Reflection;
using FluentMigrator;
using FluentMigrator.Runner.Constraints;
using FluentMigrator.Runner.Infrastructure;

namespace OrgSchema.Online;

/// <summary>A migration that this program knows.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Name">Its class.</param>
/// <param name="Phase">What it means for the old application.</param>
/// <param name="Up">Whether the way up is one transaction; else each step commits on its own and converges.</param>
/// <param name="Down">The same of the way down.</param>
/// <param name="Adopts">Whether it goes on from what is there already, see <see cref="PhaseAttribute.Adopts"/>.</param>
/// <param name="Type">The class to create.</param>
public sealed record KnownMigration(long Version, string Name, Phase Phase, TransactionBehavior Up, TransactionBehavior Down, bool Adopts, Type Type)
{
    /// <summary>Whether it is one transaction in this direction.</summary>
    public bool IsTransactional(Direction direction) => (direction == Direction.Up ? Up : Down) == TransactionBehavior.Default;

    /// <summary>What FluentMigrator's attribute says of it. Default: its name.</summary>
    public string Description { get; init; } = Name;

    /// <summary>Why it runs as it is written, although clients may wait or fail: see <see cref="UnsafeAttribute"/>. Null: it does not say.</summary>
    public string? UnsafeReason { get; init; }

    /// <summary>Version and name.</summary>
    public override string ToString() => $"{Version} {Name}";

    /// <summary>The migrations among <paramref name="types"/>, by version. One without a phase counts as expand.</summary>
    /// <exception cref="RequestException">Two have the same version.</exception>
    public static IReadOnlyList<KnownMigration> In(IEnumerable<Type> types) => In(new MigratorOptions { Migrations = [.. types] });

    /// <summary>The migrations of a program, as FluentMigrator chooses them: by namespace and tags.</summary>
    /// <exception cref="RequestException">Two have the same version, or one is of a kind that this runner does not run.</exception>
    internal static IReadOnlyList<KnownMigration> In(MigratorOptions options)
    {
        var conventions = DefaultMigrationRunnerConventions.Instance;
        List<Type> classes =
        [
            .. options.Migrations.Where(type => !type.IsAbstract && typeof(IMigration).IsAssignableFrom(type) && IsFound(type) && IsIn(type, options)),
        ];
        classes.ForEach(Refuse);
        var migrations = classes
            .Select(type => (Type: type, Attribute: type.GetCustomAttribute<MigrationAttribute>()))
            .Where(found => found.Attribute is not null)
            .Where(found => conventions.TypeHasTags(found.Type)
                ? options.Tags.Count > 0 && conventions.TypeHasMatchingTags(found.Type, options.Tags)
                : options.IncludeUntaggedMigrations)
            .Select(found => new KnownMigration(
                found.Attribute!.Version,
                found.Type.Name,
                (found.Attribute as PhaseAttribute)?.Phase ?? (found.Attribute.BreakingChange ? Phase.Contract : Phase.Expand),
                found.Attribute.TransactionBehavior,
                (found.Attribute as PhaseAttribute)?.Down ?? found.Attribute.TransactionBehavior,
                found.Attribute is PhaseAttribute { Adopts: true },
                found.Type)
            {
                Description = found.Attribute.Description ?? found.Type.Name,
                UnsafeReason = found.Type.GetCustomAttribute<UnsafeAttribute>()?.Reason,
            })
            .OrderBy(migration => migration.Version)
            .ToList();
        return migrations.GroupBy(migration => migration.Version).FirstOrDefault(same => same.Count() > 1) is { } twice
            ? throw new RequestException($"Version {twice.Key} is used by {string.Join(" and ", twice.Select(migration => migration.Name))}.", "Give one of them another version.")
            : migrations;
    }

    // FluentMigrator finds public ones. Those with a phase are for this runner alone, which has always found them.
    private static bool IsFound(Type type) => type.IsVisible || type.IsDefined(typeof(PhaseAttribute), inherit: false);

    private static bool IsIn(Type type, MigratorOptions options) =>
        options.Namespace is not { } wanted
        || type.Namespace == wanted
        || options.NestedNamespaces && type.Namespace?.StartsWith($"{wanted}.", StringComparison.Ordinal) == true;

    // What FluentMigrator would do otherwise is refused, not passed over in silence.
    private static void Refuse(Type type)
    {
        var kind = type.IsDefined(typeof(MaintenanceAttribute), inherit: true) ? "is a maintenance migration, and this runner runs none"
            : type.IsDefined(typeof(MigrationConstraintAttribute), inherit: true) ? "has a migration constraint, and this runner asks none"
            : null;
        if (kind is not null)
            throw new RequestException($"{type.Name} {kind}.", "Leave it out of the migrations, and do what it does another way.");
    }
}
