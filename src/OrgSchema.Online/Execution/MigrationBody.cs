using System.Diagnostics.CodeAnalysis;
using FluentMigrator;
using FluentMigrator.Expressions;
using FluentMigrator.Infrastructure;
using FluentMigrator.Runner;
using Microsoft.Extensions.DependencyInjection;

namespace OrgSchema.Online;

/// <summary>The expressions of one migration in one direction, in a container scope of their own, so that no state of a failed attempt is seen by the next.</summary>
internal sealed class MigrationBody : IDisposable
{
    private readonly IServiceScope _scope;
    private readonly OnlineProcessor _processor;
    private readonly IExecution _execution;
    private readonly bool _restoresDefinitions;
    private readonly Lazy<IReadOnlyList<IMigrationExpression>> _expressions;

    public MigrationBody(IServiceProvider services, Session? session, IExecution execution, KnownMigration migration, Direction direction, CancellationToken cancellationToken)
    {
        _scope = services.CreateScope();
        _execution = execution;
        _processor = ActivatorUtilities.CreateInstance<OnlineProcessor>(_scope.ServiceProvider, execution, new Surroundings(session, cancellationToken));
        _processor.Adopts = migration.Adopts;
        var body = Create(_scope.ServiceProvider, migration.Type);
        var context = new MigrationContext(_processor, _scope.ServiceProvider, connection: "");
        if (direction == Direction.Up)
            body.GetUpExpressions(context);
        else
            body.GetDownExpressions(context);
        _scope.ServiceProvider.GetRequiredService<MigrationValidator>().ApplyConventionsToAndValidateExpressions(body, context.Expressions);
        Removals = [.. context.Expressions.OfType<OnlineExpression>().SelectMany(expression => expression.Removals)];
        _restoresDefinitions = context.Expressions.OfType<OnlineExpression>().Any(expression => expression.RestoresDefinitions);
        Grants = [.. context.Expressions.OfType<OnlineExpression>().SelectMany(expression => expression.Grants)];
        _expressions = new(() => [.. context.Expressions.SelectMany(expression => Steps(expression, execution.Context))]);
    }

    /// <summary>What it does, in order. Taken when it is asked for: by then the context knows what the steps depend on.</summary>
    public IReadOnlyList<IMigrationExpression> Expressions => _expressions.Value;

    /// <summary>Objects and rows that it removes.</summary>
    public IReadOnlyList<Removal> Removals { get; }

    /// <summary>To whom it opens tables.</summary>
    public IReadOnlyList<DeclaredGrant> Grants { get; }

    /// <summary>All locks on tables that others use.</summary>
    public IReadOnlyList<TableLock> Locks =>
        [.. Expressions.SelectMany(expression => expression is OnlineExpression online ? online.Statements(_execution.Context).SelectMany(statement => statement.Locks) : LockNeeds.Of(expression)).Distinct()];

    /// <summary>Reads what its steps depend on, right before they run.</summary>
    public async Task CompleteAsync(Session session, CancellationToken cancellationToken)
    {
        if (Removals.Any(removal => removal.Kind == RemovalKind.Rows))
            _execution.Context.References = await Reference.ReadAsync(session, cancellationToken);
        if (_restoresDefinitions)
            _execution.Context.Definitions = await ColumnDefinition.ReadAsync(session, _execution.Context, cancellationToken);
    }

    public void Run()
    {
        foreach (var expression in Expressions)
            _processor.Run(expression);
    }

    public void Dispose() => _scope.Dispose();

    // A verb of several steps prepares for its backfill: whether there can be one is asked first. Our own archives have a key.
    private static IEnumerable<IMigrationExpression> Steps(IMigrationExpression expression, StepContext context)
    {
        if (expression is not CompositeExpression composite)
            return [expression];
        List<OnlineExpression> parts = [.. composite.Parts(context)];
        var walks = parts.OfType<BackfillExpression>().Where(backfill => backfill.Table.Schema != context.PrivateSchema);
        return [.. walks.Select(backfill => new RequireBackfillKey(backfill)), .. parts];
    }

    [UnconditionalSuppressMessage("Trimming", "IL2067", Justification = "A program that is trimmed names its migrations so that their constructors are kept: see MigratorOptions.Migrations.")]
    private static IMigration Create(IServiceProvider services, Type migration) => (IMigration)ActivatorUtilities.CreateInstance(services, migration);

    /// <summary>The container: FluentMigrator's generator, conventions and validation, and what the migrations' constructors ask for.</summary>
    public static ServiceProvider Container(MigratorOptions options)
    {
        var services = new ServiceCollection();
        services.AddFluentMigratorCore().ConfigureRunner(runner => runner.AddPostgres15_0().WithGlobalConnectionString("Host=unused"));
        options.Services(services);
        return services.BuildServiceProvider();
    }
}
