namespace OrgSchema.Online;

/// <summary>
/// An index or a constraint that a migration makes on a table in use. What others have added to it, such as a comment, is archived
/// before it is dropped and comes back with it; one that others have changed is made again as it was.
/// </summary>
/// <param name="Table">Its table.</param>
/// <param name="Kind">As the archive has it: <c>index</c> or <c>constraint</c>.</param>
/// <param name="Name">Its name.</param>
internal sealed record MadeObject(QualifiedName Table, string Kind, string Name)
{
    public static MadeObject Index(QualifiedName index, QualifiedName table) => new(table, "index", index.Name);

    public static MadeObject Constraint(QualifiedName table, Identifier name) => new(table, "constraint", name.Name);

    /// <summary>Before it is dropped.</summary>
    public SqlStatement Archive(StepContext context) => new($"SELECT {context.Call("archive_object", [.. Arguments, $"{context.Version}", $"'{context.Way}'"])}")
    {
        Said = "",
        OnlyIf = IsThere,
        Condition = "it exists",
    };

    /// <summary>Makes the object in its archived form, where one is archived and still fits; otherwise in the migration's.</summary>
    /// <param name="context">What it depends on.</param>
    /// <param name="make">The migration's statements.</param>
    public IEnumerable<SqlStatement> Make(StepContext context, params SqlStatement[] make)
    {
        List<ColumnDefinition> archived =
            [.. context.Definitions.Where(definition => definition.ArchivedBy == context.Version && Concerns(definition))];
        var changed = archived.FindLast(definition => definition.Kind == Kind);
        return
        [
            .. changed is null ? [] : new RestoredDefinition(changed).Statements(context),
            .. make.Select(statement => changed is null ? statement : statement with { Needs = changed.IsArchived(context.PrivateSchema) }),
            new($"SELECT {context.Call("remember_object", Arguments)}") { Said = "" },
            .. archived.Where(definition => definition.Kind != Kind).SelectMany(definition => new RestoredDefinition(definition).Statements(context)),
        ];
    }

    private string IsThere => IsIndex ? Catalog.IndexExists(FullName, Table) : Catalog.ConstraintExists(Table, Identifier.OfCatalog(Name));

    private QualifiedName FullName => QualifiedName.OfCatalog(Table.Schema, Name);

    private bool IsIndex => Kind == "index";

    private bool Concerns(ColumnDefinition definition) => definition.Table == Table && definition.Kind switch
    {
        "comment" => definition.Name == (IsIndex ? $"INDEX {FullName}" : $"CONSTRAINT {QualifiedName.Quoted(Name)} ON {Table}"),
        "index setting" => IsIndex && definition.Name[..definition.Name.LastIndexOf(' ')] == Name,
        "clustering on" => IsIndex && definition.Name == Name,
        _ => definition.Kind == Kind && definition.Name == Name,
    };

    private string[] Arguments => [Literal.Of(Table.ToString()), Literal.Of(Kind), Literal.Of(Name)];
}
