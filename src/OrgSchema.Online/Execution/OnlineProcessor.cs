using System.Data;
using FluentMigrator.Expressions;
using FluentMigrator.Runner.Generators.Postgres;
using FluentMigrator.Runner.Initialization;
using FluentMigrator.Runner.Processors;
using FluentMigrator.Runner.Processors.Postgres;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace OrgSchema.Online;

/// <summary>FluentMigrator's processor: its generator writes the SQL, an <see cref="IExecution"/> of ours takes it.</summary>
/// <remarks>FluentMigrator is synchronous; this class is the one place where we block on our own tasks.</remarks>
internal sealed class OnlineProcessor : Postgres15_0Processor
{
    private readonly IExecution _execution;
    private readonly Session? _session;
    private readonly CancellationToken _cancellation;
    private IReadOnlyList<TableLock> _locks = [];
    private IReadOnlyList<RowWork> _rows = [];
    private string? _isMissing;

    public OnlineProcessor(
        IExecution execution,
        Surroundings surroundings,
        PostgresDbFactory factory,
        Postgres15_0Generator generator,
        ILogger<Postgres15_0Processor> logger,
        IOptionsSnapshot<ProcessorOptions> options,
        IConnectionStringAccessor connectionStringAccessor,
        PostgresOptions postgresOptions)
        : base(factory, generator, logger, options, connectionStringAccessor, postgresOptions)
    {
        _execution = execution;
        (_session, _cancellation) = (surroundings.Session, surroundings.Cancellation);
        if (_session is not null)
            Connection = _session.Connection;
    }

    /// <summary>Whether what FluentMigrator's Create verbs make and is there already stays as it is.</summary>
    public bool Adopts { get; set; }

    /// <summary>Runs one expression, FluentMigrator's or ours.</summary>
    public void Run(IMigrationExpression expression)
    {
        if (expression is OnlineExpression online)
        {
            _execution.StepAsync(online.ToString() ?? online.GetType().Name, token => online.ExecuteAsync(_execution, token), _cancellation).GetAwaiter().GetResult();
            return;
        }

        (_locks, _rows, _isMissing) = (LockNeeds.Of(expression), LockNeeds.RowsOf(expression), Adopts ? Presence.IsMissing(expression) : null);
        expression.ExecuteWith(this);
    }

    public override bool Exists(string template, params object[] args) => _session is not null && base.Exists(template, args);

    public override DataSet Read(string template, params object[] args) => _session is null ? new DataSet { Tables = { new DataTable() } } : base.Read(template, args);

    /// <summary>C# code of a migration: a plan can name it, but must not run it.</summary>
    public override void Process(PerformDBOperationExpression expression)
    {
        if (_execution is Recording)
            Process($"-- C# code of the migration: {expression?.Operation.Method.Name}");
        else
            base.Process(expression);
    }

    protected override void Process(string sql)
    {
        if (string.IsNullOrWhiteSpace(sql))
            return;
        var statement = new Statement(sql) { Locks = _locks, Rows = _rows, OnlyIf = _isMissing, Condition = _isMissing is null ? null : "it is not there" };
        _execution.StepAsync(sql, token => _execution.RunAsync(statement, token), _cancellation).GetAwaiter().GetResult();
    }

#pragma warning disable CA2215 // The base closes the connection, but the session belongs to the run, not to FluentMigrator's scope.
    protected override void Dispose(bool isDisposing)
    {
    }
#pragma warning restore CA2215
}

/// <summary>What a run adds to what the container knows.</summary>
/// <param name="Session">Where a migration may ask for what is there; null: nowhere, and nothing is there.</param>
/// <param name="Cancellation">Cancels it.</param>
internal sealed record Surroundings(Session? Session, CancellationToken Cancellation);
