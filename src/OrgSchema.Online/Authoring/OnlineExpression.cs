using FluentMigrator;
using FluentMigrator.Expressions;

namespace OrgSchema.Online;

/// <summary>A verb in FluentMigrator's list of expressions that says its steps, and converges when it is run again after an interruption at any point.</summary>
public abstract class OnlineExpression : IMigrationExpression
{
    /// <summary>The statements, in order. A verb of one step overrides this, a verb of several steps <see cref="Steps"/>.</summary>
    public virtual IEnumerable<SqlStatement> Statements(StepContext context) => Steps(context).SelectMany(step => step.Statements);

    /// <summary>Its steps, in order.</summary>
    internal virtual IEnumerable<Step> Steps(StepContext context) => [new StatementStep(ToString() ?? GetType().Name, [.. Statements(context)])];

    /// <summary>Not supported: it is compiled.</summary>
    /// <exception cref="NotSupportedException">The migration is run by another runner.</exception>
    public void ExecuteWith(IMigrationProcessor processor) =>
        throw new NotSupportedException($"{GetType().Name} runs under OrgSchema.Online only: another runner has no lock policy.");

    /// <summary>Not supported: every migration states its Down.</summary>
    public IMigrationExpression Reverse() => throw new NotSupportedException($"{GetType().Name} has no automatic reverse: write Down().");

    /// <summary>Objects and rows that it removes.</summary>
    internal virtual IEnumerable<Removal> Removals => [];

    /// <summary>Whether it makes definitions again that were dropped with a column.</summary>
    internal virtual bool RestoresDefinitions => false;

    /// <summary>A column of which it makes a copy: its indexes and constraints have to be known. Null: none.</summary>
    internal virtual (QualifiedName Table, Identifier Column)? Copies => null;

    /// <summary>To whom it opens a table.</summary>
    internal virtual IEnumerable<DeclaredGrant> Grants => [];

    /// <summary>A query that is true while nothing has the name of what it makes. Null: it makes nothing with a name.</summary>
    internal virtual string? IsFree => null;

    /// <summary>Removes what it has made before rows refused it, as the end of a transaction would have. Each statement asks first.</summary>
    internal virtual IEnumerable<SqlStatement> Cleanup(StepContext context) => [];

    /// <summary>Whether no transaction takes its steps: CONCURRENTLY, or batches.</summary>
    internal virtual bool NeedsNoTransaction => false;
}

/// <summary>Statements of an author, as they are.</summary>
internal sealed class SqlExpression(IReadOnlyList<SqlStatement> statements) : OnlineExpression
{
    public override IEnumerable<SqlStatement> Statements(StepContext context) => statements;

    public override string ToString() => statements[^1].Sql;
}
