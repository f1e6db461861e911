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

    /// <summary>Runs it in its plain form, with a warning: this is FluentMigrator's own runner, which has no lock policy.</summary>
    /// <exception cref="NotSupportedException">It has none.</exception>
    public void ExecuteWith(IMigrationProcessor processor)
    {
        ArgumentNullException.ThrowIfNull(processor);
        List<IMigrationExpression> plain = [.. Plain(PlainForm.IsPostgres(processor))];
        if (this is not UnsafeMark)
            PlainForm.Warn(processor, this);
        foreach (var expression in plain)
            expression.ExecuteWith(processor);
    }

    /// <summary>Not supported: every migration states its Down.</summary>
    public IMigrationExpression Reverse() => throw new NotSupportedException(Irreversible);

    /// <summary>The same at once, as FluentMigrator's own expressions.</summary>
    /// <param name="isPostgres">Whether it is for PostgreSQL, where the result is the same.</param>
    internal virtual IEnumerable<IMigrationExpression> Plain(bool isPostgres) => throw new NotSupportedException(
        $"'{this}' has no plain form for FluentMigrator's own runner{(isPostgres ? "" : " on this database")}: run it with OrgSchema.Online.");

    /// <summary>Why it has no automatic reverse.</summary>
    private protected virtual string Irreversible => $"{GetType().Name} has no automatic reverse: write Down().";

    /// <summary>Objects and rows that it removes.</summary>
    internal virtual IEnumerable<Removal> Removals => [];

    /// <summary>Whether it makes definitions again that were dropped with a column.</summary>
    internal virtual bool RestoresDefinitions => false;

    /// <summary>Whether its statements are others on a partitioned table.</summary>
    internal virtual bool DependsOnPartitions => false;

    /// <summary>A column of which it makes a copy: its indexes and constraints have to be known. Null: none.</summary>
    internal virtual (QualifiedName Table, Identifier Column)? Copies => null;

    /// <summary>Whether it changes what a name stands for.</summary>
    internal virtual bool Renames => false;

    /// <summary>To whom it opens a table.</summary>
    internal virtual IEnumerable<DeclaredGrant> Grants => [];

    /// <summary>A query that is true while nothing has the name of what it makes. Null: it makes nothing with a name.</summary>
    internal virtual string? IsFree => null;

    /// <summary>Removes what it has made before rows refused it, as the end of a transaction would have. Each statement asks first.</summary>
    internal virtual IEnumerable<SqlStatement> Cleanup(StepContext context) => [];

    /// <summary>Whether no transaction takes its steps: CONCURRENTLY, or batches.</summary>
    internal virtual bool NeedsNoTransaction => false;
}

/// <summary>Where steps begin that run as they are written, or where they end.</summary>
/// <param name="reason">Why they do; null: here they end.</param>
internal sealed class UnsafeMark(string? reason) : OnlineExpression
{
    public string? Reason => reason;

    internal override IEnumerable<Step> Steps(StepContext context) => [];

    internal override IEnumerable<IMigrationExpression> Plain(bool isPostgres) => [];
}

/// <summary>Statements of an author, as they are.</summary>
internal sealed class SqlExpression(IReadOnlyList<SqlStatement> statements) : OnlineExpression
{
    public override IEnumerable<SqlStatement> Statements(StepContext context) => statements;

    // What comes before is ours.
    internal override IEnumerable<IMigrationExpression> Plain(bool isPostgres) => statements[^1] switch
    {
        { Kind: StatementKind.Check } check => [PlainForm.Check(check)],
        { Kind: StatementKind.Report } => [],
        var command => [PlainForm.Sql(command.Sql)],
    };

    public override string ToString() => statements[^1].Sql;
}
