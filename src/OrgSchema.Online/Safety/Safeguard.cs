namespace OrgSchema.Online;

/// <summary>Lets no step of a migration make clients wait or fail: each is done in its safe form, or refused.</summary>
/// <param name="session">Answers what the catalog knows.</param>
/// <param name="options">What is to become of unsafe ones.</param>
/// <param name="before">What was in the database before the run; null: it is read when it is needed.</param>
internal sealed class Safeguard(Session session, MigratorOptions options, Relations? before = null)
{
    private Judge? _judge = before is null ? null : new Judge(session, before.Copy(), options);

    /// <summary>What was in the database before the run; null if no step has depended on it.</summary>
    public Relations? Before { get; private set; } = before;

    // What they say holds until the transaction ends: statements that follow count on it.
    private static readonly string[] OfTransactions =
        ["SET", "RESET", "LOCK", "SAVEPOINT", "DECLARE", "PREPARE", "DISCARD", "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"];

    /// <summary>Judges a migration.</summary>
    /// <param name="compiled">The migration, as it is written.</param>
    /// <param name="hasBegun">Whether an earlier run has begun with a step, if it has left something of the migration; null: it has not.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The migration with steps in their safe forms, and what is to be said of the others.</returns>
    public async Task<CompiledMigration> GuardAsync(CompiledMigration compiled, Func<Step, bool>? hasBegun, CancellationToken cancellationToken)
    {
        var isCutOff = hasBegun is not null;
        if (options.UnsafeSteps == UnsafeSteps.Run && !isCutOff)
            return compiled;
        var judged = new List<(Step Step, SqlStatement? Statement, Verdict Verdict)>();
        foreach (var step in compiled.Steps)
        {
            foreach (var (part, statement) in Parts(step, compiled.Migration.IsTransactional(compiled.Context.Direction)))
            {
                var isBegun = hasBegun?.Invoke(part) == true;
                var verdict = statement is null ? Verdict.Fine : await JudgeAsync(compiled, statement, isBegun, cancellationToken);
                if (IsExcused(compiled, statement))
                    verdict = Verdict.Fine; // it was judged all the same: what it renames is followed
                if (!isBegun && verdict is Rewritten { Form: var form } && await FailsAtOnceAsync(form, judged.Select(of => of.Step), cancellationToken))
                    verdict = Verdict.Fine;
                judged.Add((part, statement, verdict));
            }
        }

        return Decide(compiled, judged, isCutOff);
    }

    private bool IsExcused(CompiledMigration compiled, SqlStatement? statement) =>
        options.UnsafeSteps == UnsafeSteps.Run || compiled.Migration.UnsafeReason is not null || statement?.UnsafeReason is not null;

    // As it is written it leaves nothing, in whatever transaction it is.
    private async Task<bool> FailsAtOnceAsync(SafeForm form, IEnumerable<Step> before, CancellationToken cancellationToken) =>
        form is { MayBegin: { } mayBegin, Subject: { } subject }
        && !before.Any(step => step.Name.Contains(subject, StringComparison.OrdinalIgnoreCase))
        && !await session.ScalarAsync<bool>(mayBegin, cancellationToken);

    private async Task<Verdict> JudgeAsync(CompiledMigration compiled, SqlStatement statement, bool isBegun, CancellationToken cancellationToken)
    {
        var parts = Split(statement.Sql);
        Verdict verdict = Verdict.Fine;
        foreach (var part in parts.Where(Judge.Knows))
        {
            Before ??= await Relations.ReadAsync(session, cancellationToken);
            _judge ??= new Judge(session, Before.Copy(), options);
            var runsAnyway = options.UnsafeReason is not null || options.UnsafeSteps == UnsafeSteps.Warn || IsExcused(compiled, statement);
            var its = await _judge.OfAsync(part, compiled, isBegun, runsAnyway, cancellationToken);
            verdict = verdict is Refused || its == Verdict.Fine ? verdict : its;
        }

        // Each statement of such a text commits on its own already, and the step ledger has the text as one.
        return verdict is Rewritten { Form: var form } && parts.Count > 1
            ? new Refused(form.Why.TrimEnd('.'), Recipe.OneByOne(compiled.Migration, parts))
            : verdict;
    }

    private CompiledMigration Decide(CompiledMigration compiled, List<(Step Step, SqlStatement? Statement, Verdict Verdict)> judged, bool isCutOff)
    {
        var refusals = judged.Select(of => of.Verdict).OfType<Refused>().Select(refused => Refusal(compiled, refused)).ToList();
        var rewritten = judged.Where(of => of.Verdict is Rewritten).ToList();
        if (options.UnsafeSteps != UnsafeSteps.Rewrite)
        {
            refusals.AddRange(rewritten.Select(of => Refusal(compiled, of.Statement!, ((Rewritten)of.Verdict).Form)));
            rewritten.Clear();
        }

        var bound = compiled.IsTransactional ? judged.Select(of => of.Statement).OfType<SqlStatement>().FirstOrDefault(NeedsOneTransaction) : null;
        if (bound is not null && rewritten.Count > 0)
            refusals.Add(NotApart(compiled, bound, ((Rewritten)rewritten[0].Verdict).Form));
        return rewritten.Count == 0 && !isCutOff
            ? compiled with { Findings = refusals }
            : compiled with
            {
                Findings = refusals,
                IsTransactional = false,
                Steps =
                [
                    .. judged.Select(of => of.Verdict is Rewritten { Form: var form } && options.UnsafeSteps == UnsafeSteps.Rewrite
                        ? new RewrittenStep(of.Statement!, form.Why, form.Steps, form.Cleanup, form.MayBegin, form.Required)
                        : of.Step),
                ],
            };
    }

    // Only what an author has written, without a question: a verb of ours is safe by itself. One text may hold several statements.
    private static IEnumerable<(Step Step, SqlStatement? Statement)> Parts(Step step, bool isOneTransaction)
    {
        if (step is not StatementStep { Statements: [.., { IsAuthors: true, Kind: StatementKind.Command, OnlyIf: null, Needs: null } statement] })
            return [(step, null)];
        if (!isOneTransaction || Split(statement.Sql) is not { Count: > 1 } parts)
            return [(step, statement)];
        return parts.Select(sql => statement with { Sql = sql })
            .Select(part => ((Step, SqlStatement?))(new StatementStep(part.Sql, PatientSql.Of(part)), part));
    }

    private static IReadOnlyList<string> Split(string sql)
    {
        try
        {
            return [.. new SqlFile("", sql).Statements().Select(statement => statement.Sql)];
        }
        catch (RequestException)
        {
            return []; // the server will say what it is
        }
    }

    private static bool NeedsOneTransaction(SqlStatement statement) =>
        SqlTokens.Of(statement.Sql) is [var first, ..] tokens
        && (OfTransactions.Any(first.Is) || first.Is("CREATE") && tokens.Skip(1).Take(3).Any(token => token.Is("TEMP") || token.Is("TEMPORARY")));

    private Finding Refusal(CompiledMigration compiled, Refused refused) =>
        Of(compiled, refused.What, $"{refused.Instead with { IsPart = compiled.Steps.Count > 1 }}");

    private Finding Refusal(CompiledMigration compiled, SqlStatement statement, SafeForm form) => Of(
        compiled,
        $"{SqlStatement.FirstLine(statement.Sql)}: {form.Why.TrimEnd('.')}",
        $"Let it be done in its safe form: {nameof(MigratorOptions)}.{nameof(MigratorOptions.UnsafeSteps)} = {nameof(UnsafeSteps.Rewrite)}.");

    private Finding NotApart(CompiledMigration compiled, SqlStatement bound, SafeForm form) => Of(
        compiled,
        $"{form.Why.TrimEnd('.')}, and step by step '{SqlStatement.FirstLine(bound.Sql)}' would not hold for what follows",
        "Give what needs that statement a migration of its own.");

    private Finding Of(CompiledMigration compiled, string what, string remedy) => new(
        "unsafe-step",
        $"{compiled.Migration}: {what}",
        remedy,
        options.UnsafeSteps == UnsafeSteps.Warn || options.UnsafeReason is not null ? Severity.Warning : Severity.Error);
}
