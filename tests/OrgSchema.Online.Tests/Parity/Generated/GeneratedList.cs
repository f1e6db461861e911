using System.Collections.Concurrent;
using System.Collections.Immutable;
using FluentMigrator;
using FluentMigrator.Infrastructure;
using FsCheck;
using FsCheck.Fluent;

namespace OrgSchema.Online.Tests;

/// <summary>A random list of expressions and its Down.</summary>
public sealed class GeneratedList
{
    private readonly ImmutableList<Change> _changes;

    private GeneratedList(int number, string? schema, ImmutableList<Change> changes) => (Number, Schema, _changes) = (number, schema, changes);

    /// <summary>Its number; its objects have it in their names.</summary>
    public int Number { get; }

    /// <summary>A schema of its own, which must be there; null: the default one.</summary>
    public string? Schema { get; }

    /// <summary>Lists of three to eight expressions, the same ones for the same seed.</summary>
    public static IReadOnlyList<GeneratedList> Of(ulong seed, int count) =>
        [.. Gen.Sample(Gen.CollectToArray(Enumerable.Range(1, count), Any), 1, new Rnd(seed), 50).Single()];

    /// <summary>Adds its expressions to a migration.</summary>
    public void Add(Migration migration, Direction direction)
    {
        foreach (var change in direction == Direction.Up ? _changes : _changes.Reverse())
            (direction == Direction.Up ? change.Up : change.Down)(migration);
    }

    /// <summary>What it does, for a failure.</summary>
    public override string ToString() =>
        $"list {Number}{(Schema is null ? "" : $" in schema {Schema}")}:\n{Said(Direction.Up)}\nand back:\n{Said(Direction.Down)}";

    private string Said(Direction direction)
    {
        var (context, said) = (new MigrationContext(querySchema: null, serviceProvider: null, connection: ""), new Alone(this, direction));
        said.GetUpExpressions(context);
        return string.Join('\n', context.Expressions.Select(expression => $"  {expression}"));
    }

    private static Gen<GeneratedList> Any(int number) =>
        from length in Gen.Choose(3, 8)
        from schema in Gen.Elements($"list {number}", null)
        from changes in Grow(World.Empty(number, schema), length)
        select new GeneratedList(number, schema, changes);

    private static Gen<ImmutableList<Change>> Grow(World world, int length) => length == 0
        ? Gen.Constant(ImmutableList<Change>.Empty)
        : from next in Gen.Frequency(
              TableChanges.Of(world).Concat(world.Tables.SelectMany(table => TableChanges.Of(world, table).Concat(RowChanges.Of(world, table)))))
          from rest in Grow(next.World, length - 1)
          select rest.Insert(0, next.Change);

    private sealed class Alone(GeneratedList list, Direction direction) : Migration
    {
        public override void Up() => list.Add(this, direction);

        public override void Down()
        {
        }
    }
}

/// <summary>A change, and the world that it leaves.</summary>
internal sealed record Next(Change Change, World World);

/// <summary>The lists of a test, for its migrations. What has failed is left out from then on.</summary>
public sealed class GeneratedLists(IReadOnlyList<GeneratedList> lists)
{
    private readonly ConcurrentDictionary<(long, Direction), bool> _left = [];

    /// <summary>All of them.</summary>
    public IReadOnlyList<GeneratedList> All => lists;

    /// <summary>How many have been left out on the way up.</summary>
    public int Left => _left.Keys.Count(left => left.Item2 == Direction.Up);

    /// <summary>The list of a version.</summary>
    public GeneratedList this[long version] => lists[(int)version - 1];

    /// <summary>Leaves one out; what has not gone up does not come down. False: it is left out already.</summary>
    public bool Leave(long version, Direction direction)
    {
        if (direction == Direction.Up)
            _left.TryAdd((version, Direction.Down), true);
        return _left.TryAdd((version, direction), true);
    }

    /// <summary>Adds a list to its migration, unless it is left out.</summary>
    public void Add(long version, Migration migration, Direction direction)
    {
        if (!_left.ContainsKey((version, direction)))
            this[version].Add(migration, direction);
    }
}
