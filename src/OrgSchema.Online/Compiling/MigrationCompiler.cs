using System.Diagnostics.CodeAnalysis;
using FluentMigrator;
using FluentMigrator.Expressions;
using FluentMigrator.Infrastructure;
using FluentMigrator.Runner;
using FluentMigrator.Runner.Initialization;
using FluentMigrator.Runner.Processors;
using FluentMigrator.Runner.VersionTableInfo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>
/// Turns a migration into steps. FluentMigrator builds, completes and validates its list of expressions; ours say their steps
/// themselves, and FluentMigrator's generator writes the SQL of its own. Nothing is changed.
/// </summary>
internal sealed class MigrationCompiler(MigratorOptions options) : IAsyncDisposable
{
    private readonly ServiceProvider _services = Container(options);

    /// <summary>Compiles without a database: for a migration that asks for what is there, nothing is.</summary>
    public CompiledMigration Compile(KnownMigration migration, StepContext context)
    {
        using var scope = _services.CreateScope();
        var writer = Writer(scope, session: null);
        return Compile(migration, context, writer, Expressions(scope, writer, migration, context.Direction));
    }

    /// <summary>Compiles what authors have written, against a database as it is now, without what only our own verbs ask.</summary>
    public CompiledMigration Compile(KnownMigration migration, StepContext context, Session session)
    {
        using var scope = _services.CreateScope();
        var writer = Writer(scope, session);
        return Compile(migration, context, writer, Expressions(scope, writer, migration, context.Direction));
    }

    /// <summary>Compiles against a database, as it is now.</summary>
    public async Task<CompiledMigration> CompileAsync(KnownMigration migration, StepContext context, Session session, CancellationToken cancellationToken)
    {
        using var scope = _services.CreateScope();
        var writer = Writer(scope, session);
        var expressions = Expressions(scope, writer, migration, context.Direction);
        var verbs = expressions.OfType<OnlineExpression>().ToList();
        if (verbs.SelectMany(verb => verb.Removals).Any(removal => removal.Kind == RemovalKind.Rows))
            context = context with { References = await Reference.ReadAsync(session, cancellationToken) };
        if (verbs.Exists(verb => verb.RestoresDefinitions))
            context = context with { Definitions = await ColumnDefinition.ReadAsync(session, context, cancellationToken) };
        if (verbs.Exists(verb => verb.DependsOnPartitions))
            context = context with { Partitioned = await PartitionedAsync(session, cancellationToken) };
        if (verbs.SkipWhile(verb => !verb.Renames).Skip(1).FirstOrDefault(verb => verb.Copies is not null) is { } late)
        {
            throw new RequestException(
                $"{migration} renames something before it comes to this step: {late}.",
                "Give each of them a migration of its own: what belongs to the column is read before the first step, by the names of then.");
        }

        foreach (var (table, column) in verbs.Select(verb => verb.Copies).OfType<(QualifiedName, Identifier)>().Distinct())
        {
            context = context with
            {
                Indexes = [.. context.Indexes, .. await ColumnIndex.ReadAsync(session, table, column, cancellationToken)],
                Constraints = [.. context.Constraints, .. await ColumnConstraint.ReadAsync(session, table, column, cancellationToken)],
            };
        }

        return Compile(migration, context, writer, expressions);
    }

    /// <summary>Objects and rows that a migration removes.</summary>
    /// <exception cref="RequestException">This way of the migration throws.</exception>
    public IReadOnlyList<Removal> RemovalsOf(KnownMigration migration, Direction direction, Session session)
    {
        using var scope = _services.CreateScope();
        return [.. Expressions(scope, Writer(scope, session), migration, direction).OfType<OnlineExpression>().SelectMany(verb => verb.Removals)];
    }

    /// <summary>The version table that FluentMigrator's own runner has, or would have.</summary>
    public IVersionTableMetaData VersionTable()
    {
        using var scope = _services.CreateScope();
        return scope.ServiceProvider.GetRequiredService<IVersionTableMetaData>();
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static async Task<IReadOnlySet<QualifiedName>> PartitionedAsync(Session session, CancellationToken cancellationToken)
    {
        var tables = await session.QueryAsync(
            Catalog.PartitionedTables, row => QualifiedName.OfCatalog(row.GetString(0), row.GetString(1)), cancellationToken);
        return tables.ToHashSet();
    }

    private static CompiledMigration Compile(
        KnownMigration migration, StepContext context, SqlWriter writer, IReadOnlyList<IMigrationExpression> expressions)
    {
        var verbs = expressions.OfType<OnlineExpression>().ToList();
        var alone = verbs.Find(verb => verb.NeedsNoTransaction);
        if (alone is not null)
            context = context with { IsTransactional = false };
        var steps = new List<Step>();
        string? reason = null;
        foreach (var expression in expressions)
        {
            if (expression is UnsafeMark mark)
                reason = mark.Reason;
            var its = expression is OnlineExpression verb
                ? verb.Steps(context)
                : Generated(migration, context.Direction, () => writer.Steps(expression, migration.Adopts));
            steps.AddRange(reason is null ? its : its.Select(step => step with { Statements = [.. step.Statements.Select(Excused)] }));
        }

        return new CompiledMigration(migration, context, steps)
        {
            Removals = [.. verbs.SelectMany(verb => verb.Removals)],
            Grants = [.. verbs.SelectMany(verb => verb.Grants)],
            IsGenerated = verbs.Count < expressions.Count,
            TakesNoTransaction = alone?.ToString(),
        };

        SqlStatement Excused(SqlStatement statement) => statement with { UnsafeReason = reason };
    }

    private IReadOnlyList<IMigrationExpression> Expressions(IServiceScope scope, SqlWriter writer, KnownMigration migration, Direction direction)
    {
        return Generated(migration, direction, () =>
        {
            var body = Create(new EitherProvider(options.ServiceProvider, scope.ServiceProvider), migration.Type);
            var context = new MigrationContext(writer, scope.ServiceProvider, options.DataSource?.ConnectionString ?? options.ConnectionString);
            if (direction == Direction.Up)
                body.GetUpExpressions(context);
            else
                body.GetDownExpressions(context);
            scope.ServiceProvider.GetRequiredService<MigrationValidator>().ApplyConventionsToAndValidateExpressions(body, context.Expressions);
            return context.Expressions.ToList();
        });
    }

    // What a migration's author or FluentMigrator throws is no failure of a run: nothing has been sent yet.
    private static IReadOnlyList<T> Generated<T>(KnownMigration migration, Direction direction, Func<IReadOnlyList<T>> generate)
    {
        try
        {
            return generate();
        }
        catch (Exception e) when (e is not (OnlineMigrationException or NpgsqlException))
        {
            throw new RequestException(
                $"{direction}() of {migration} throws: {e.Message}",
                direction == Direction.Up || OnlineMigration.Is(migration)
                    ? "Write both ways of a migration before it runs: what cannot be taken back should not begin."
                    : $"It cannot be reverted. Leave it applied: 'migrate down --to {migration.Version}' reverts those after it.",
                e);
        }
    }

    private static SqlWriter Writer(IServiceScope scope, Session? session)
    {
        var writer = ActivatorUtilities.CreateInstance<SqlWriter>(scope.ServiceProvider);
        writer.Session = session;
        return writer;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2067", Justification = "A program that is trimmed names its migrations so that their constructors are kept: see MigratorOptions.Migrations.")]
    private static IMigration Create(IServiceProvider services, Type migration) => (IMigration)ActivatorUtilities.CreateInstance(services, migration);

    /// <summary>FluentMigrator's generator, conventions and validation, and what the migrations' constructors ask for.</summary>
    private static ServiceProvider Container(MigratorOptions options)
    {
        var services = new ServiceCollection();
        var assemblies = options.Migrations.Select(migration => migration.Assembly).Distinct().ToArray();
        services.AddFluentMigratorCore().ConfigureRunner(
            runner => runner.AddPostgres15_0().WithGlobalConnectionString("Host=unused").ScanIn(assemblies).For.EmbeddedResources());
        options.Services(services);
        var provider = services.BuildServiceProvider();
        Refuse(provider);
        return provider;
    }

    // What FluentMigrator's own runner would do for them, this one would pass over in silence.
    private static void Refuse(ServiceProvider provider)
    {
        using var scope = provider.CreateScope();
        var runner = scope.ServiceProvider.GetRequiredService<IOptions<RunnerOptions>>().Value;
        var types = scope.ServiceProvider.GetRequiredService<IOptions<TypeFilterOptions>>().Value;
        var processor = scope.ServiceProvider.GetRequiredService<IOptionsSnapshot<ProcessorOptions>>().Value;
        (string? Name, string Instead) option = runner switch
        {
            { Profile: { Length: > 0 } } => ("RunnerOptions.Profile", "Leave it out: this runner runs no profiles."),
            { TransactionPerSession: true } => ("RunnerOptions.TransactionPerSession", "Leave it out: locks of all migrations would be held to the end."),
            { Tags: { Length: > 0 } } => ("RunnerOptions.Tags", Use(nameof(MigratorOptions.Tags))),
            { IncludeUntaggedMigrations: false } => ("RunnerOptions.IncludeUntaggedMigrations", Use(nameof(MigratorOptions.IncludeUntaggedMigrations))),
            _ when types.Namespace is not null => ("TypeFilterOptions.Namespace", Use(nameof(MigratorOptions.Namespace))),
            _ when processor.Timeout is not null => ("ProcessorOptions.Timeout", Use(nameof(MigratorOptions.GlobalCommandTimeout))),
            _ when processor.PreviewOnly => ("ProcessorOptions.PreviewOnly", "Use Migrator.PlanAsync."),
            _ => (null, ""),
        };
        if (option.Name is not null)
            throw new RequestException($"{option.Name} of FluentMigrator is set, and this runner does not follow it.", option.Instead);

        static string Use(string name) => $"Use {nameof(MigratorOptions)}.{name}.";
    }

    /// <summary>The application's services, and where it has none FluentMigrator's.</summary>
    private sealed class EitherProvider(IServiceProvider? application, IServiceProvider own) : IServiceProvider
    {
        public object? GetService(Type serviceType) => application?.GetService(serviceType) ?? own.GetService(serviceType);
    }
}
