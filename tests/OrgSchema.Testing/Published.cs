using FluentMigrator.Infrastructure;
using Npgsql;
using OrgSchema.Online;

namespace OrgSchema.Testing;

/// <summary>The statements that a migration's verbs publish, and what is left when only the first of them have run.</summary>
public static class Published
{
    /// <summary>The statements of one direction, in order.</summary>
    public static IReadOnlyList<SqlStatement> Statements(Type migration, Direction direction, int serverMajor)
    {
        var body = (OnlineMigration)Activator.CreateInstance(migration)!;
        var version = KnownMigration.In([migration])[0].Version;
        var context = new MigrationContext(querySchema: null, serviceProvider: null, connection: "");
        if (direction == Direction.Up)
            body.GetUpExpressions(context);
        else
            body.GetDownExpressions(context);
        return [.. context.Expressions.Cast<OnlineExpression>().SelectMany(expression => expression.Statements(new StepContext(serverMajor, version, direction, "orgschema")))];
    }

    /// <summary>Runs the first statements by hand, each under its condition, as a run that was killed after them has.</summary>
    public static async Task RunFirstAsync(this TestDatabase database, int count, Type migration, Direction direction)
    {
        await using var connection = await database.OpenAsync();
        foreach (var statement in Statements(migration, direction, connection.PostgreSqlVersion.Major).Take(count))
            await connection.RunAsync(statement);
    }

    /// <summary>Runs all statements by hand, and tells what the server says of those that have some words: also whether it reads a table.</summary>
    public static async Task<(string Statements, IReadOnlyList<string> Notices)> ListenAsync(this TestDatabase database, Type migration, string words)
    {
        await using var connection = await database.OpenAsync();
        var (done, notices) = (new List<string>(), new List<string>());
        connection.Notice += (_, told) => notices.Add(told.Notice.MessageText);
        foreach (var statement in Statements(migration, Direction.Up, connection.PostgreSqlVersion.Major))
        {
            var isTold = statement.Sql.Contains(words, StringComparison.Ordinal);
            await connection.ExecuteAsync($"SET client_min_messages = {(isTold ? "debug1" : "error")}");
            await connection.RunAsync(statement);
            if (isTold)
                done.Add(statement.Sql);
        }

        return (string.Join('\n', done), notices);
    }

    /// <summary>Runs a statement under its condition.</summary>
    public static async Task RunAsync(this NpgsqlConnection connection, SqlStatement statement)
    {
        if (statement.Needs is not null && !await connection.ScalarAsync<bool>(statement.Needs))
            return;
        if (statement.OnlyIf is null || await connection.ScalarAsync<bool>(statement.OnlyIf))
            await connection.ExecuteAsync(statement.Sql);
    }
}
