using System.Data;
using FluentMigrator;
using FluentMigrator.Expressions;
using FluentMigrator.Runner.Generators.Postgres;
using FluentMigrator.Runner.Initialization;
using FluentMigrator.Runner.Processors;
using FluentMigrator.Runner.Processors.Postgres;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace OrgSchema.Online;

/// <summary>FluentMigrator's processor, which runs nothing: what its generator writes becomes steps.</summary>
internal sealed class SqlWriter(
    PostgresDbFactory factory,
    Postgres15_0Generator generator,
    ILogger<Postgres15_0Processor> logger,
    IOptionsSnapshot<ProcessorOptions> options,
    IConnectionStringAccessor connectionStringAccessor,
    PostgresOptions postgresOptions)
    : Postgres15_0Processor(factory, generator, logger, options, connectionStringAccessor, postgresOptions)
{
    private readonly List<Step> _steps = [];
    private SqlStatement _template = new("");

    /// <summary>Where a migration may ask for what is there; null: nowhere, and nothing is there.</summary>
    public Session? Session
    {
        get;
        set
        {
            field = value;
            if (value is not null)
                Connection = value.Connection;
        }
    }

    /// <summary>The steps of one of FluentMigrator's expressions.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="adopts">Whether a Create verb leaves an object that exists as it is.</param>
    public IReadOnlyList<Step> Steps(IMigrationExpression expression, bool adopts)
    {
        _steps.Clear();
        _template = new SqlStatement("") { IsAuthors = true, Locks = LockNeeds.Of(expression), Rows = LockNeeds.RowsOf(expression) };
        if (adopts && Presence.IsMissing(expression) is { } isMissing)
            _template = _template with { OnlyIf = isMissing, Condition = "it is not there" };
        expression.ExecuteWith(this);
        return [.. _steps];
    }

    /// <summary>As with AddPostgres and with AddPostgres15_0: a condition on either is about this server.</summary>
    public override IList<string> DatabaseTypeAliases => [.. base.DatabaseTypeAliases, ProcessorIdConstants.Postgres];

    public override bool Exists(string template, params object[] args) => Session is not null && base.Exists(template, args);

    public override DataSet Read(string template, params object[] args) =>
        Session is null ? new DataSet { Tables = { new DataTable() } } : base.Read(template, args);

    public override void Process(PerformDBOperationExpression expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        _steps.Add(new CodeStep($"C# code of the migration: {expression.Operation.Method.Name}", expression.Operation!));
    }

    protected override void Process(string sql)
    {
        if (!string.IsNullOrWhiteSpace(sql))
            _steps.Add(new StatementStep(sql, PatientSql.Of(_template with { Sql = sql })));
    }

#pragma warning disable CA2215 // The base closes the connection, but the session belongs to the run, not to FluentMigrator's scope.
    protected override void Dispose(bool isDisposing)
    {
    }
#pragma warning restore CA2215
}
