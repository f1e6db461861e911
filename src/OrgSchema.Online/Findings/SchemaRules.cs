namespace OrgSchema.Online;

/// <summary>Findings of what statements have left behind.</summary>
internal sealed class SchemaRules(SchemaState before, SchemaState after, IReadOnlyList<TracedStatement> traced)
{
    public IEnumerable<TracedFinding> All() => [.. NotValidated(), .. SetNull(), .. Redundant(), .. Undecided(), .. Open()];

    private IEnumerable<TracedFinding> NotValidated() =>
        from constraint in after.Constraints
        where !constraint.IsValid && !before.Constraints.Any(other => IsSame(other, constraint))
        select FindingCatalog.NotValidNeverValidated.Found(
            $"Constraint {constraint.Name} of {after.Tables[constraint.Table].Name} is NOT VALID in the end",
            First(state => state.Constraints.Any(other => IsSame(other, constraint))));

    private IEnumerable<TracedFinding> SetNull() =>
        from constraint in after.Constraints
        let column = Required(after, constraint)
        where column is not null && !before.Constraints.Any(other => IsSame(other, constraint) && Required(before, other) is not null)
        select FindingCatalog.SetNullOnRequiredColumn.Found(
            $"{constraint.Name} sets {column.Name} of {after.Tables[constraint.Table].Name} to NULL, which is NOT NULL",
            First(state => state.Constraints.Any(other => IsSame(other, constraint) && Required(state, other) is not null)));

    private IEnumerable<TracedFinding> Redundant() =>
        from index in after.Indexes
        where index.IsPlain && before.Indexes.All(other => other.Id != index.Id)
        let other = after.Indexes.FirstOrDefault(other => Replaces(other, index))
        where other is not null
        select FindingCatalog.RedundantIndex.Found(
            $"Index {index.Name} has {(other.Keys.Length == index.Keys.Length ? "the columns" : "the first columns")} of {other.Name}",
            First(state => state.Indexes.Any(found => found.Id == index.Id) && state.Indexes.Any(found => found.Id == other.Id)));

    private IEnumerable<TracedFinding> Undecided() =>
        from table in after.Tables
        where table.Value is { IsExposed: true, HasDefaultGrants: true } && !before.Tables.ContainsKey(table.Key)
        select FindingCatalog.GrantsNotDecided.Found(
            $"Nobody has decided who may use {table.Value.Name}",
            First(state => state.Tables.ContainsKey(table.Key)));

    private IEnumerable<TracedFinding> Open() =>
        from table in after.Tables
        where table.Value is { IsExposed: true, HasRowSecurity: false }
        let roles = table.Value.ReachableBy.Except(Open(before, table.Key)).ToList()
        where roles.Count > 0
        select FindingCatalog.TableOpenToApi.Found(
            $"{table.Value.Name} can be reached by {string.Join(" and ", roles)}, and has no row level security",
            First(state => roles.All(Open(state, table.Key).Contains)));

    private static string[] Open(SchemaState state, uint table) =>
        state.Tables.GetValueOrDefault(table) is { HasRowSecurity: false, ReachableBy: var roles } ? roles : [];

    private static StateColumn? Required(SchemaState state, StateConstraint constraint) => !constraint.SetsNull
        ? null
        : state.Columns.FirstOrDefault(column => column.Table == constraint.Table && column.IsRequired && constraint.Columns.Contains(column.Number));

    // Of two that are alike the younger is one too many, unless only the older could go.
    private static bool Replaces(StateIndex other, StateIndex index) =>
        other.Id != index.Id && other.Table == index.Table && other.IsPlain && other.Method == index.Method && other.Keys.Take(index.Keys.Length).SequenceEqual(index.Keys)
        && (other.Keys.Length == index.Keys.Length
            ? other.IsUnique == index.IsUnique ? other.Id < index.Id : other.IsUnique
            : other.IsUnique && !index.IsUnique);

    private static bool IsSame(StateConstraint one, StateConstraint other) => one.Table == other.Table && one.Name == other.Name;

    /// <summary>The first statement after which something is so.</summary>
    private TracedStatement? First(Func<SchemaState, bool> isSo) => traced.FirstOrDefault(statement => statement.After is { } state && isSo(state));
}
