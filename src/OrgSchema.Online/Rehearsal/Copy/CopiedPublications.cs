namespace OrgSchema.Online;

/// <summary>
/// Publications of the target: a server refuses to change rows that they could not tell apart, also where nobody subscribes.
/// Names are data, which is quoted here. A row filter is text of the target: the owner of the tables adds it, who is no superuser.
/// </summary>
internal sealed record CopiedPublications(IReadOnlyList<CopiedPublication> All)
{
    // PostgreSQL 15 has lists of columns, filters and schemas.
    private const string Sql = """
        -- schema copy: publications
        SELECT p.pubname::text, p.puballtables, p.pubviaroot,
               pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                   CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
               ARRAY(SELECT s.nspname::text FROM pg_catalog.pg_publication_namespace AS n JOIN pg_catalog.pg_namespace AS s ON s.oid = n.pnnspid
                     WHERE n.pnpubid = p.oid AND s.nspname = ANY ($1) ORDER BY 1),
               n.nspname::text, c.relname::text,
               ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
                     WHERE a.attrelid = c.oid AND a.attnum = ANY (r.prattrs::smallint[]) ORDER BY a.attnum),
               pg_catalog.pg_get_expr(r.prqual, r.prrelid)
        FROM pg_catalog.pg_publication AS p
        LEFT JOIN (pg_catalog.pg_publication_rel AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.prrelid
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = ANY ($1)) ON r.prpubid = p.oid
        ORDER BY 1, 6, 7
        """;

    public static async Task<CopiedPublications> ReadAsync(Session target, string[] schemas, CancellationToken cancellationToken)
    {
        var rows = await target.QueryAsync(
            Sql,
            row => (
                Of: new CopiedPublication(row.GetString(0), row.GetBoolean(1), row.GetBoolean(2), row.GetString(3), row.GetFieldValue<string[]>(4)),
                Table: row.IsDBNull(5) ? null : new PublishedTable(
                    QualifiedName.OfCatalog(row.GetString(5), row.GetString(6)), row.GetFieldValue<string[]>(7), row.IsDBNull(8) ? null : row.GetString(8))),
            cancellationToken,
            [schemas]);
        return new([
            .. rows.GroupBy(row => row.Of.Name)
                .Select(of => of.First().Of with { Tables = [.. of.Select(row => row.Table).OfType<PublishedTable>()] }),
        ]);
    }

    /// <summary>As superuser: the publications, with what is in them as a whole, given to a role that adds the tables.</summary>
    public IEnumerable<Recreated> Frames(string owner) => All.Select(publication => new Recreated(
        $"publication {publication.Name}", string.Join("; ", Frame(publication, owner))));

    private static IEnumerable<string> Frame(CopiedPublication publication, string owner)
    {
        yield return $"CREATE PUBLICATION {publication.Quoted}{(publication.IsOfAllTables ? " FOR ALL TABLES" : "")} WITH "
            + $"(publish = {Literal.Of(publication.Publishes)}, publish_via_partition_root = {(publication.IsViaRoot ? "on" : "off")})";
        if (publication.Schemas.Count > 0)
            yield return $"ALTER PUBLICATION {publication.Quoted} ADD TABLES IN SCHEMA {string.Join(", ", publication.Schemas.Select(QualifiedName.Quoted))}";
        else if (!publication.IsOfAllTables) // only a superuser can own one with whole schemas
            yield return $"ALTER PUBLICATION {publication.Quoted} OWNER TO {QualifiedName.Quoted(owner)}";
    }

    /// <summary>As that role: the tables.</summary>
    public IEnumerable<Recreated> Contents() => All.SelectMany(publication => publication.Tables.Select(table => new Recreated(
        $"table {table.Name} of publication {publication.Name}",
        $"ALTER PUBLICATION {publication.Quoted} ADD TABLE {table.Name}"
            + (table.Columns.Count == 0 ? "" : $" ({string.Join(", ", table.Columns.Select(QualifiedName.Quoted))})")
            + (table.Filter is null ? "" : $" WHERE ({table.Filter})"))));
}

/// <summary>A publication, and what is in it as a whole.</summary>
internal sealed record CopiedPublication(string Name, bool IsOfAllTables, bool IsViaRoot, string Publishes, IReadOnlyList<string> Schemas)
{
    public IReadOnlyList<PublishedTable> Tables { get; init; } = [];

    public string Quoted => QualifiedName.Quoted(Name);
}

/// <summary>A table in a publication.</summary>
internal sealed record PublishedTable(QualifiedName Name, IReadOnlyList<string> Columns, string? Filter);
