using System.Data;
using System.Runtime.CompilerServices;
using FluentMigrator;
using FluentMigrator.Expressions;
using FluentMigrator.Runner.Processors;
using Microsoft.Extensions.Logging;
using Model = FluentMigrator.Model;

namespace OrgSchema.Online;

/// <summary>Verbs as FluentMigrator's own runner runs them: at once, whoever waits.</summary>
/// <remarks>It is for tests of migrations. On PostgreSQL the result is the same; elsewhere it is what FluentMigrator makes of it.</remarks>
internal static partial class PlainForm
{
    /// <summary>Whether a processor is one of PostgreSQL.</summary>
    public static bool IsPostgres(IMigrationProcessor processor) => processor.DatabaseType.StartsWith("Postgre", StringComparison.OrdinalIgnoreCase);

    /// <summary>Says that a verb runs in its plain form.</summary>
    public static void Warn(IMigrationProcessor processor, OnlineExpression verb)
    {
        if (processor is ProcessorBase logging)
            RunsPlainly(Logger(logging), verb);
    }

    /// <summary>One statement.</summary>
    public static IMigrationExpression Sql(string sql) => new ExecuteSqlStatementExpression { SqlStatement = sql };

    /// <summary>A query that must return true.</summary>
    public static IMigrationExpression Check(SqlStatement check) => new PerformDBOperationExpression
    {
        Operation = (connection, transaction) =>
        {
            using var command = connection.CreateCommand();
            (command.CommandText, command.Transaction) = (check.Sql, transaction);
            if (command.ExecuteScalar() is not (true or 1L))
                throw new InvalidOperationException(check.Failure);
        },
    };

    /// <summary>A B-tree index on columns.</summary>
    public static IMigrationExpression Index(QualifiedName index, QualifiedName table, IEnumerable<Identifier> columns, bool isUnique)
    {
        var expression = new CreateIndexExpression
        {
            Index = { Name = index.Name, SchemaName = Schema(table), TableName = table.Name, IsUnique = isUnique },
        };
        foreach (var column in columns)
            expression.Index.Columns.Add(new Model.IndexColumnDefinition { Name = column.Name, Direction = Model.Direction.Ascending });
        return expression;
    }

    /// <summary>No such index.</summary>
    public static IMigrationExpression NoIndex(QualifiedName index, QualifiedName table) => new DeleteIndexExpression
    {
        Index = { Name = index.Name, SchemaName = Schema(table), TableName = table.Name },
    };

    /// <summary>A foreign key. FluentMigrator knows no RESTRICT: it is NO ACTION.</summary>
    public static IMigrationExpression ForeignKey(ForeignKey key) => new CreateForeignKeyExpression
    {
        ForeignKey = new Model.ForeignKeyDefinition
        {
            Name = key.Name.Name,
            ForeignTableSchema = Schema(key.Table),
            ForeignTable = key.Table.Name,
            ForeignColumns = [.. key.Columns.Select(column => column.Name)],
            PrimaryTableSchema = Schema(key.References),
            PrimaryTable = key.References.Name,
            PrimaryColumns = [.. key.ReferencedColumns.Select(column => column.Name)],
            OnDelete = RuleOf((int)key.OnDelete),
            OnUpdate = RuleOf((int)key.OnUpdate),
        },
    };

    /// <summary>A unique constraint or a primary key.</summary>
    public static IMigrationExpression Constraint(UniqueKey key)
    {
        var expression = new CreateConstraintExpression(key.IsPrimary ? Model.ConstraintType.PrimaryKey : Model.ConstraintType.Unique)
        {
            Constraint = { ConstraintName = key.Name.Name, SchemaName = Schema(key.Table), TableName = key.Table.Name },
        };
        foreach (var column in key.Columns)
            expression.Constraint.Columns.Add(column.Name);
        return expression;
    }

    /// <summary>No such constraint.</summary>
    public static IMigrationExpression NoConstraint(QualifiedName table, Identifier name) => new DeleteConstraintExpression(Model.ConstraintType.Unique)
    {
        Constraint = { ConstraintName = name.Name, SchemaName = Schema(table), TableName = table.Name },
    };

    // A migration for several databases names no schema in FluentMigrator's verbs; on PostgreSQL that is public. Others may have no such schema.
    private static string? Schema(QualifiedName table) => table.Schema == "public" ? null : table.Schema;

    private static Rule RuleOf(int action) => action switch
    {
        (int)OnDelete.Cascade => Rule.Cascade,
        (int)OnDelete.SetNull => Rule.SetNull,
        (int)OnDelete.SetDefault => Rule.SetDefault,
        _ => Rule.None,
    };

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Logger")]
    private static extern ILogger Logger(ProcessorBase processor);

    [LoggerMessage(Level = LogLevel.Warning, Message = "FluentMigrator's own runner runs '{Verb}' in its plain form: the application may have to wait.")]
    private static partial void RunsPlainly(ILogger logger, OnlineExpression verb);
}
