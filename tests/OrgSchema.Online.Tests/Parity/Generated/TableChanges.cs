using System.Data;
using FluentMigrator;
using FluentMigrator.Builders.Alter.Column;
using FluentMigrator.Builders.Alter.Table;
using FluentMigrator.Builders.Create.Column;
using FluentMigrator.Builders.Create.Index;
using FluentMigrator.Postgres;
using FsCheck;
using FsCheck.Fluent;

namespace OrgSchema.Online.Tests;

/// <summary>Changes of definitions, at random.</summary>
internal static class TableChanges
{
    /// <summary>Those that need no table.</summary>
    public static IEnumerable<(int Weight, Gen<Next> Change)> Of(World world)
    {
        yield return (world.Tables.IsEmpty ? 20 : 2, CreateTable(world));
        yield return (1, CreateSequence(world));
        yield return (1, CreateSchema(world));
    }

    /// <summary>Those of a table.</summary>
    public static IEnumerable<(int Weight, Gen<Next> Change)> Of(World world, GeneratedTable table)
    {
        yield return (2, AddColumns(world, table));
        yield return (2, CreateColumn(world, table));
        yield return (4, CreateIndex(world, table));
        yield return (1, CreateUnique(world, table));
        yield return (2, RenameTable(world, table));
        yield return (1, MoveTable(world, table));
        yield return (1, DescribeTable(world, table));
        if (table.Key == GeneratedKey.None && table.Extras.IsEmpty)
            yield return (2, CreatePrimaryKey(world, table));
        if (world.Tables.Where(parent => parent.Key != GeneratedKey.None).ToArray() is { Length: > 0 } parents)
            yield return (3, Gen.Elements(parents).SelectMany(parent => CreateForeignKey(world, table, parent)));
        if (!table.Extras.IsEmpty)
            yield return (3, Gen.Elements(table.Extras.ToArray()).Select(extra =>
                new Next(extra.Reversed, world.With(table, table with { Extras = table.Extras.Remove(extra) }))));
        if (!table.IsNeeded && table.Columns.All(column => !column.IsUsed))
            yield return (1, Gen.Constant(new Next(new Change(table.Delete, table.Create), world.With(table, null))));
        if (table.Free is not { Length: > 1 } free)
            yield break;
        var any = Gen.Elements(free.ToArray());
        yield return (2, any.SelectMany(column => RenameColumn(world, table, column)));
        yield return (4, any.SelectMany(column => AlterColumn(world, table, column)));
        yield return (1, any.Select(column => DeleteColumn(world, table, column)));
        if (free.Where(column => column.Default is not null).ToArray() is { Length: > 0 } defaulted)
            yield return (2, Gen.Elements(defaulted).Select(column => DeleteDefault(world, table, column)));
    }

    private static Gen<T> Rarely<T>(T often, T rarely) => Gen.Frequency((4, Gen.Constant(often)), (1, Gen.Constant(rarely)));

    // Rows are few and alike: most of what is to be unique is not.
    private static Gen<bool> IsUnique => Gen.Frequency((11, Gen.Constant(false)), (1, Gen.Constant(true)));

    private static Gen<GeneratedColumn> Column(string name, bool isRequired) =>
        from kind in Gen.Elements(Enum.GetValues<ColumnKind>())
        from isNullable in Rarely(!isRequired, isRequired)
        from value in Gen.Elements(new GeneratedColumn(name, kind, IsNullable: true).Values)
        from isDefaulted in Gen.Elements(true, false)
        from isUnique in IsUnique
        from description in Rarely<string?>(null, "It's \"described\"; -- {0} ä")
        select new GeneratedColumn(name, kind, isNullable, isDefaulted && kind is not ColumnKind.Binary ? value : null, isUnique, description);

    private static Gen<Next> CreateTable(World world) =>
        from named in GeneratedName.In(world)
        from key in Gen.Elements(Enum.GetValues<GeneratedKey>())
        from keyKind in Gen.Elements(ColumnKind.Int32, ColumnKind.Int64)
        from first in GeneratedName.OfColumn(0)
        from count in Gen.Choose(2, 5)
        from columns in Gen.CollectToArray(
            Enumerable.Range(1, count), place => GeneratedName.OfColumn(place).SelectMany(name => Column(name, isRequired: false)))
        from description in Rarely<string?>(null, "A table; its 'text' -- {0}")
        let table = new GeneratedTable(
            world.Schema, named.Name, [new GeneratedColumn(first, keyKind, IsNullable: key == GeneratedKey.None), .. columns], key, description)
        select new Next(new Change(table.Create, table.Delete), named.World with { Tables = named.World.Tables.Add(table) });

    private static Gen<Next> CreateSequence(World world) =>
        from named in GeneratedName.In(world)
        from step in Gen.Elements(1, 5, -1)
        from isCycle in Gen.Elements(true, false)
        let name = named.Name.Replace("{0}", "0", StringComparison.Ordinal) // FluentMigrator takes it for a format
        select new Next(
            new Change(
                m =>
                {
                    var sequence = m.Create.Sequence(name).InSchema(world.Schema!).IncrementBy(step).MinValue(-10).MaxValue(1000).StartWith(7).Cache(3);
                    if (isCycle)
                        sequence.Cycle();
                },
                m => m.Delete.Sequence(name).InSchema(world.Schema!)),
            named.World);

    private static Gen<Next> CreateSchema(World world) => GeneratedName.In(world with { Schema = null })
        .Select(named => new Next(new Change(m => m.Create.Schema(named.Name), m => m.Delete.Schema(named.Name)), world with { Names = named.World.Names }));

    private static Gen<Next> AddColumns(World world, GeneratedTable table) =>
        from one in GeneratedName.In(world)
        from other in GeneratedName.In(one.World)
        from first in Column(one.Name, isRequired: false)
        from second in Column(other.Name, isRequired: true)
        select new Next(
            new Change(
                m => Add(Add(m.Alter.Table(table.Name).InSchema(table.Schema!), first), second),
                m => m.Delete.Column(second.Name).Column(first.Name).FromTable(table.Name).InSchema(table.Schema!)),
            other.World.With(table, table with { Columns = table.Columns.Add(first).Add(second) }));

    private static IAlterTableColumnOptionOrAddColumnOrAlterColumnSyntax Add(IAlterTableAddColumnOrAlterColumnSyntax table, GeneratedColumn column) =>
        column.Describe<IAlterTableColumnOptionOrAddColumnOrAlterColumnSyntax, IAlterTableColumnOptionOrAddColumnOrAlterColumnOrForeignKeyCascadeSyntax>(
            table.AddColumn(column.Name));

    private static Gen<Next> CreateColumn(World world, GeneratedTable table) =>
        from named in GeneratedName.In(world)
        from column in Column(named.Name, isRequired: false)
        from isSet in Gen.Elements(true, false)
        from value in Gen.Elements(column.Values)
        let made = isSet ? column with { Default = null, IsUnique = false } : column
        select new Next(
            new Change(
                m =>
                {
                    var syntax = made.Describe<ICreateColumnOptionSyntax, ICreateColumnOptionOrForeignKeyCascadeSyntax>(
                        m.Create.Column(made.Name).OnTable(table.Name).InSchema(table.Schema!));
                    if (isSet)
                        syntax.SetExistingRowsTo(value);
                },
                m => m.Delete.Column(made.Name).FromTable(table.Name).InSchema(table.Schema!)),
            named.World.With(table, table with { Columns = table.Columns.Add(made) }));

    private static Gen<Next> CreateIndex(World world, GeneratedTable table) =>
        from named in GeneratedName.In(world)
        from columns in Gen.Shuffle(table.Columns.ToArray())
        from count in Gen.Choose(1, 2)
        from option in Gen.Choose(0, 6)
        from isDescending in Gen.Elements(true, false)
        from isUnique in IsUnique
        let index = new Change(
            m => Index(m.Create.Index(named.Name).OnTable(table.Name).InSchema(table.Schema!), columns[..count], columns[^1], option, isDescending, isUnique),
            m => m.Delete.Index(named.Name).OnTable(table.Name).InSchema(table.Schema!))
        let used = (option == 1 ? columns[..count].Append(columns[^1]) : columns[..count]).Aggregate(table, Use)
        select new Next(index, named.World.With(table, used with { Extras = used.Extras.Add(index) }));

    // One that is another's already is found again by its name.
    private static GeneratedTable Use(GeneratedTable table, GeneratedColumn column) => table.Using(table.Columns.Single(mine => mine.Name == column.Name));

    private static void Index(
        ICreateIndexOnColumnSyntax index, GeneratedColumn[] columns, GeneratedColumn another, int option, bool isDescending, bool isUnique)
    {
        var isHash = option == 3 && columns.Length == 1 && !isUnique;
        foreach (var column in columns)
        {
            var syntax = index.OnColumn(column.Name);
            var sorted = isDescending && !isHash ? syntax.Descending() : syntax.Ascending();
            index = option == 4 && !isHash ? sorted.NullsFirst() : sorted;
        }

        var options = index.WithOptions();
        if (isUnique)
            options.Unique();
        _ = option switch
        {
            1 => options.Include(another.Name),
            2 => options.Filter($"{GeneratedTable.Quote(columns[0].Name)} IS NOT NULL"),
            3 when isHash => options.UsingHash(),
            5 => options.UsingBTree().Fillfactor(70),
            _ => options,
        };
    }

    private static Gen<Next> CreateUnique(World world, GeneratedTable table) =>
        from named in GeneratedName.In(world)
        from columns in Gen.Shuffle(table.Columns.ToArray())
        let unique = new Change(
            m => m.Create.UniqueConstraint(named.Name).OnTable(table.Name).WithSchema(table.Schema!).Columns(columns[0].Name, columns[1].Name),
            m => m.Delete.UniqueConstraint(named.Name).FromTable(table.Name).InSchema(table.Schema!))
        let used = columns[..2].Aggregate(table, Use)
        select new Next(unique, named.World.With(table, used with { Extras = used.Extras.Add(unique) }));

    private static Gen<Next> CreatePrimaryKey(World world, GeneratedTable table) =>
        from named in GeneratedName.In(world)
        let key = new Change(
            m => m.Create.PrimaryKey(named.Name).OnTable(table.Name).WithSchema(table.Schema!).Column(table.Columns[0].Name),
            m => m.Delete.PrimaryKey(named.Name).FromTable(table.Name).InSchema(table.Schema!))
        select new Next(key, named.World.With(table, table.Using(table.Columns[0]) with { Extras = table.Extras.Add(key) }));

    // By one verb or by two.
    private static Gen<Next> CreateForeignKey(World world, GeneratedTable child, GeneratedTable parent) =>
        from key in GeneratedName.In(world)
        from named in GeneratedName.In(key.World)
        from rule in Gen.Elements(Rule.None, Rule.Cascade, Rule.SetNull, Rule.SetDefault)
        from isInline in Gen.Elements(true, false)
        let column = new GeneratedColumn(named.Name, parent.Columns[0].Kind, IsNullable: true) { IsUsed = true }
        select new Next(
            new Change(
                m =>
                {
                    var added = Add(m.Alter.Table(child.Name).InSchema(child.Schema!), column);
                    if (isInline)
                        added.ForeignKey(key.Name, parent.Schema!, parent.Name, parent.Columns[0].Name).OnDelete(rule);
                    else
                        m.Create.ForeignKey(key.Name).FromTable(child.Name).InSchema(child.Schema!).ForeignColumn(column.Name)
                            .ToTable(parent.Name).InSchema(parent.Schema!).PrimaryColumn(parent.Columns[0].Name).OnDelete(rule).OnUpdate(Rule.Cascade);
                },
                m =>
                {
                    m.Delete.ForeignKey(key.Name).OnTable(child.Name).InSchema(child.Schema!);
                    m.Delete.Column(column.Name).FromTable(child.Name).InSchema(child.Schema!);
                }),
            Needing(named.World, child, parent, column));

    private static World Needing(World world, GeneratedTable child, GeneratedTable parent, GeneratedColumn column)
    {
        var longer = child with { Columns = child.Columns.Add(column), IsNeeded = child.IsNeeded || child == parent };
        world = world.With(child, longer);
        return child == parent ? world : world.With(parent, parent with { IsNeeded = true });
    }

    private static Gen<Next> RenameTable(World world, GeneratedTable table) => GeneratedName.In(world).Select(named => new Next(
        new Change(
            m => m.Rename.Table(table.Name).InSchema(table.Schema!).To(named.Name),
            m => m.Rename.Table(named.Name).InSchema(table.Schema!).To(table.Name)),
        named.World.With(table, table with { Name = named.Name, Extras = [] })));

    private static Gen<Next> RenameColumn(World world, GeneratedTable table, GeneratedColumn column) => GeneratedName.In(world).Select(named => new Next(
        new Change(
            m => m.Rename.Column(column.Name).OnTable(table.Name).InSchema(table.Schema!).To(named.Name),
            m => m.Rename.Column(named.Name).OnTable(table.Name).InSchema(table.Schema!).To(column.Name)),
        named.World.With(table, table.With(column, column with { Name = named.Name }))));

    private static Gen<Next> MoveTable(World world, GeneratedTable table) => GeneratedName.In(world with { Schema = null }).Select(named => new Next(
        new Change(
            m =>
            {
                m.Create.Schema(named.Name);
                m.Alter.Table(table.Name).InSchema(table.Schema!).ToSchema(named.Name);
            },
            m =>
            {
                m.Alter.Table(table.Name).InSchema(named.Name).ToSchema(table.Schema ?? "public");
                m.Delete.Schema(named.Name);
            }),
        (world with { Names = named.World.Names }).With(table, table with { Schema = named.Name, Extras = [] })));

    private static Gen<Next> DescribeTable(World world, GeneratedTable table) => Gen.Elements("New words", "It's {0}; -- \"x\"").Select(text => new Next(
        Change.ForGood(m => m.Alter.Table(table.Name).WithDescription(text).InSchema(table.Schema!)), world));

    // Any type: some the server does not convert, and then both fail.
    private static Gen<Next> AlterColumn(World world, GeneratedTable table, GeneratedColumn column) =>
        from other in Column(column.Name, isRequired: false)
        from kind in Gen.Frequency((4, Gen.Constant(column.Kind)), (4, Gen.Constant(Wider(column.Kind))), (1, Gen.Constant(other.Kind)))
        from isOnTable in Gen.Elements(true, false)
        let altered = other with { Kind = kind, IsUnique = false, Default = kind == other.Kind ? other.Default : null }
        select new Next(
            new Change(m => Alter(m, table, altered, isOnTable), m => Alter(m, table, column, isOnTable)),
            world.With(table, table.With(column, altered)));

    private static void Alter(Migration m, GeneratedTable table, GeneratedColumn column, bool isOnTable)
    {
        if (isOnTable)
            column.Describe<IAlterTableColumnOptionOrAddColumnOrAlterColumnSyntax, IAlterTableColumnOptionOrAddColumnOrAlterColumnOrForeignKeyCascadeSyntax>(
                m.Alter.Table(table.Name).InSchema(table.Schema!).AlterColumn(column.Name));
        else
            column.Describe<IAlterColumnOptionSyntax, IAlterColumnOptionOrForeignKeyCascadeSyntax>(
                m.Alter.Column(column.Name).OnTable(table.Name).InSchema(table.Schema!));
    }

    private static ColumnKind Wider(ColumnKind kind) => kind switch
    {
        ColumnKind.Int16 => ColumnKind.Int32,
        ColumnKind.Int32 => ColumnKind.Int64,
        ColumnKind.Int64 => ColumnKind.Decimal,
        ColumnKind.Date => ColumnKind.DateTime,
        ColumnKind.DateTime => ColumnKind.DateTimeOffset,
        _ => ColumnKind.Text,
    };

    private static Next DeleteColumn(World world, GeneratedTable table, GeneratedColumn column) => new(
        new Change(
            m => m.Delete.Column(column.Name).FromTable(table.Name).InSchema(table.Schema!),
            m => Add(m.Alter.Table(table.Name).InSchema(table.Schema!), column with { IsNullable = true })),
        world.With(table, table.With(column, null)));

    private static Next DeleteDefault(World world, GeneratedTable table, GeneratedColumn column) => new(
        new Change(
            m => m.Delete.DefaultConstraint().OnTable(table.Name).InSchema(table.Schema!).OnColumn(column.Name),
            m => Alter(m, table, column, isOnTable: false)),
        world.With(table, table.With(column, column with { Default = null })));
}
