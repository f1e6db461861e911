namespace OrgSchema.Online;

/// <summary>
/// An index or a constraint that a migration makes on a table in use. What others have added to it, such as a comment, is archived
/// before it is dropped and comes back with it; a definition that others have changed stays in the archive, to be read.
/// </summary>
/// <param name="Table">Its table.</param>
/// <param name="Kind">As the archive has it: <c>index</c> or <c>constraint</c>.</param>
/// <param name="Name">Its name.</param>
internal sealed record MadeObject(QualifiedName Table, string Kind, string Name)
{
    public static MadeObject Index(QualifiedName index, QualifiedName table) => new(table, "index", index.Name);

    public static MadeObject Constraint(QualifiedName table, string name) => new(table, "constraint", name);

    /// <summary>Before it is dropped.</summary>
    public Statement Archive(StepContext context) => new($"SELECT {context.Call("archive_object", [.. Arguments, $"{context.Version}", $"'{context.Way}'"])}")
    {
        Said = "",
        OnlyIf = IsIndex ? Catalog.IndexExists(FullName, Table) : Catalog.ConstraintExists(Table, Name),
        Condition = "it is there",
    };

    /// <summary>After it is made.</summary>
    public IEnumerable<Statement> Restore(StepContext context) =>
    [
        new($"SELECT {context.Call("remember_object", Arguments)}") { Said = "" },
        .. context.Definitions.Where(definition => definition.ArchivedBy == context.Version && Concerns(definition))
            .SelectMany(definition => new RestoredDefinition(definition).Statements(context)),
    ];

    private QualifiedName FullName => QualifiedName.OfCatalog(Table.Schema, Name);

    private bool IsIndex => Kind == "index";

    private bool Concerns(ColumnDefinition definition) => definition.Table == Table && definition.Kind switch
    {
        "comment" => definition.Name == (IsIndex ? $"INDEX {FullName}" : $"CONSTRAINT {QualifiedName.Quoted(Name)} ON {Table}"),
        "index setting" => IsIndex && definition.Name.StartsWith($"{Name} ", StringComparison.Ordinal),
        "index order" => IsIndex && definition.Name == Name,
        _ => definition.Kind == Kind && definition.Name == Name,
    };

    private string[] Arguments => [Literal.Of(Table.ToString()), Literal.Of(Kind), Literal.Of(Name)];
}
