using Npgsql;

namespace OrgSchema.Online;

/// <summary>Runs files of SQL on a throw-away database, statement by statement, and finds what is wrong with them.</summary>
/// <param name="connectionString">The database, as the role that would run the files. Its big tables should have <see cref="TraceFindings.Many"/> rows and statistics.</param>
/// <param name="api">What is exposed. Default: as on Supabase.</param>
public sealed class SqlLint(string connectionString, ApiSurface? api = null)
{
    private const string Savepoint = "orgschema_lint";

    private readonly MigratorOptions _options = new() { ConnectionString = connectionString, Migrations = [] };
    private readonly List<TracedStatement> _traced = [];

    // By reference: two statements may be on a line, and a file may be run twice.
    private readonly Dictionary<FilePlace, SchemaState> _states = new(ReferenceEqualityComparer.Instance);

    /// <summary>Runs them one after the other, as psql would: a statement that fails is a finding, and the next one runs all the same.</summary>
    /// <param name="files">The files.</param>
    /// <param name="singleTransaction">Whether each file is one transaction, as some tools run them, although it does not say so.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="RequestException">A file has what the server cannot be sent.</exception>
    public async Task<IReadOnlyList<TracedFinding>> RunAsync(IReadOnlyList<SqlFile> files, bool singleTransaction, CancellationToken cancellationToken)
    {
        var split = files.Select(file => file.Statements()).ToList();
        await using var session = await Session.OpenAsync(_options, cancellationToken);
        // Files run with the settings of the database and the role, not with ours; but what a parallel worker scans is not told.
        await session.ExecuteAsync("RESET ALL; SET max_parallel_workers_per_gather = 0; SET max_parallel_maintenance_workers = 0; SET client_min_messages = warning", cancellationToken);
        var before = await SchemaState.ReadAsync(session.Connection, api, cancellationToken);
        await using var trace = new LockTrace(session, _options, _traced.Add);
        foreach (var file in split)
            await RunAsync(session, trace, file, singleTransaction, cancellationToken);
        List<FilePlace> order = [.. split.SelectMany(file => file).Select(statement => statement.Place)];
        return await TraceFindings.FindAsync(
            session.Connection,
            before,
            [.. _traced.Select(statement => statement with { After = _states.GetValueOrDefault(statement.Place!) }).OrderBy(statement => order.FindIndex(place => ReferenceEquals(place, statement.Place)))],
            api,
            cancellationToken);
    }

    private async Task RunAsync(Session session, LockTrace trace, IReadOnlyList<FileStatement> statements, bool singleTransaction, CancellationToken cancellationToken)
    {
        if (singleTransaction)
            await trace.SendAsync([TextPart.Begin], cancellationToken);
        var isOpen = singleTransaction;
        foreach (var statement in statements)
        {
            trace.Template = new TracedStatement(statement.Sql) { Place = statement.Place };
            try
            {
                if (statement.Begins || statement.Ends)
                    isOpen = singleTransaction || await BeginOrEndAsync(trace, statement, isOpen, cancellationToken);
                else if (!isOpen)
                    await trace.RunAsync(new SqlStatement(statement.Sql), record: null, cancellationToken);
                else if (statement.IsSavepoint)
                    await trace.SendAsync([new TextPart(statement.Sql, PartKind.Ours)], cancellationToken);
                else
                    await trace.SendAsync([new TextPart($"SAVEPOINT {Savepoint}", PartKind.Ours), new TextPart(statement.Sql), new TextPart($"RELEASE SAVEPOINT {Savepoint}", PartKind.Ours)], cancellationToken);
            }
            catch (PostgresException e)
            {
                _traced.Add(trace.Template with { Failure = new TracedFailure(e.SqlState, e.MessageText) });
                if (isOpen)
                    isOpen = await GoOnAsync(session, trace, cancellationToken);
            }

            _states[statement.Place] = await SchemaState.ReadCatalogAsync(session.Connection, api, cancellationToken);
        }

        if (isOpen)
            await trace.SendAsync([TextPart.Commit], cancellationToken);
    }

    private static async Task<bool> BeginOrEndAsync(LockTrace trace, FileStatement statement, bool isOpen, CancellationToken cancellationToken)
    {
        if (statement.Begins != isOpen) // a second BEGIN, or an END of nothing, is a warning of the server's
            await trace.SendAsync([new TextPart(statement.Sql, statement.Begins ? PartKind.Begin : PartKind.Commit)], cancellationToken);
        return statement.Begins;
    }

    /// <summary>Takes a failed statement back, and the rest of its transaction only if there is no other way.</summary>
    /// <returns>Whether the transaction is still open.</returns>
    private static async Task<bool> GoOnAsync(Session session, LockTrace trace, CancellationToken cancellationToken)
    {
        try
        {
            await session.ExecuteAsync($"ROLLBACK TO SAVEPOINT {Savepoint}; RELEASE SAVEPOINT {Savepoint}", cancellationToken);
            return true;
        }
        catch (PostgresException)
        {
            await session.ExecuteAsync("ROLLBACK", cancellationToken);
            trace.Forget();
            return false;
        }
    }
}
