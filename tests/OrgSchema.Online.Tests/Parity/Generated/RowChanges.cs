using System.Data;
using FluentMigrator;
using FsCheck;
using FsCheck.Fluent;

namespace OrgSchema.Online.Tests;

/// <summary>Changes of rows, SQL and C# code, and what fails, at random.</summary>
internal static class RowChanges
{
    /// <summary>Those of a table.</summary>
    public static IEnumerable<(int Weight, Gen<Next> Change)> Of(World world, GeneratedTable table)
    {
        yield return (8, Insert(world, table));
        yield return (3, Update(world, table));
        yield return (2, Delete(world, table));
        yield return (3, Sql(world, table));
        yield return (1, CreateView(world, table));
        yield return (1, CreateFunction(world, table));
        yield return (1, Mistake(world, table));
    }

    private static Gen<Next> Insert(World world, GeneratedTable table) =>
        from count in Gen.Choose(1, 3)
        from rows in Gen.CollectToArray(Enumerable.Range(0, count), place => Row(table, world.Names * 10 + place))
        select new Next(
            new Change(
                m =>
                {
                    var insert = m.Insert.IntoTable(table.Name).InSchema(table.Schema!);
                    foreach (var row in rows)
                        insert.Row(row);
                },
                m =>
                {
                    var delete = m.Delete.FromTable(table.Name).InSchema(table.Schema!);
                    foreach (var row in rows)
                        delete.Row(row);
                }),
            world with { Names = world.Names + 1 });

    /// <summary>A row with each column that needs a value, and some of the others. What refers to another table stays NULL.</summary>
    private static Gen<IDictionary<string, object>> Row(GeneratedTable table, int number)
    {
        var filled = table.Filled.Where(column => column.IsRequired || !column.IsUsed).ToArray();
        return
            from values in Gen.CollectToArray(filled, column => Gen.Elements(column.Values))
            from dice in Gen.ArrayOf(Gen.Choose(0, 7), filled.Length)
            select (IDictionary<string, object>)filled.Select((column, place) => (column, place))
                .Where(each => each.column.IsRequired || each.place == 0 || dice[each.place] > 2)
                .ToDictionary(each => each.column.Name, each => Value(each.column, values[each.place], dice[each.place]));

        object Value(GeneratedColumn column, object value, int die) =>
            column == table.Columns[0] && table.Key != GeneratedKey.None ? number
            : column.IsNullable && die == 7 ? DBNull.Value
            : value;
    }

    private static Gen<IDictionary<string, object>> Cell(IEnumerable<GeneratedColumn> columns) =>
        from column in Gen.Elements(columns.ToArray())
        from value in Gen.Elements(column.Values)
        select (IDictionary<string, object>)new Dictionary<string, object> { [column.Name] = value };

    private static Gen<Next> Update(World world, GeneratedTable table) =>
        from set in Cell(table.Free.IsEmpty ? table.Columns : table.Free)
        from which in Cell(table.Columns)
        from isAll in Gen.Elements(true, false)
        select new Next(
            Change.ForGood(m =>
            {
                var update = m.Update.Table(table.Name).InSchema(table.Schema!).Set(set);
                if (isAll)
                    update.AllRows();
                else
                    update.Where(which);
            }),
            world);

    private static Gen<Next> Delete(World world, GeneratedTable table) =>
        from which in Cell(table.Columns)
        from isAll in Gen.Elements(true, false, false)
        select new Next(
            Change.ForGood(m =>
            {
                var delete = m.Delete.FromTable(table.Name).InSchema(table.Schema!);
                if (isAll)
                    delete.AllRows();
                else
                    delete.Row(which);
            }),
            world);

    // By a text of several statements, or in the middle of the transaction by code.
    private static Gen<Next> Sql(World world, GeneratedTable table) =>
        from column in Gen.Elements(table.Columns.ToArray())
        from isCode in Gen.Elements(true, false)
        let name = GeneratedTable.Quote(column.Name)
        let sql = $"COMMENT ON COLUMN {table.Sql}.{name} IS $x$ it's; here $x$; -- and\nUPDATE {table.Sql} SET {name} = {name} WHERE {name} IS NOT NULL"
        let back = $"COMMENT ON COLUMN {table.Sql}.{name} IS NULL"
        select new Next(
            isCode ? new Change(m => m.Execute.WithConnection((c, t) => Run(c, t, sql)), m => m.Execute.WithConnection((c, t) => Run(c, t, back)))
                : new Change(m => m.Execute.Sql(sql), m => m.Execute.Sql(back)),
            world);

    private static Gen<Next> CreateView(World world, GeneratedTable table) =>
        from named in GeneratedName.In(world)
        let view = $"{GeneratedTable.Quote(world.Schema ?? "public")}.{GeneratedTable.Quote(named.Name)}"
        select new Next(
            new Change(m => m.Execute.Sql($"CREATE VIEW {view} AS SELECT count(*) AS n FROM {table.Sql}"), m => m.Execute.Sql($"DROP VIEW {view}")),
            named.World.With(table, table with { IsNeeded = true }));

    private static Gen<Next> CreateFunction(World world, GeneratedTable table) =>
        from named in GeneratedName.In(world)
        let function = $"{GeneratedTable.Quote(world.Schema ?? "public")}.{GeneratedTable.Quote(named.Name)}()"
        select new Next(
            new Change(
                m => m.Execute.Sql($"CREATE FUNCTION {function} RETURNS void LANGUAGE plpgsql AS $f$ BEGIN PERFORM 1; -- ;\nEND; $f$;\nSELECT {function};"),
                m => m.Execute.Sql($"DROP FUNCTION {function}")),
            named.World);

    private static Gen<Next> Mistake(World world, GeneratedTable table) => Gen.Elements<Action<Migration>>(
            table.Create,
            m => m.Delete.Table($"{table.Name.Length} is missing").InSchema(table.Schema!),
            m => m.Delete.Column("missing").FromTable(table.Name).InSchema(table.Schema!),
            m => m.Insert.IntoTable(table.Name).InSchema(table.Schema!).Row(new Dictionary<string, object> { [table.Columns[0].Name] = "no number" }),
            m => m.Insert.IntoTable(table.Name).InSchema(table.Schema!).Row(new Dictionary<string, object> { [table.Columns[0].Name] = DBNull.Value }),
            m => m.Execute.Sql($"INSERT INTO {table.Sql} DEFAULT VALUES; SELECT 1 / 0"),
            m => m.Execute.Sql($"UPDATE {table.Sql} SET"),
            m => m.Execute.WithConnection((_, _) => throw new InvalidOperationException("code")))
        .Select(mistake => new Next(Change.ForGood(mistake), world));

    private static void Run(IDbConnection connection, IDbTransaction? transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
