namespace OrgSchema.Online;

/// <summary>Goes through the removals of a whole run in their order, before the first of them, as if each had happened when the next one comes.</summary>
internal sealed class RemovalReader(
    Session session, string privateSchema, bool knowsDefinitions, FoundObjects found, Direction direction, IReadOnlyCollection<long> unfinished)
{
    private readonly HashSet<QualifiedName> _droppedTables = [];
    private readonly HashSet<QualifiedName> _emptiedTables = [];
    private readonly HashSet<(string Table, string Constraint)> _droppedConstraints = [];
    private readonly HashSet<string> _droppedIndexes = [];
    private readonly HashSet<string> _listed = [];
    private readonly List<PlannedRemoval> _removals = [];
    private readonly List<Finding> _obstacles = [];
    private readonly List<NamingFunction> _functions = [];
    private IReadOnlyList<Reference> _references = [];
    private IReadOnlyList<string?> _leaving = [];

    /// <summary>Reads what the removals of some migrations do.</summary>
    public async Task<RemovalReport> ReadAsync(
        IReadOnlyList<(KnownMigration Migration, IReadOnlyList<Removal> Removals)> steps, CancellationToken cancellationToken)
    {
        _references = await Reference.ReadAsync(session, cancellationToken);
        if (knowsDefinitions && direction == Direction.Down)
            _obstacles.AddRange(await RefusedChanges.GoneColumnsAsync(session, privateSchema, cancellationToken));
        _leaving =
        [
            .. steps.SelectMany(step => step.Removals)
                .Where(removal => removal.Kind == RemovalKind.Table && !found.Contains(removal))
                .Select(removal => removal.Table.ToString()),
        ];
        foreach (var (migration, removals) in steps)
        {
            foreach (var removal in removals.Where(removal => !found.Contains(removal)))
            {
                var isMade = direction == Direction.Down && removal.Kind is (RemovalKind.Table or RemovalKind.Column);
                var before = _obstacles.Count;
                if (await session.ScalarAsync<bool>(removal.IsThere, cancellationToken))
                    await AddAsync(migration, removal, cancellationToken);
                else if (isMade && !unfinished.Contains(migration.Version))
                    _obstacles.Add(RefusedChanges.Gone(removal, migration));
                else if (removal.Kind == RemovalKind.NotNull && await RefusedChanges.NullsAsync(session, removal, migration, cancellationToken) is { } nulls)
                    _obstacles.Add(nulls);
                for (var i = before; direction == Direction.Down && i < _obstacles.Count; i++)
                    _obstacles[i] = OrLeaveApplied(_obstacles[i], migration);
            }
        }

        return new RemovalReport(_removals, [.. _obstacles.Distinct()], [.. _functions.Distinct()]);
    }

    // After SQL as a comment: people paste it.
    private static Finding OrLeaveApplied(Finding obstacle, KnownMigration migration) => obstacle with
    {
        Remedy = obstacle.Remedy + (obstacle.Remedy.EndsWith(';') ? " --" : "") + $" Or leave {migration.Version} applied: 'migrate down --to {migration.Version}'.",
    };

    private async Task AddAsync(KnownMigration migration, Removal removal, CancellationToken cancellationToken)
    {
        switch (removal.Kind)
        {
            case RemovalKind.Constraint:
                _droppedConstraints.Add((removal.Table.ToString(), removal.Name!.Name));
                await AddDefinitionsAsync(removal, "constraint", cancellationToken);
                return;
            case RemovalKind.Index:
                _droppedIndexes.Add(removal.Name!.Name);
                await AddDefinitionsAsync(removal, "index", cancellationToken);
                return;
            case RemovalKind.Rows when !_emptiedTables.Contains(removal.Table):
                await AddRowsAsync(migration, removal, cancellationToken);
                return;
            case RemovalKind.Table:
                await AddObjectAsync(migration, removal, cancellationToken);
                _droppedTables.Add(removal.Table);
                return;
            case RemovalKind.Column:
                await AddObjectAsync(migration, removal, cancellationToken);
                return;
        }
    }

    private async Task AddRowsAsync(KnownMigration migration, Removal removal, CancellationToken cancellationToken)
    {
        var rows = await CountAsync(removal, cancellationToken);
        if (rows > 0 && await UnarchivableRows.OfRootAsync(session, removal.Table, rows, migration, cancellationToken) is { } obstacle)
            _obstacles.Add(obstacle);
        var references = _references.Where(edge => !IsGone(edge) && !_emptiedTables.Contains(edge.Child)).ToList();
        var along = rows == 0 ? [] : await new RowsAlongQuery(removal.Table, removal.Where, references).ReadAsync(session, cancellationToken);
        foreach (var (edge, refer, deleted) in along)
        {
            if (edge.Action is ReferenceAction.NoAction or ReferenceAction.Restrict)
            {
                if (refer > deleted)
                    _obstacles.Add(Refers(migration, removal, edge, refer - deleted));
            }
            else
            {
                _obstacles.AddRange(await new UnarchivableRows(session, edge, refer, $"{migration}").FindAsync(removal, cancellationToken));
            }
        }

        if (rows > 0)
        {
            var children = along.Where(row => row.Reference.Action == ReferenceAction.Cascade).Select(row => row.Reference.Child);
            var deletes = children.Prepend(removal.Table).Distinct().ToList();
            foreach (var table in deletes)
                _obstacles.AddRange(await RowsThatCannotReturn.ViolationsAsync(session, table, _references, migration, cancellationToken));
            var updates = along.Where(row => row.Reference.Action is ReferenceAction.SetNull or ReferenceAction.SetDefault).Select(row => row.Reference.Child);
            foreach (var (table, isUpdate) in deletes.Select(table => (table, false)).Concat(updates.Distinct().Select(table => (table, true))))
            {
                if (await RefusedChanges.FindAsync(session, table, isUpdate, migration, cancellationToken) is { } refused)
                    _obstacles.Add(refused);
            }

            var deleted = deletes.ToDictionary(
                table => table,
                table => table == removal.Table ? rows : along.Where(row => row.Reference.Child == table).Sum(row => row.Deleted));
            _obstacles.AddRange(await UnindexedReferences.FindAsync(session, deleted, references, migration, cancellationToken));
            if (RowsThatCannotReturn.Circle(deletes, references, migration) is { } circle)
                _obstacles.Add(circle);
        }

        Add(new PlannedRemoval(removal.What, IsColumn: false, rows)
        {
            Along =
            [
                .. along.Where(row => row.Reference.Action is not (ReferenceAction.NoAction or ReferenceAction.Restrict))
                    .Select(row => Along(row.Reference, row.Rows, row.Deleted))
                    .Where(planned => planned.Rows > 0 && !(removal.Where == "true" && planned.Table == removal.What)), // those are counted already
            ],
        });
        if (removal.Where == "true")
            _emptiedTables.Add(removal.Table);
    }

    // A row that is deleted anyway loses no link.
    private static PlannedAlong Along(Reference edge, long rows, long deleted) =>
        new(edge.Child.ToString(), edge.Name, edge.Action.SqlName(), edge.Action == ReferenceAction.Cascade ? rows : rows - deleted);

    private async Task AddObjectAsync(KnownMigration migration, Removal removal, CancellationToken cancellationToken)
    {
        var rows = removal.Kind == RemovalKind.Table && _emptiedTables.Contains(removal.Table) ? 0 : await CountAsync(removal, cancellationToken);
        if (removal.Kind == RemovalKind.Table && await RefusedChanges.OwnerAsync(session, removal, migration, cancellationToken) is { } foreign)
            _obstacles.Add(foreign);
        if (rows > 0 && removal.Kind == RemovalKind.Table)
            _obstacles.AddRange(await RowsThatCannotReturn.ViolationsAsync(session, removal.Table, _references, migration, cancellationToken));
        foreach (var dependent in await Dependent.ReadAsync(session, removal, privateSchema, cancellationToken))
        {
            if (IsGone(dependent) || removal.Kind == RemovalKind.Table && dependent.IsDetachable && _leaving.Contains(dependent.Table))
                continue;
            var edge = _references.FirstOrDefault(edge => edge.Child.ToString() == dependent.Table && edge.Name == dependent.Constraint);
            var remedy = edge?.DropAndAddAgain ?? await DependentRemedyAsync(removal, dependent, cancellationToken);
            _obstacles.Add(Depends(migration, removal, dependent, edge is null ? null : await RowsOfAsync(edge, cancellationToken), remedy));
        }

        string[] names = [privateSchema, removal.Table.Name, removal.Name?.Name ?? removal.Table.Name];
        var functions = await session.QueryAsync(FunctionsSql, row => row.GetString(0), cancellationToken, [.. names]);
        _functions.AddRange(functions.Select(function => new NamingFunction(function, removal.What)));
        var definitions = await DefinitionsAsync(removal, cancellationToken);
        Add(new PlannedRemoval(removal.What, removal.Kind == RemovalKind.Column, rows) { Definitions = definitions });
    }

    // An index or a constraint of a table that stays has nothing to list but what others have added to it.
    private async Task AddDefinitionsAsync(Removal removal, string kind, CancellationToken cancellationToken)
    {
        if (!knowsDefinitions)
            return;
        var definitions = await session.QueryAsync(
            $"""
            -- definitions of others, of an object
            SELECT pg_catalog.concat_ws(' ', d.kind, d.name) FROM {privateSchema}.definitions_of_object($1, $2, $3) AS d ORDER BY d.place, d.name
            """,
            row => row.GetString(0),
            cancellationToken,
            removal.Table.ToString(),
            kind,
            removal.Name?.Name);
        _listed.UnionWith(definitions);
        if (definitions.Count > 0)
            Add(new PlannedRemoval(removal.ToString(), IsColumn: false, Rows: 0) { Definitions = definitions });
    }

    // A table whose rows go first and that is dropped later is counted once.
    private void Add(PlannedRemoval removal)
    {
        var same = _removals.FindIndex(other => other.What == removal.What);
        if (same < 0)
            _removals.Add(removal);
        else
            _removals[same] = _removals[same] with { Definitions = [.. _removals[same].Definitions, .. removal.Definitions] };
    }

    private Task<long> CountAsync(Removal removal, CancellationToken cancellationToken) => session.ScalarAsync<long>(removal.Count!, cancellationToken);

    private Task<long> RowsOfAsync(Reference edge, CancellationToken cancellationToken) =>
        session.ScalarAsync<long>($"SELECT pg_catalog.count(*) FROM {edge.FromChild} AS c WHERE {Refers("c.", edge)}", cancellationToken);

    // What the migration itself has made is not listed; before the functions are installed nothing is.
    private async Task<IReadOnlyList<string>> DefinitionsAsync(Removal removal, CancellationToken cancellationToken)
    {
        if (!knowsDefinitions)
            return [];
        var definitions = await session.QueryAsync(
            $"""
            -- definitions of others
            SELECT d.kind, d.name
            FROM {privateSchema}.definitions_of(pg_catalog.to_regclass($1), $2) AS d
            WHERE d.kind NOT IN ('column type', 'column nullability', 'column identity', 'sequence options', 'owner', 'sequence value')
              AND (d.kind <> 'column default' OR $2 IS NOT NULL)
              AND NOT EXISTS (
                  SELECT FROM {privateSchema}.made_definition AS m
                  WHERE m.schema_name = $3 AND m.table_name = $4 AND m.kind = d.kind AND m.name = d.name AND m.sql = d.sql)
              AND ($2 IS NOT NULL OR EXISTS (
                  SELECT FROM {privateSchema}.made_definition AS m WHERE m.schema_name = $3 AND m.table_name = $4 AND m.kind = 'column'))
            ORDER BY d.place, d.name
            """,
            row => (Kind: row.GetString(0), Name: row.GetString(1)),
            cancellationToken,
            removal.Table.ToString(),
            removal.Kind == RemovalKind.Column ? removal.Name?.Name : null,
            removal.Table.Schema,
            removal.Table.Name);
        return
        [
            .. definitions
                .Where(found => !(found.Kind == "index" && _droppedIndexes.Contains(found.Name)))
                .Where(found => !(found.Kind == "constraint" && _droppedConstraints.Contains((removal.Table.ToString(), found.Name))))
                .Select(found => $"{found.Kind} {found.Name}".TrimEnd())
                .Where(found => !_listed.Contains(found)),
        ];
    }

    private bool IsGone(Reference edge) => _droppedTables.Contains(edge.Child) || _droppedConstraints.Contains((edge.Child.ToString(), edge.Name));

    private bool IsGone(Dependent dependent) => dependent.Table is { } table
        && (_droppedTables.Any(dropped => dropped.ToString() == table)
            || dependent.Constraint is { } constraint && _droppedConstraints.Contains((table, constraint)));

    private static string Refers(string row, Reference edge) =>
        string.Join(" AND ", edge.ChildColumns.Select(column => $"{row}{QualifiedName.Quoted(column)} IS NOT NULL"));

    private static Finding Refers(KnownMigration migration, Removal removal, Reference edge, long rows) => new(
        "rows-refer",
        $"{Amount.Of(rows, "row")} of {edge.Child} refer{(rows == 1 ? "s" : "")} to rows of {edge.Parent} that {migration} removes"
            + $"{(edge.Parent == removal.Table ? "" : $", with rows of {removal.Table}")}: constraint {edge.Name}, ON DELETE {edge.Action.SqlName()}",
        edge.DropAndAddAgain);

    private static Finding Depends(KnownMigration migration, Removal removal, Dependent dependent, long? rows, string remedy) => new(
        "object-depends",
        $"{dependent.Name} depends on {removal.What}, which {migration} drops"
            + (rows is { } count ? $"; {Amount.Of(count, "row")} refer{(count == 1 ? "s" : "")} to it" : ""),
        remedy);

    private async Task<string> DependentRemedyAsync(Removal removal, Dependent dependent, CancellationToken cancellationToken)
    {
        if (dependent is { Kind: "table", Table: { } heir })
            return $"ALTER TABLE {heir} NO INHERIT {removal.Table}; -- later again: ALTER TABLE {heir} INHERIT {removal.Table};";
        var wayRound = knowsDefinitions ? await dependent.WayRoundAsync(session, removal, privateSchema, cancellationToken) : null;
        return wayRound ?? $"Take {removal.What} out of the definition of {dependent.Name}.";
    }

    private const string FunctionsSql = """
        -- functions that name what is dropped
        SELECT pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid))
        FROM pg_catalog.pg_proc AS p
        JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang AND l.lanname NOT IN ('internal', 'c')
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', $1)
          AND NOT EXISTS (
              SELECT FROM (VALUES ($2), ($3)) AS w (name)
              WHERE NOT CASE WHEN w.name ~ '^[a-z_][a-z0-9_]*$' THEN p.prosrc ~ ('\m' || w.name || '\M')
                             -- in quotes, as it must be
                             ELSE pg_catalog.strpos(p.prosrc, pg_catalog.quote_ident(w.name)) > 0
                               OR pg_catalog.strpos(p.prosrc, pg_catalog.quote_literal(w.name)) > 0 END)
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
        ORDER BY 1
        """;
}
