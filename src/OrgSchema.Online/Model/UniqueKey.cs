namespace OrgSchema.Online;

/// <summary>A constraint UNIQUE or PRIMARY KEY.</summary>
/// <param name="Name">Constraint name; its index has the same.</param>
/// <param name="Table">The table.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="IsPrimary">Whether it is the primary key.</param>
internal sealed record UniqueKey(Identifier Name, QualifiedName Table, IReadOnlyList<Identifier> Columns, bool IsPrimary = false)
{
    /// <summary>Columns that its index has beside them.</summary>
    public IReadOnlyList<Identifier> Include { get; init; } = [];

    /// <summary>Whether two rows with NULL are the same.</summary>
    public bool NullsNotDistinct { get; init; }

    /// <summary>Whether a transaction may put off its check.</summary>
    public Deferrable Deferrable { get; init; }

    /// <summary>Its kind, as in ADD CONSTRAINT.</summary>
    public string Kind => IsPrimary ? "PRIMARY KEY" : "UNIQUE";

    /// <summary>Its definition, as in ADD CONSTRAINT.</summary>
    public string Sql => $"{Kind}{(NullsNotDistinct ? " NULLS NOT DISTINCT" : "")} {List}{Deferrable.Sql()}";

    /// <summary>The definition of its index, as CREATE INDEX has it after the table.</summary>
    public string IndexSql => $"{List}{(NullsNotDistinct ? " NULLS NOT DISTINCT" : "")}";

    private string List =>
        $"({string.Join(", ", Columns)}){(Include.Count > 0 ? $" INCLUDE ({string.Join(", ", Include)})" : "")}";
}
