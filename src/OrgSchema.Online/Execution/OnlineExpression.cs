using FluentMigrator;
using FluentMigrator.Expressions;

namespace OrgSchema.Online;

/// <summary>A step in FluentMigrator's list of expressions that publishes its SQL and converges when it is run again after an interruption at any point.</summary>
public abstract class OnlineExpression : IMigrationExpression
{
    /// <summary>What runs, in order.</summary>
    public abstract IEnumerable<Statement> Statements(StepContext context);

    /// <summary>Runs inside FluentMigrator's list.</summary>
    /// <exception cref="NotSupportedException">The migration is run by another runner than <see cref="Migrator"/>.</exception>
    public void ExecuteWith(IMigrationProcessor processor)
    {
        if (processor is not OnlineProcessor online)
            throw new NotSupportedException($"{GetType().Name} runs under {nameof(Migrator)} only: another runner has no lock policy.");
        online.Run(this);
    }

    /// <summary>Not supported: every migration states its Down.</summary>
    public IMigrationExpression Reverse() => throw new NotSupportedException($"{GetType().Name} has no automatic reverse: write Down().");

    /// <summary>Objects and rows that it removes.</summary>
    internal virtual IEnumerable<Removal> Removals => [];

    /// <summary>Whether it makes definitions again that were dropped with a column.</summary>
    internal virtual bool RestoresDefinitions => false;

    /// <summary>To whom it opens a table.</summary>
    internal virtual IEnumerable<DeclaredGrant> Grants => [];

    internal virtual async Task ExecuteAsync(IExecution execution, CancellationToken cancellationToken)
    {
        foreach (var statement in Statements(execution.Context))
            await execution.RunAsync(statement, cancellationToken);
    }
}

/// <summary>Statements of an author, as they are.</summary>
internal sealed class SqlExpression(IReadOnlyList<Statement> statements) : OnlineExpression
{
    public override IEnumerable<Statement> Statements(StepContext context) => statements;

    public override string ToString() => statements[0].Sql;
}
