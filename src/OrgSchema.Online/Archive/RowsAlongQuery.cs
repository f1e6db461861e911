namespace OrgSchema.Online;

/// <summary>Counts the rows that go with rows that are deleted, at any depth, also in circles, without touching them.</summary>
internal sealed class RowsAlongQuery
{
    private readonly QualifiedName _root;
    private readonly string _where;
    private readonly List<QualifiedName> _tables;
    private readonly IReadOnlyList<Reference> _references;

    /// <param name="root">The table whose rows are deleted.</param>
    /// <param name="where">Which of them, as <c>t</c>.</param>
    /// <param name="references">Foreign keys that exist when that happens.</param>
    public RowsAlongQuery(QualifiedName root, string where, IReadOnlyList<Reference> references)
    {
        _root = root;
        _where = where;
        _tables = [root];
        for (var i = 0; i < _tables.Count; i++)
        {
            var deleted = references.Where(edge => edge.Parent == _tables[i] && edge.Action == ReferenceAction.Cascade).Select(edge => edge.Child);
            _tables.AddRange(deleted.Distinct().Except(_tables).ToList());
        }

        _references = [.. references.Where(edge => _tables.Contains(edge.Parent))];
    }

    /// <summary>Counts of rows: for each foreign key, those that refer to rows that are deleted and how many of them are deleted, too.</summary>
    public async Task<IReadOnlyList<(Reference Reference, long Rows, long Deleted)>> ReadAsync(Session session, CancellationToken cancellationToken)
    {
        if (_references.Count == 0)
            return [];
        var rows = await session.QueryAsync(Sql, row => (row.GetInt32(0), row.GetInt64(1), row.GetInt64(2)), cancellationToken);
        return [.. rows.Select(row => (_references[row.Item1], row.Item2, row.Item3)).Where(row => row.Item2 > 0)];
    }

    private string Sql
    {
        get
        {
            var cascades = _references.Where(edge => edge.Action == ReferenceAction.Cascade).ToList();
            var next = cascades.Select(edge => $"""
                SELECT {Node(edge.Child)} AS node, c.tableoid AS rel, c.ctid AS place
                FROM {edge.Parent} AS p JOIN {edge.FromChild} AS c ON {edge.Joins("c", "p")}
                WHERE g.node = {Node(edge.Parent)} AND p.tableoid = g.rel AND p.ctid = g.place
                """);
            var step = cascades.Count == 0 ? "" : $"""
                UNION
                SELECT x.node, x.rel, x.place FROM gone AS g CROSS JOIN LATERAL (
                {string.Join("\nUNION ALL\n", next)}) AS x
                """;
            var counts = _references.Select((edge, number) => $"""
                SELECT {number}, pg_catalog.count(*), pg_catalog.count(d.place)
                FROM gone AS g
                JOIN {edge.Parent} AS p ON p.tableoid = g.rel AND p.ctid = g.place
                JOIN {edge.FromChild} AS c ON {edge.Joins("c", "p")}
                LEFT JOIN gone AS d ON d.node = {(_tables.Contains(edge.Child) ? Node(edge.Child) : -1)} AND d.rel = c.tableoid AND d.place = c.ctid
                WHERE g.node = {Node(edge.Parent)}
                """);
            return $"""
                -- rows that go with others
                WITH RECURSIVE gone (node, rel, place) AS (
                SELECT 0, t.tableoid, t.ctid FROM ONLY {_root} AS t WHERE {_where}
                {step})
                {string.Join("\nUNION ALL\n", counts)}
                """;
        }
    }

    private int Node(QualifiedName table) => _tables.IndexOf(table);
}
