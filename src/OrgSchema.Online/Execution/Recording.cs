namespace OrgSchema.Online;

/// <summary>Writes down what would run.</summary>
internal sealed class Recording(StepContext context) : IExecution
{
    public List<Statement> Statements { get; } = [];

    public StepContext Context { get; } = context;

    public Task StepAsync(string what, Func<CancellationToken, Task> step, CancellationToken cancellationToken) => step(cancellationToken);

    public Task RunAsync(Statement statement, CancellationToken cancellationToken)
    {
        Statements.Add(statement);
        return Task.CompletedTask;
    }

    public Task RunAsync(BatchedExpression backfill, CancellationToken cancellationToken)
    {
        Statements.AddRange(backfill.Statements(Context));
        return Task.CompletedTask;
    }

    public Task RequireKeyAsync(BackfillExpression backfill, CancellationToken cancellationToken)
    {
        Statements.AddRange(new RequireBackfillKey(backfill).Statements(Context));
        return Task.CompletedTask;
    }
}
