namespace OrgSchema.Online;

/// <summary>Rows of another table that are deleted, or lose a link, with rows that are deleted.</summary>
/// <param name="Reference">The foreign key that does it.</param>
/// <param name="Where">Which rows of its child, as <c>t</c>.</param>
internal sealed record RowsAlong(Reference Reference, string Where)
{
    /// <summary>
    /// All of them, those that refer to others first. Where tables refer to each other in a circle, it is left out: what it would find goes
    /// with the rows that it refers to.
    /// </summary>
    /// <param name="root">The table whose rows are deleted.</param>
    /// <param name="where">Which of them, as <c>t</c>.</param>
    /// <param name="references">Foreign keys of the database.</param>
    public static IReadOnlyList<RowsAlong> Of(QualifiedName root, string where, IReadOnlyList<Reference> references)
    {
        var found = new List<(int Depth, RowsAlong Rows)>();
        Follow(root, where, [root], 1);
        return [.. found.OrderByDescending(rows => rows.Depth).Select(rows => rows.Rows)];

        void Follow(QualifiedName parent, string of, IReadOnlyList<QualifiedName> path, int depth)
        {
            foreach (var reference in references.Where(reference => reference.Parent == parent && !path.Contains(reference.Child)))
            {
                if (reference.Action is ReferenceAction.NoAction or ReferenceAction.Restrict)
                    continue;
                var alias = $"p{depth}";
                var condition = $"EXISTS (SELECT FROM {parent} AS {alias} WHERE {reference.Joins("t", alias)} AND ({Renamed(of, alias)}))";
                found.Add((depth, new RowsAlong(reference, condition)));
                if (reference.Action == ReferenceAction.Cascade)
                    Follow(reference.Child, condition, [.. path, reference.Child], depth + 1);
            }
        }
    }

    // The author's condition speaks of t, at any depth: a sub-select gives that name to the row.
    private static string Renamed(string condition, string alias) =>
        condition == "true" ? "true" : $"EXISTS (SELECT FROM (SELECT {alias}.*) AS t WHERE {condition})";
}
