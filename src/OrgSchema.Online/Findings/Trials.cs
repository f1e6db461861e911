using Npgsql;

namespace OrgSchema.Online;

/// <summary>Findings of what is tried on the database and taken back.</summary>
internal sealed class Trials(NpgsqlConnection connection, SchemaState before, SchemaState after, IReadOnlyList<TracedStatement> traced)
{
    public async Task<IReadOnlyList<TracedFinding>> AllAsync(ApiSurface api, CancellationToken cancellationToken) =>
        [.. await InsertsAsync(cancellationToken), .. await PoliciesAsync(api, cancellationToken)];

    /// <summary>Inserts rows as somebody would who knows the columns of before, and leaves out those that needed no value then.</summary>
    private async Task<List<TracedFinding>> InsertsAsync(CancellationToken cancellationToken)
    {
        List<TracedFinding> found = [];
        foreach (var column in after.Columns.Where(column => column.IsRequired && IsNew(column)))
        {
            var named = before.Columns.Where(other => other.Table == column.Table && other.Number != column.Number && other.CanBeGiven && after.Columns.Any(now => now.Table == other.Table && now.Number == other.Number)).ToList();
            if (named.Count == 0)
                continue;
            var (table, columns) = (after.Tables[column.Table].Name, string.Join(", ", named.Select(other => after.Columns.First(now => now.Table == other.Table && now.Number == other.Number).Quoted)));
            var failure = await TryAsync($"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} LIMIT 1", cancellationToken);
            if (failure is { SqlState: PostgresErrorCodes.NotNullViolation } && failure.ColumnName == column.Name)
            {
                found.Add(FindingCatalog.RequiredColumnBreaksInserts.Found(
                    $"An INSERT into {table} that does not name {column.Name} fails",
                    traced.FirstOrDefault(statement => statement.After?.Columns.Any(now => now.Table == column.Table && now.Number == column.Number && now.IsRequired) == true)));
            }
        }

        return found;
    }

    private bool IsNew(StateColumn column) =>
        before.Tables.ContainsKey(column.Table) && !before.Columns.Any(other => other.Table == column.Table && other.Number == column.Number && other.IsRequired);

    /// <summary>Asks the policies of tables that have new ones.</summary>
    private async Task<List<TracedFinding>> PoliciesAsync(ApiSurface api, CancellationToken cancellationToken)
    {
        var policies = after.Policies.Where(policy => before.Policies.All(other => other.Id != policy.Id)).ToList();
        if (policies.Count == 0)
            return [];
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var trial = await PolicyTrial.RunAsync(connection, api.Roles, api.Schemas, api.Trusted, cancellationToken);
        await transaction.RollbackAsync(CancellationToken.None);
        return
        [
            .. from failure in trial.Failures
               where failure.SqlState == PostgresErrorCodes.InvalidObjectDefinition
               group failure by failure.Table into failures
               let blamed = policies.Where(policy => after.Tables[policy.Table].Name == failures.Key).ToList()
               where blamed.Count > 0
               select FindingCatalog.PolicyReadsItsTable.Found(
                   $"{failures.First().Command} on {failures.Key} fails for {failures.First().Role}: {failures.First().Message}",
                   traced.FirstOrDefault(statement => statement.After?.Policies.Any(policy => blamed.Any(other => other.Id == policy.Id)) == true)),
        ];
    }

    private async Task<PostgresException?> TryAsync(string sql, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
            return null;
        }
        catch (PostgresException e)
        {
            return e;
        }
        finally
        {
            await transaction.RollbackAsync(CancellationToken.None);
        }
    }
}
