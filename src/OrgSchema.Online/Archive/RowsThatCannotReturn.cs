namespace OrgSchema.Online;

/// <summary>Rows that the server would let go, but could not take back.</summary>
internal static class RowsThatCannotReturn
{
    private const string NotValidSql = """
        -- constraints that existing rows need not meet
        SELECT k.oid, k.conname::text, k.contype::text,
               CASE k.contype WHEN 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid)
                              WHEN 'n' THEN (SELECT pg_catalog.format('%I IS NOT NULL', a.attname) FROM pg_catalog.pg_attribute AS a
                                             WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1]) END
        FROM pg_catalog.pg_constraint AS k
        WHERE k.conrelid = pg_catalog.to_regclass($1) AND NOT k.convalidated AND k.contype IN ('c', 'f', 'n')
        ORDER BY k.conname
        """;

    /// <summary>Finds constraints that are NOT VALID and that rows of a table violate: an INSERT would be refused.</summary>
    public static async Task<IReadOnlyList<Finding>> ViolationsAsync(
        Session session, QualifiedName table, IReadOnlyList<Reference> references, KnownMigration migration, CancellationToken cancellationToken)
    {
        var constraints = await session.QueryAsync(
            NotValidSql,
            row => (Oid: row.GetFieldValue<uint>(0), Name: row.GetString(1), Kind: row.GetString(2), Condition: row.IsDBNull(3) ? null : row.GetString(3)),
            cancellationToken,
            table.ToString());
        var findings = new List<Finding>();
        foreach (var (oid, name, kind, condition) in constraints)
        {
            var violating = kind == "f" ? Orphans(references.FirstOrDefault(reference => reference.Oid == oid)) : $"{table} AS c WHERE NOT ({condition})";
            if (violating is null || !await session.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM {violating})", cancellationToken))
                continue;
            findings.Add(new(
                "rows-not-valid",
                $"Rows of {table}, which {migration} removes, violate its constraint {name}, which is NOT VALID: they could not be brought back",
                $"Mend them: SELECT * FROM {violating};"));
        }

        return findings;
    }

    /// <summary>Finds tables whose rows need each other: no row of a circle can be inserted before another one.</summary>
    /// <param name="tables">Tables of which rows are deleted.</param>
    /// <param name="references">Foreign keys that exist when that happens.</param>
    /// <param name="migration">The migration that deletes them.</param>
    public static Finding? Circle(IReadOnlyCollection<QualifiedName> tables, IReadOnlyList<Reference> references, KnownMigration migration)
    {
        var needs = references
            .Where(edge => edge.IsRequired && edge.Child != edge.Parent && tables.Contains(edge.Child) && tables.Contains(edge.Parent))
            .ToList();
        if (needs.FirstOrDefault(edge => Reaches(edge.Parent, edge.Child, needs)) is not { } circle)
            return null;
        return new(
            "rows-in-a-circle",
            $"Rows of {circle.Child} and {circle.Parent}, which {migration} removes, need each other (constraint {circle.Name}): "
                + "they could not be brought back",
            circle.DropAndAddAgain);
    }

    private static bool Reaches(QualifiedName from, QualifiedName to, List<Reference> needs)
    {
        var reached = new List<QualifiedName> { from };
        for (var i = 0; i < reached.Count; i++)
            reached.AddRange(needs.Where(edge => edge.Child == reached[i]).Select(edge => edge.Parent).Distinct().Except(reached).ToList());
        return reached.Contains(to);
    }

    private static string? Orphans(Reference? key) => key is null
        ? null
        : $"{key.FromChild} AS c WHERE {string.Join(" AND ", key.ChildColumns.Select(column => $"c.{QualifiedName.Quoted(column)} IS NOT NULL"))} "
            + $"AND NOT EXISTS (SELECT FROM {key.Parent} AS p WHERE {key.Joins("c", "p")})";
}
