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
            var failure = await TryAsync($"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} LIMIT 1", role: null, cancellationToken);
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

    /// <summary>Has the server plan what the roles of the API do with tables that have new policies.</summary>
    private async Task<List<TracedFinding>> PoliciesAsync(ApiSurface api, CancellationToken cancellationToken)
    {
        List<TracedFinding> found = [];
        foreach (var policies in after.Policies.Where(policy => before.Policies.All(other => other.Id != policy.Id)).GroupBy(policy => policy.Table))
        {
            var table = after.Tables[policies.Key].Name;
            foreach (var role in api.Roles)
            {
                if (await RecursesAsync(table, role, cancellationToken) is not { } verb)
                    continue;
                found.Add(FindingCatalog.PolicyReadsItsTable.Found(
                    $"{verb} on {table} fails for {role}: its policies ({string.Join(", ", policies.Select(policy => policy.Name).Order())}) lead back to it",
                    traced.FirstOrDefault(statement => statement.After?.Policies.Any(policy => policies.Any(other => other.Id == policy.Id)) == true)));
                break; // once is enough
            }
        }

        return found;
    }

    private async Task<string?> RecursesAsync(string table, string role, CancellationToken cancellationToken)
    {
        foreach (var (verb, sql) in new[] { ("SELECT", $"SELECT * FROM {table}"), ("INSERT", $"INSERT INTO {table} DEFAULT VALUES"), ("DELETE", $"DELETE FROM {table}") })
        {
            if (await TryAsync($"EXPLAIN {sql}", role, cancellationToken) is { SqlState: PostgresErrorCodes.InvalidObjectDefinition })
                return verb;
        }

        return null;
    }

    private async Task<PostgresException?> TryAsync(string sql, string? role, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            if (role is not null)
            {
                await using var become = new NpgsqlCommand("SELECT pg_catalog.set_config('role', $1, true), pg_catalog.set_config('row_security', 'on', true)", connection) { Parameters = { new() { Value = role } } };
                await become.ExecuteNonQueryAsync(cancellationToken);
            }

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
