namespace OrgSchema.Online;

/// <summary>Where the statements of a migration go: to the server, or into a plan.</summary>
internal interface IExecution
{
    StepContext Context { get; }

    /// <summary>A step of several statements: outside a transaction it is tried again as a whole when a lock is not to be had.</summary>
    Task StepAsync(string what, Func<CancellationToken, Task> step, CancellationToken cancellationToken);

    Task RunAsync(Statement statement, CancellationToken cancellationToken);

    Task RunAsync(BatchedExpression backfill, CancellationToken cancellationToken);

    /// <summary>Fails unless the backfill can walk by its key.</summary>
    Task RequireKeyAsync(BackfillExpression backfill, CancellationToken cancellationToken);
}
