namespace OrgSchema.Online;

/// <summary>What happens to the rows of the table when the referenced row is deleted.</summary>
public enum OnDelete
{
    /// <summary>Refused at the end of the statement.</summary>
    NoAction,

    /// <summary>Refused at once.</summary>
    Restrict,

    /// <summary>They are deleted, too.</summary>
    Cascade,

    /// <summary>Their reference becomes null.</summary>
    SetNull,

    /// <summary>Their reference becomes the default of its column.</summary>
    SetDefault,
}

/// <summary>What happens to the rows of the table when the key of the referenced row changes.</summary>
public enum OnUpdate
{
    /// <summary>Refused at the end of the statement.</summary>
    NoAction,

    /// <summary>Refused at once.</summary>
    Restrict,

    /// <summary>Their reference changes, too.</summary>
    Cascade,

    /// <summary>Their reference becomes null.</summary>
    SetNull,

    /// <summary>Their reference becomes the default of its column.</summary>
    SetDefault,
}

/// <summary>Whether a transaction may put off the check of a constraint to its end.</summary>
public enum Deferrable
{
    /// <summary>It may not.</summary>
    No,

    /// <summary>It may, with SET CONSTRAINTS.</summary>
    InitiallyImmediate,

    /// <summary>It does, unless SET CONSTRAINTS says otherwise.</summary>
    InitiallyDeferred,
}

/// <summary>A foreign key.</summary>
/// <param name="Name">Constraint name.</param>
/// <param name="Table">The table that has the key.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="References">The referenced table.</param>
/// <param name="ReferencedColumns">Its columns, in the order of <paramref name="Columns"/>.</param>
/// <param name="OnDelete">What a delete of the referenced row does.</param>
internal sealed record ForeignKey(
    Identifier Name,
    QualifiedName Table,
    IReadOnlyList<Identifier> Columns,
    QualifiedName References,
    IReadOnlyList<Identifier> ReferencedColumns,
    OnDelete OnDelete)
{
    /// <summary>What a change of the referenced columns does.</summary>
    public OnUpdate OnUpdate { get; init; }

    /// <summary>Whether either all columns are null or none is.</summary>
    public bool MatchFull { get; init; }

    /// <summary>Whether a transaction may put off its check.</summary>
    public Deferrable Deferrable { get; init; }

    /// <summary>Its definition, as in ADD CONSTRAINT.</summary>
    public string Sql => $"FOREIGN KEY {this}";

    /// <summary>Its definition, without its kind.</summary>
    /// <remarks>What is the default is left out: checksums of keys that have no more than ON DELETE have it so.</remarks>
    public override string ToString() =>
        $"({string.Join(", ", Columns)}) REFERENCES {References} ({string.Join(", ", ReferencedColumns)})"
        + (MatchFull ? " MATCH FULL" : "")
        + $" ON DELETE {Actions.SqlName((int)OnDelete)}"
        + (OnUpdate == OnUpdate.NoAction ? "" : $" ON UPDATE {Actions.SqlName((int)OnUpdate)}")
        + Deferrable.Sql();
}

/// <summary>The actions of <see cref="OnDelete"/> and <see cref="OnUpdate"/>, which are the same, in their order.</summary>
internal static class Actions
{
    private static readonly string[] Names = ["NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"];

    public static string SqlName(int action) => Names[action];

    // pg_constraint.confdeltype and confupdtype
    public static char CatalogCode(int action) => "arcnd"[action];

    /// <summary>The end of a definition in ADD CONSTRAINT.</summary>
    public static string Sql(this Deferrable deferrable) => deferrable switch
    {
        Deferrable.InitiallyImmediate => " DEFERRABLE",
        Deferrable.InitiallyDeferred => " DEFERRABLE INITIALLY DEFERRED",
        _ => "",
    };
}
