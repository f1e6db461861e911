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
}

/// <summary>A foreign key of one column.</summary>
/// <param name="Name">Constraint name.</param>
/// <param name="Table">The table that has the key.</param>
/// <param name="Column">Its column.</param>
/// <param name="References">The referenced table.</param>
/// <param name="ReferencedColumn">Its column.</param>
/// <param name="OnDelete">What a delete of the referenced row does.</param>
internal sealed record ForeignKey(string Name, QualifiedName Table, string Column, QualifiedName References, string ReferencedColumn, OnDelete OnDelete);

internal static class OnDeletes
{
    public static string SqlName(this OnDelete action) => action switch
    {
        OnDelete.Restrict => "RESTRICT",
        OnDelete.Cascade => "CASCADE",
        OnDelete.SetNull => "SET NULL",
        _ => "NO ACTION",
    };

    // pg_constraint.confdeltype
    public static char CatalogCode(this OnDelete action) => action switch
    {
        OnDelete.Restrict => 'r',
        OnDelete.Cascade => 'c',
        OnDelete.SetNull => 'n',
        _ => 'a',
    };
}
