namespace OrgSchema.Online;

/// <summary>Who ran what, when, and how it ended. Written on the runner lock's connection, so that a failure is recorded, too.</summary>
internal sealed class RunLog(Session session, MigratorOptions options)
{
    private readonly QualifiedName _table = In(options.PrivateSchema);

    public static QualifiedName In(string schema) => PrivateTable.RunLog(schema);

    /// <summary>Whether this toolkit has run on a database before.</summary>
    public static async Task<bool> HasEntriesAsync(Session session, string schema, CancellationToken cancellationToken) =>
        await session.ScalarAsync<bool>(Catalog.TableExists(In(schema)), cancellationToken)
            && await session.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM {In(schema)})", cancellationToken);

    public Task<long> StartAsync(CompiledMigration compiled, CancellationToken cancellationToken) => session.ScalarAsync<long>(
        $"""
        INSERT INTO {_table} (version, name, direction, transactional, operator, program, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
        """,
        cancellationToken,
        compiled.Migration.Version,
        compiled.Migration.Name,
        Text(compiled.Context.Direction),
        compiled.IsTransactional,
        options.Operator,
        options.Program ?? options.ApplicationName,
        ReasonOf(compiled));

    private string? ReasonOf(CompiledMigration compiled)
    {
        string?[] reasons =
        [
            compiled.Migration.Phase == Phase.Contract ? options.ForceReason : null,
            compiled.Migration.UnsafeReason,
            .. compiled.Statements.Select(statement => statement.UnsafeReason).Distinct(),
            compiled.Findings.Count > 0 ? options.UnsafeReason : null,
        ];
        return reasons.OfType<string>().ToList() is { Count: > 0 } given ? string.Join("; ", given) : null;
    }

    /// <summary>The statement that notes a migration whose result was found there.</summary>
    public string Adopted(KnownMigration migration) => $"""
        INSERT INTO {_table} (version, name, direction, transactional, finished_at, outcome, operator, program)
        VALUES ({migration.Version}, {Literal.Of(migration.Name)}, '{Text(Direction.Up)}', true, pg_catalog.clock_timestamp(), '{FoundThere}', {Literal.Of(options.Operator)}, {Literal.Of(options.Program ?? options.ApplicationName)})
        """;

    public Task FinishAsync(
        long id, string outcome, LockAccount locks, long rows, int steps, string? error, CancellationToken cancellationToken) => session.ExecuteAsync(
        $"""
        UPDATE {_table}
        SET finished_at = pg_catalog.clock_timestamp(), outcome = $2, attempts = $3, waited = $4, rows = $5, steps = $6, error = $7 WHERE id = $1
        """,
        cancellationToken,
        id,
        outcome,
        locks.Attempts,
        locks.Waited,
        rows,
        steps,
        error);

    /// <summary>The last entries, newest first. None if there is no log yet.</summary>
    public async Task<IReadOnlyList<RunLogEntry>> LastAsync(int count, CancellationToken cancellationToken) =>
        await session.ScalarAsync<bool>(Catalog.TableExists(_table), cancellationToken)
            ? await session.QueryAsync(
                $"""
                SELECT version, name, direction, started_at, finished_at - started_at, outcome, attempts, waited, rows, error, role::text, operator, program, reason
                FROM {_table} ORDER BY id DESC LIMIT $1
                """,
                row => new RunLogEntry(
                    row.GetInt64(0),
                    row.GetString(1),
                    DirectionOf(row.GetString(2)),
                    row.GetDateTime(3),
                    row.IsDBNull(4) ? null : row.GetTimeSpan(4),
                    row.IsDBNull(5) ? null : row.GetString(5),
                    row.IsDBNull(6) ? null : row.GetInt32(6),
                    row.IsDBNull(7) ? null : row.GetTimeSpan(7),
                    row.IsDBNull(8) ? null : row.GetInt64(8),
                    row.IsDBNull(9) ? null : row.GetString(9),
                    row.GetString(10),
                    row.GetString(11),
                    row.GetString(12),
                    row.IsDBNull(13) ? null : row.GetString(13)),
                cancellationToken,
                count)
            : [];

    /// <summary>The query for migrations whose last run has left them between two steps, and for the direction of that run.</summary>
    // The version table is written last: a version that agrees with the direction was finished, whatever the log says.
    public static string Unfinished(string schema) => $"""
        -- unfinished migrations
        SELECT l.version, l.direction
        FROM (
            -- the last run that can have changed something
            SELECT DISTINCT ON (version) version, direction, outcome FROM {In(schema)}
            WHERE outcome IN ('{Done}', '{FoundThere}') OR NOT transactional AND steps IS DISTINCT FROM 0
            ORDER BY version, id DESC
        ) AS l
        LEFT JOIN {VersionTable.In(schema)} AS v ON v.version = l.version
        WHERE l.outcome IS DISTINCT FROM '{Done}' AND l.outcome IS DISTINCT FROM '{FoundThere}' AND (v.version IS NULL) = (l.direction = '{Text(Direction.Up)}')
        """;

    public static Direction DirectionOf(string text) => text == Text(Direction.Up) ? Direction.Up : Direction.Down;

    public const string Done = "done";

    private const string FoundThere = "found there";

    private static string Text(Direction direction) => direction == Direction.Up ? "up" : "down";
}
