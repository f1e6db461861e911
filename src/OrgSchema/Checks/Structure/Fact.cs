namespace OrgSchema;

/// <summary>What a <see cref="Fact"/> is about. The name, with hyphens, is the first half of a finding's id.</summary>
internal enum FactKind
{
    Table,
    Owner,
    Column,
    Default,
    Nullability,
    Constraint,
    Index,
    Trigger,
    Rule,
    RowSecurity,
    Policy,
    Grant,
    ColumnGrant,
    SchemaGrant,
    Function,
}

/// <summary>One fact of the catalog.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Table">The table, or the schema, that it belongs to: qualified.</param>
/// <param name="Name">Its name there, as it must be typed; a role for a grant.</param>
/// <param name="Definition">What it is, in PostgreSQL's own words with every name qualified.</param>
/// <param name="State">Empty if it works; else why it does not, such as <c>not valid</c>.</param>
internal sealed record Fact(FactKind Kind, string Table, string Name, string Definition, string State = "")
{
    /// <summary>For a grant: where it comes from, so that it can be accepted. Default: nobody knows.</summary>
    public GrantOrigin Origin { get; init; } = GrantOrigin.Unknown;

    /// <summary>What makes two facts statements about the same thing.</summary>
    public (FactKind Kind, string Table, string Name) Key => (Kind, Table, Name);

    /// <summary>The fact without which this one makes no sense; its own key if there is none.</summary>
    public (FactKind Kind, string Table, string Name) Parent => Kind switch
    {
        FactKind.Default or FactKind.Nullability => (FactKind.Column, Table, Name),
        FactKind.Function or FactKind.SchemaGrant => Key,
        _ => (FactKind.Table, Table, Table[(Table.IndexOf('.', StringComparison.Ordinal) + 1)..]),
    };

    /// <summary>The thing, for people.</summary>
    public string Subject => Kind switch
    {
        FactKind.Table => $"Table {Table}",
        FactKind.Owner => $"Owner of {Table}",
        FactKind.Column => $"Column {Table}.{Name}",
        FactKind.Default => $"Default of {Table}.{Name}",
        FactKind.Nullability => $"Nullability of {Table}.{Name}",
        FactKind.Constraint => $"Constraint {Name} of {Table}",
        FactKind.Index => $"Index public.{Name} on {Table}",
        FactKind.Trigger => $"Trigger {Name} on {Table}",
        FactKind.Rule => $"Rule {Name} on {Table}",
        FactKind.RowSecurity => $"Row level security of {Table}",
        FactKind.Policy => $"Policy {Name} on {Table}",
        FactKind.Grant => $"Grant to {Name} on {Table}",
        FactKind.ColumnGrant => $"Grant to {Name} on columns of {Table}",
        FactKind.SchemaGrant => $"Grant to {Name} on schema {Table}",
        _ => $"Function {Table}.{Name}",
    };
}
