namespace OrgSchema.Online;

/// <summary>Compiles migrations without running them: their statements, and what they remove.</summary>
internal sealed class Planner(MigrationSet migrations, MigratorOptions options)
{
    /// <summary>The statements of some migrations, in the order in which they would run.</summary>
    /// <param name="planned">The migrations.</param>
    /// <param name="direction">Whether they are applied or reverted.</param>
    /// <param name="session">Where.</param>
    /// <param name="isGuarded">Whether in their safe forms, as on this database; else as they are written.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<IReadOnlyList<PlannedMigration>> PlannedAsync(
        IReadOnlyList<KnownMigration> planned, Direction direction, Session session, bool isGuarded, CancellationToken cancellationToken)
    {
        var found = await FoundObjects.ReadAsync(session, options.PrivateSchema, cancellationToken);
        var leaving = TablesDropped(planned, direction, session);
        var all = new List<PlannedMigration>();
        var safeguard = new Safeguard(session, options);
        foreach (var migration in planned)
        {
            var context = StepContext.Of(session.ServerMajor, migration, direction, options.PrivateSchema, found) with { Leaving = leaving };
            var compiled = await migrations.Compiler.CompileAsync(migration, context, session, cancellationToken);
            if (isGuarded)
                compiled = await safeguard.GuardAsync(compiled, hasBegun: null, cancellationToken);
            all.Add(new PlannedMigration(migration, compiled.Statements)
            {
                IsTransactional = compiled.IsTransactional,
                Reasons = compiled.Reasons,
                Unsafe = compiled.Findings,
                Grants = compiled.Grants,
            });
        }

        return all;
    }

    /// <summary>Why a migration cannot be reverted; null if it can.</summary>
    public async Task<string?> WhyIrreversibleAsync(KnownMigration migration, Session session, CancellationToken cancellationToken)
    {
        try
        {
            var down = await PlannedAsync([migration], Direction.Down, session, isGuarded: false, cancellationToken);
            return down[0].Statements.Count > 0 ? null : $"The Down of {migration} is empty";
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return $"The Down of {migration} throws: {(e.InnerException ?? e).Message}";
        }
    }

    /// <summary>What some migrations would remove, what goes with it, and what would refuse it.</summary>
    public async Task<RemovalReport> RemovalsAsync(
        IReadOnlyList<KnownMigration> planned, Direction direction, Session session, CancellationToken cancellationToken)
    {
        var steps = planned.Select(migration => (migration, migrations.Compiler.RemovalsOf(migration, direction, session))).ToList();
        var removesNothing = steps.All(step => step.Item2.Count == 0);
        if (removesNothing && direction == Direction.Up)
            return RemovalReport.None;
        await using var functions = await ArchiveFunctions.UseAsync(session, options.PrivateSchema, cancellationToken);
        var returning = direction == Direction.Down && functions.AreThere
            ? await ReturningRows.ReadAsync(session, options.PrivateSchema, planned, cancellationToken)
            : [];
        if (removesNothing)
            return RemovalReport.None with { Returning = returning };
        var found = await FoundObjects.ReadAsync(session, options.PrivateSchema, cancellationToken);
        var unfinished = (await RecordedHistory.ReadAsync(session, options.PrivateSchema, cancellationToken)).Unfinished;
        var reader = new RemovalReader(session, options.PrivateSchema, functions.AreThere, found, direction, [.. unfinished.Keys]);
        return await reader.ReadAsync(steps, cancellationToken) with { Returning = returning };
    }

    /// <summary>Judges what authors have written in some migrations, against a database as it is before they run.</summary>
    /// <returns>Steps that would make clients wait or fail, and what was there before.</returns>
    public async Task<(IReadOnlyList<Finding> Findings, Relations? Before)> UnsafeAsync(
        IReadOnlyList<KnownMigration> planned, Direction direction, Session session, CancellationToken cancellationToken)
    {
        var safeguard = new Safeguard(session, options);
        var findings = new List<Finding>();
        foreach (var migration in planned)
        {
            var context = StepContext.Of(session.ServerMajor, migration, direction, options.PrivateSchema, FoundObjects.None);
            var compiled = migrations.Compiler.Compile(migration, context, session);
            findings.AddRange((await safeguard.GuardAsync(compiled, hasBegun: null, cancellationToken)).Findings);
        }

        return (findings, safeguard.Before);
    }

    /// <summary>Tables that some migrations drop.</summary>
    public IReadOnlyList<QualifiedName> TablesDropped(IReadOnlyList<KnownMigration> planned, Direction direction, Session session) =>
    [
        .. planned
            .SelectMany(migration => migrations.Compiler.RemovalsOf(migration, direction, session))
            .Where(removal => removal.Kind == RemovalKind.Table)
            .Select(removal => removal.Table),
    ];

    /// <summary>The report as findings. Rows that go along are no obstacle, because they are archived; but somebody may not expect it.</summary>
    public IReadOnlyList<Finding> Findings(RemovalReport report) =>
    [
        .. report.Obstacles,
        .. report.Functions.Select(function => function.Finding with { Severity = options.IgnoreFunctions ? Severity.Warning : Severity.Error }),
        .. report.Removals.SelectMany(removal => removal.Along.Select(along => new Finding(
            "rows-along",
            $"{Amount.Of(along.Rows, "row")} of {along.Table} will {(along.Action == "CASCADE" ? "be deleted" : "lose their link")} with rows of {removal.What} "
                + $"(constraint {along.Constraint}, ON DELETE {along.Action})",
            "Nothing to do: they are archived, and come back with them.",
            Severity.Warning))),
    ];
}
