namespace OrgSchema.Online;

/// <summary>A foreign key of any table, ours or the application's.</summary>
/// <param name="Oid">Its identifier in the catalog.</param>
/// <param name="Name">Constraint name.</param>
/// <param name="Child">The table that has it.</param>
/// <param name="Parent">The table that it refers to.</param>
/// <param name="Action">What a delete in the parent does to the child's rows.</param>
/// <param name="ChildColumns">Its columns.</param>
/// <param name="ParentColumns">The columns that they refer to, in the same order.</param>
/// <param name="SetColumns">The columns that SET NULL and SET DEFAULT change.</param>
/// <param name="IsRequired">Whether none of its columns may be NULL, so that a row cannot exist without the one that it refers to.</param>
/// <param name="Definition">Its definition, as PostgreSQL writes it.</param>
/// <param name="Stranger">The child's owner, if this role may not act for it.</param>
/// <param name="ChildIsWhole">Whether the child is a partitioned table; else its inheritance children do not take part.</param>
internal sealed record Reference(
    uint Oid,
    string Name,
    QualifiedName Child,
    QualifiedName Parent,
    ReferenceAction Action,
    IReadOnlyList<string> ChildColumns,
    IReadOnlyList<string> ParentColumns,
    IReadOnlyList<string> SetColumns,
    bool IsRequired,
    string Definition,
    bool ChildIsWhole,
    string? Stranger)
{
    private static readonly string Sql = $"""
        -- foreign keys
        SELECT k.oid, k.name, cn.nspname::text, c.relname::text, pn.nspname::text, p.relname::text,
               k.on_delete, k.child_columns, k.parent_columns, k.set_columns,
               NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = k.child AND a.attname = ANY (k.child_columns) AND NOT a.attnotnull),
               pg_catalog.pg_get_constraintdef(k.oid), c.relkind = 'p',
               CASE WHEN NOT pg_catalog.pg_has_role(c.relowner, 'USAGE') THEN pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)) END
        FROM ({ArchiveSql.References}) AS k
        JOIN pg_catalog.pg_class AS c ON c.oid = k.child
        JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.relnamespace
        JOIN pg_catalog.pg_class AS p ON p.oid = k.parent
        JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
        ORDER BY cn.nspname, c.relname, k.name
        """;

    /// <summary>Reads all of the database.</summary>
    public static async Task<IReadOnlyList<Reference>> ReadAsync(Session session, CancellationToken cancellationToken) => await session.QueryAsync(
        Sql,
        row => new Reference(
            row.GetFieldValue<uint>(0),
            row.GetString(1),
            QualifiedName.OfCatalog(row.GetString(2), row.GetString(3)),
            QualifiedName.OfCatalog(row.GetString(4), row.GetString(5)),
            (ReferenceAction)row.GetString(6)[0],
            row.GetFieldValue<string[]>(7),
            row.GetFieldValue<string[]>(8),
            row.GetFieldValue<string[]>(9),
            row.GetBoolean(10),
            row.GetString(11),
            row.GetBoolean(12),
            row.IsDBNull(13) ? null : row.GetString(13)),
        cancellationToken);

    /// <summary>The child in FROM.</summary>
    public string FromChild => ChildIsWhole ? Child.ToString() : $"ONLY {Child}";

    /// <summary>
    /// SQL that drops the key now and adds it again later: no value is lost. Before PostgreSQL 18 a partitioned table takes no key that is
    /// NOT VALID.
    /// </summary>
    public string DropAndAddAgain
    {
        get
        {
            var name = QualifiedName.Quoted(Name);
            var add = $"ALTER TABLE {Child} DROP CONSTRAINT {name}; -- {(Stranger is null ? "" : $"as {Stranger}; ")}later again: ALTER TABLE {Child} ADD CONSTRAINT {name} {Definition}";
            return ChildIsWhole || Definition.EndsWith(" NOT VALID", StringComparison.Ordinal)
                ? $"{add};"
                : $"{add} NOT VALID; ALTER TABLE {Child} VALIDATE CONSTRAINT {name};";
        }
    }

    /// <summary>The condition that a row of the child refers to one of the parent.</summary>
    public string Joins(string child, string parent) => string.Join(
        " AND ",
        ChildColumns.Zip(ParentColumns, (mine, theirs) => $"{child}.{QualifiedName.Quoted(mine)} = {parent}.{QualifiedName.Quoted(theirs)}"));
}

/// <summary>What a delete in the parent does to rows that refer to it, as <c>pg_constraint.confdeltype</c> has it.</summary>
internal enum ReferenceAction
{
    NoAction = 'a',
    Restrict = 'r',
    Cascade = 'c',
    SetNull = 'n',
    SetDefault = 'd',
}

internal static class ReferenceActions
{
    public static string SqlName(this ReferenceAction action) => action switch
    {
        ReferenceAction.Restrict => "RESTRICT",
        ReferenceAction.Cascade => "CASCADE",
        ReferenceAction.SetNull => "SET NULL",
        ReferenceAction.SetDefault => "SET DEFAULT",
        _ => "NO ACTION",
    };
}
