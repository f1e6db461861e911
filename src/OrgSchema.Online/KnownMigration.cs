using System.Reflection;
using FluentMigrator;

namespace OrgSchema.Online;

/// <summary>A migration that this program knows.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Name">Its class.</param>
/// <param name="Phase">What it means for the old application.</param>
/// <param name="Up">Whether the way up is one transaction; else each step commits on its own and converges.</param>
/// <param name="Down">The same of the way down.</param>
/// <param name="Adopts">Whether it goes on from what is there already, see <see cref="PhaseAttribute.Adopts"/>.</param>
/// <param name="Type">The class to create.</param>
public sealed record KnownMigration(long Version, string Name, Phase Phase, Transaction Up, Transaction Down, bool Adopts, Type Type)
{
    /// <summary>Whether it is one transaction in this direction.</summary>
    public bool IsTransactional(Direction direction) => (direction == Direction.Up ? Up : Down) == Transaction.One;

    /// <summary>Whether its author has chosen this toolkit, whose migrations say both ways; else it is a plain one of FluentMigrator's.</summary>
    internal bool IsOnline => typeof(OnlineMigration).IsAssignableFrom(Type);

    /// <summary>Version and name.</summary>
    public override string ToString() => $"{Version} {Name}";

    /// <summary>The migrations among <paramref name="types"/>, by version. One without a phase counts as expand.</summary>
    /// <exception cref="RequestException">Two have the same version.</exception>
    public static IReadOnlyList<KnownMigration> In(IEnumerable<Type> types)
    {
        ArgumentNullException.ThrowIfNull(types);
        var migrations = types
            .Where(type => !type.IsAbstract && typeof(IMigration).IsAssignableFrom(type))
            .Select(type => (Type: type, Attribute: type.GetCustomAttribute<MigrationAttribute>()))
            .Where(found => found.Attribute is not null)
            .Select(found => new KnownMigration(
                found.Attribute!.Version,
                found.Type.Name,
                (found.Attribute as PhaseAttribute)?.Phase ?? Phase.Expand,
                Of(found.Attribute),
                (found.Attribute as PhaseAttribute)?.Down ?? Of(found.Attribute),
                found.Attribute is PhaseAttribute { Adopts: true },
                found.Type))
            .OrderBy(migration => migration.Version)
            .ToList();
        return migrations.GroupBy(migration => migration.Version).FirstOrDefault(same => same.Count() > 1) is { } twice
            ? throw new RequestException($"Version {twice.Key} is used by {string.Join(" and ", twice.Select(migration => migration.Name))}.", "Give one of them another version.")
            : migrations;
    }

    private static Transaction Of(MigrationAttribute attribute) =>
        attribute.TransactionBehavior == TransactionBehavior.Default ? Transaction.One : Transaction.None;
}
