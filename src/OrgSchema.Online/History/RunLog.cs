namespace OrgSchema.Online;

/// <summary>Who ran what, when, and how it ended. Written on the runner lock's connection, so that a failure is recorded, too.</summary>
internal sealed class RunLog(Session session, MigratorOptions options)
{
    private readonly QualifiedName _table = new(options.PrivateSchema, "run_log");

    public Task<long> StartAsync(KnownMigration migration, Direction direction, CancellationToken cancellationToken) => session.ScalarAsync<long>(
        $"""
        INSERT INTO {_table} (version, name, direction, transactional, operator, program, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
        """,
        cancellationToken,
        migration.Version,
        migration.Name,
        Text(direction),
        migration.Transactional,
        options.Operator,
        options.ApplicationName,
        migration.Phase == Phase.Contract ? options.ForceReason : null);

    public Task FinishAsync(long id, string outcome, LockPolicy policy, Execution execution, string? error, CancellationToken cancellationToken) => session.ExecuteAsync(
        $"""
        UPDATE {_table}
        SET finished_at = pg_catalog.clock_timestamp(), outcome = $2, attempts = $3, waited = $4, rows = $5, steps = $6, error = $7 WHERE id = $1
        """,
        cancellationToken,
        id,
        outcome,
        policy.Attempts,
        policy.Waited,
        execution.Rows,
        execution.Steps,
        error);

    /// <summary>Migrations whose last run has left them between two steps, and in which direction that run went.</summary>
    public async Task<IReadOnlyDictionary<long, Direction>> UnfinishedAsync(CancellationToken cancellationToken) =>
        await session.ScalarAsync<bool>(Catalog.TableExists(_table), cancellationToken)
            ? (await session.QueryAsync(
                // The version table is written last: a version that agrees with the direction was finished, whatever the log says.
                $"""
                -- unfinished migrations
                SELECT l.version, l.direction
                FROM (SELECT DISTINCT ON (version) version, direction, outcome, transactional, steps FROM {_table} ORDER BY version, id DESC) AS l
                LEFT JOIN {options.PrivateSchema}.schema_version AS v ON v.version = l.version
                WHERE NOT l.transactional AND l.outcome IS DISTINCT FROM '{Done}' AND l.steps IS DISTINCT FROM 0 AND (v.version IS NULL) = (l.direction = '{Text(Direction.Up)}')
                """,
                row => (Version: row.GetInt64(0), Direction: row.GetString(1) == Text(Direction.Up) ? Direction.Up : Direction.Down),
                cancellationToken)).ToDictionary(row => row.Version, row => row.Direction)
            : new Dictionary<long, Direction>();

    public const string Done = "done";

    private static string Text(Direction direction) => direction == Direction.Up ? "up" : "down";
}
