namespace OrgSchema.Online;

/// <summary>What a migration takes away and archives.</summary>
/// <param name="Table">The table.</param>
/// <param name="Column">The column; null: whole rows.</param>
/// <param name="Where">Which rows, as <c>t</c>.</param>
internal sealed record Removal(QualifiedName Table, string? Column = null, string Where = "true")
{
    /// <summary>A query of how many that would be now. It needs <see cref="IsThere"/>.</summary>
    public string Count => $"SELECT pg_catalog.count(*) FROM {Table} AS t WHERE {(Column is null ? Where : $"t.{Column} IS NOT NULL")}";

    /// <summary>Whether there is anything to count.</summary>
    public string IsThere => Column is null ? Catalog.TableExists(Table) : Catalog.ColumnExists(Table, Column);

    public override string ToString() => Column is null ? Table.ToString() : $"{Table}.{Column}";
}

/// <summary>How many rows of a table, or values of a column, a way down would archive now.</summary>
/// <param name="What">The table, or the table and the column.</param>
/// <param name="IsColumn">Whether it is a column.</param>
/// <param name="Rows">How many.</param>
public sealed record PlannedRemoval(string What, bool IsColumn, long Rows);
