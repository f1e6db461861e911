using System.Collections.Immutable;
using FluentMigrator;
using FluentMigrator.Builders.Create.Table;

namespace OrgSchema.Online.Tests;

/// <summary>A table as a generated list has made it so far.</summary>
/// <param name="Schema">Its schema; null: none is said.</param>
/// <param name="Name">Its name.</param>
/// <param name="Columns">Its columns, the key first if it has one.</param>
/// <param name="Key">How its first column is a key.</param>
/// <param name="Description">Its comment; null: none.</param>
internal sealed record GeneratedTable(string? Schema, string Name, ImmutableArray<GeneratedColumn> Columns, GeneratedKey Key, string? Description)
{
    /// <summary>Indexes and constraints that can be deleted by name, and how to make them again.</summary>
    public ImmutableArray<Change> Extras { get; init; } = [];

    /// <summary>Whether another table or view needs it.</summary>
    public bool IsNeeded { get; init; }

    /// <summary>Columns that rows may be given.</summary>
    public IEnumerable<GeneratedColumn> Filled => Columns.Skip(Key is GeneratedKey.Identity ? 1 : 0);

    /// <summary>Columns that are nobody's: not the key, and nothing is built on them.</summary>
    public ImmutableArray<GeneratedColumn> Free =>
        [.. Columns.Skip(Key is GeneratedKey.None ? 0 : 1).Where(column => column is { IsUsed: false, IsUnique: false })];

    /// <summary>Its name as SQL.</summary>
    public string Sql => $"{Quote(Schema ?? "public")}.{Quote(Name)}";

    /// <summary>The same with a column in the place of another, or without it.</summary>
    public GeneratedTable With(GeneratedColumn old, GeneratedColumn? other) =>
        this with { Columns = other is null ? Columns.Remove(old) : Columns.Replace(old, other) };

    /// <summary>The same, with something built on a column.</summary>
    public GeneratedTable Using(GeneratedColumn column) => With(column, column with { IsUsed = true });

    /// <summary>Makes it.</summary>
    public void Create(Migration m)
    {
        var named = m.Create.Table(Name);
        ICreateTableWithColumnSyntax table = Description is null ? named.InSchema(Schema!) : named.WithDescription(Description).InSchema(Schema!);
        foreach (var column in Columns)
        {
            var made = column.Describe<ICreateTableColumnOptionOrWithColumnSyntax, ICreateTableColumnOptionOrForeignKeyCascadeOrWithColumnSyntax>(
                table.WithColumn(column.Name));
            if (column == Columns[0] && Key is not GeneratedKey.None)
                made = Key is GeneratedKey.Named ? made.PrimaryKey($"key of {Name}") : made.PrimaryKey();
            table = column == Columns[0] && Key is GeneratedKey.Identity ? made.Identity() : made;
        }
    }

    /// <summary>Removes it.</summary>
    public void Delete(Migration m) => m.Delete.Table(Name).InSchema(Schema!);

    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <summary>How a table's first column is its key.</summary>
internal enum GeneratedKey
{
    None,
    Unnamed,
    Named,
    Identity,
}

/// <summary>One or two expressions, and those that take them back.</summary>
internal sealed record Change(Action<Migration> Up, Action<Migration> Down)
{
    /// <summary>The other way round.</summary>
    public Change Reversed => new(Down, Up);

    /// <summary>Expressions that no Down can revert.</summary>
    public static Change ForGood(Action<Migration> up) => new(up, static _ => { });
}

/// <summary>What a list has made so far.</summary>
/// <param name="Number">The number of the list; names have it, so that lists can share a database.</param>
/// <param name="Schema">The schema of its own; null: the default one, which is not said.</param>
/// <param name="Tables">Its tables.</param>
/// <param name="Names">How many names it has given.</param>
internal sealed record World(int Number, string? Schema, ImmutableArray<GeneratedTable> Tables, int Names)
{
    /// <summary>Nothing yet.</summary>
    public static World Empty(int number, string? schema) => new(number, schema, [], 0);

    /// <summary>The same with a table in the place of another, or without it.</summary>
    public World With(GeneratedTable old, GeneratedTable? other) =>
        this with { Tables = other is null ? Tables.Remove(old) : Tables.Replace(old, other) };
}
