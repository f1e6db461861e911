namespace OrgSchema.Online;

/// <summary>What a row of a table must be like.</summary>
internal sealed record TableShape(uint Id, string Table)
{
    public IReadOnlyList<ColumnShape> Columns { get; private init; } = [];

    public IReadOnlyList<CheckShape> Checks { get; private init; } = [];

    /// <summary>Columns that are unique together.</summary>
    public IReadOnlyList<short[]> Uniques { get; private init; } = [];

    public IReadOnlyList<ForeignKeyShape> ForeignKeys { get; private init; } = [];

    /// <summary>Reads all tables of some schemas.</summary>
    public static async Task<IReadOnlyList<TableShape>> ReadAllAsync(Session session, string[] schemas, CancellationToken cancellationToken)
    {
        var one = new[] { schemas };
        var tables = await session.QueryAsync(ShapeQueries.Tables, row => (Id: row.GetFieldValue<uint>(0), Name: row.GetString(1)), cancellationToken, one);
        var columns = (await session.QueryAsync(
            ShapeQueries.Columns,
            row => (Table: row.GetFieldValue<uint>(0), Shape: new ColumnShape(row.GetInt16(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetBoolean(6), row.GetBoolean(7), row.GetFieldValue<string[]>(8), row.GetInt32(9))),
            cancellationToken,
            one)).ToLookup(row => row.Table, row => row.Shape);
        var checks = (await session.QueryAsync(ShapeQueries.Checks, row => (Table: row.GetFieldValue<uint>(0), Shape: new CheckShape(row.GetString(1), row.GetString(2), row.GetFieldValue<short[]>(3), row.GetBoolean(4))), cancellationToken)).ToLookup(row => row.Table, row => row.Shape);
        var uniques = (await session.QueryAsync(ShapeQueries.Uniques, row => (Table: row.GetFieldValue<uint>(0), Columns: row.GetFieldValue<short[]>(1)), cancellationToken, one)).ToLookup(row => row.Table, row => row.Columns);
        var keys = (await session.QueryAsync(ShapeQueries.ForeignKeys, row => (Table: row.GetFieldValue<uint>(0), Shape: new ForeignKeyShape(row.GetFieldValue<uint>(1), row.GetFieldValue<short[]>(2), row.GetFieldValue<short[]>(3))), cancellationToken)).ToLookup(row => row.Table, row => row.Shape);
        return [.. tables.Select(table => new TableShape(table.Id, table.Name)
        {
            Columns = [.. columns[table.Id]],
            Checks = [.. checks[table.Id]],
            Uniques = [.. uniques[table.Id]],
            ForeignKeys = [.. keys[table.Id]],
        })];
    }

    /// <summary>Parents before children. In a circle, whatever can do without its parent.</summary>
    public static IReadOnlyList<TableShape> ParentsFirst(IReadOnlyList<TableShape> tables)
    {
        var (left, sorted) = (tables.ToList(), new List<TableShape>());
        while (left.Count > 0)
        {
            var next = left.Find(table => table.ForeignKeys.All(key => IsThere(table, key)))
                ?? left.Find(table => table.ForeignKeys.All(key => IsThere(table, key) || table.IsOptional(key)))
                ?? left[0];
            left.Remove(next);
            sorted.Add(next);
        }

        return sorted;

        bool IsThere(TableShape table, ForeignKeyShape key) => key.Parent == table.Id || left.TrueForAll(other => other.Id != key.Parent);
    }

    /// <summary>Whether a row can do without this parent.</summary>
    public bool IsOptional(ForeignKeyShape key) => key.Columns.Any(column => Columns.Any(shape => shape.Number == column && !shape.IsRequired));
}

/// <summary>A column.</summary>
/// <param name="Number">Its place in the table.</param>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, as SQL writes it.</param>
/// <param name="Base">Name of the type below it, if it is a domain; else of its own.</param>
/// <param name="BaseType">That one as SQL writes it.</param>
/// <param name="IsRequired">Whether it is NOT NULL.</param>
/// <param name="HasDefault">Whether the server fills it by itself.</param>
/// <param name="Labels">Values of an enumeration.</param>
/// <param name="Length">Longest text; negative: any.</param>
internal sealed record ColumnShape(short Number, string Name, string Type, string Base, string BaseType, bool IsRequired, bool HasDefault, string[] Labels, int Length)
{
    /// <summary>The name as SQL writes it.</summary>
    public string Quoted => $"\"{Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <summary>A check, of the table or of the domain of a column.</summary>
internal sealed record CheckShape(string Name, string Condition, short[] Columns, bool IsOfDomain);

/// <summary>A foreign key.</summary>
internal sealed record ForeignKeyShape(uint Parent, short[] Columns, short[] ParentColumns);
