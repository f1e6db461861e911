using Npgsql;

namespace OrgSchema.Online;

/// <summary>One connection of ours, with everything pinned that a statement of ours depends on.</summary>
internal sealed class Session : IAsyncDisposable
{
    // Npgsql's 30 s would cancel a long VALIDATE or index build; the server's limits are pinned.
    private const int NoTimeout = 0;

    private readonly List<string> _told = [];
    // The workers of a backfill and who watches a statement ask over one connection: the runner lock's.
    private readonly SemaphoreSlim _turn = new(1);

    private Session(NpgsqlConnection connection)
    {
        Connection = connection;
        Connection.Notice += (_, e) =>
        {
            if (e.Notice.InvariantSeverity == "INFO")
                _told.Add(e.Notice.MessageText);
        };
    }

    public NpgsqlConnection Connection { get; }

    public int ServerMajor => Connection.PostgreSqlVersion.Major;

    /// <summary>The backend that serves this session. Behind a pooler it is not the one that Npgsql was told of.</summary>
    public int ProcessId { get; private set; }

    /// <summary>Whether version table and run log were there when it was opened.</summary>
    public bool HasHistory { get; private set; }

    /// <summary>What the author's statements run with.</summary>
    public AuthorsSettings Authors { get; private set; } = null!;

    /// <summary>Opens an unpooled session and pins its settings.</summary>
    /// <param name="options">Where, and what is pinned.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <param name="readOnly">Whether nothing can be changed through it, from its first command on.</param>
    /// <exception cref="TargetException">The server cannot be reached or refuses the login.</exception>
    public static async Task<Session> OpenAsync(MigratorOptions options, CancellationToken cancellationToken, bool readOnly = false)
    {
        var target = OneConnection.To(options.DataSource?.ConnectionString ?? options.ConnectionString);
        if (target.Multiplexing)
            throw new TargetException("The data source multiplexes: its sessions do not keep a lock or a setting.", "Give a data source without Multiplexing.");
        target.ApplicationName = options.ApplicationName;
        target.CommandTimeout = NoTimeout;
        target.IncludeErrorDetail = true;
        target.KeepAlive = 15;
        target.MaxAutoPrepare = 0;
        target.TcpKeepAlive = true;
        NpgsqlConnection? connection = null;
        try
        {
            connection = await ConnectAsync();
            var session = new Session(connection);
            await session.PinAsync(options, readOnly, connection.ProcessID, cancellationToken);
            if (session.ProcessId != connection.ProcessID)
            {
                await Pooler.EnsureSessionsStickAsync(session, ConnectAsync, cancellationToken);
                await session.PinAsync(options, readOnly, session.ProcessId, cancellationToken);
            }

            return session;
        }
        catch (Exception e)
        {
            if (connection is not null)
                await connection.DisposeAsync();
            if (ConnectionFailure.Explain(e, target) is { } explained)
                throw explained;
            throw;
        }

        Task<NpgsqlConnection> ConnectAsync() =>
            options.DataSource?.OpenConnectionAsync(cancellationToken).AsTask() ?? OneConnection.OpenAsync(target, cancellationToken);
    }

    /// <summary>How many statements of its text were completed before the one that failed; null: not known.</summary>
    public static int? CompletedBefore(PostgresException failure) => failure.Data[nameof(CompletedBefore)] as int?;

    /// <summary>What statements have told with RAISE INFO since the last time: lines for people.</summary>
    public IReadOnlyList<string> Told()
    {
        string[] told = [.. _told];
        _told.Clear();
        return told;
    }

    public Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params object?[] values) =>
        InTurnAsync(sql, values, command => command.ExecuteNonQueryAsync(cancellationToken), cancellationToken);

    public Task<T?> ScalarAsync<T>(string sql, CancellationToken cancellationToken, params object?[] values) =>
        InTurnAsync(sql, values, async command => await command.ExecuteScalarAsync(cancellationToken) is T value ? value : default, cancellationToken);

    public Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object?[] values) => InTurnAsync(
        sql,
        values,
        async command =>
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellationToken))
                rows.Add(read(reader));
            return rows;
        },
        cancellationToken);

    /// <summary>Runs what an author has written, or a question about it, with the settings of role, database and connection string.</summary>
    public async Task AsAuthorAsync(Func<Task> run)
    {
        if (Authors.Set(theirs: true, local: false) is not { } settings)
        {
            await run();
            return;
        }

        await ExecuteAsync(settings, CancellationToken.None);
        try
        {
            await run();
        }
        finally
        {
            if (Connection.State == System.Data.ConnectionState.Open)
                await ExecuteAsync(Authors.Set(theirs: false, local: false)!, CancellationToken.None);
        }
    }

    /// <summary>Ends a transaction that has failed. A connection that is lost has none.</summary>
    public async Task RollBackAsync()
    {
        if (Connection.State == System.Data.ConnectionState.Open)
            await ExecuteAsync("ROLLBACK", CancellationToken.None);
    }

    /// <inheritdoc cref="UseAsync{T}"/>
    public static Task UseAsync(Func<Task> use, params Session[] sessions) => UseAsync(
        async () =>
        {
            await use();
            return true;
        },
        sessions);

    /// <summary>Uses sessions, and tells one that was closed under our hands from a mistake of ours: Npgsql calls both an invalid operation.</summary>
    /// <exception cref="NpgsqlException">One of them was closed.</exception>
    public static async Task<T> UseAsync<T>(Func<Task<T>> use, params Session[] sessions)
    {
        try
        {
            return await use();
        }
        catch (InvalidOperationException e) when (e is not ObjectDisposedException && sessions.Any(session => session.Connection.State != System.Data.ConnectionState.Open))
        {
            throw new NpgsqlException("The connection was closed by the server.", new IOException(e.Message, e));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        _turn.Dispose();
    }

    private async Task<T> InTurnAsync<T>(string sql, object?[] values, Func<NpgsqlCommand, Task<T>> ask, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await using var command = new NpgsqlCommand(sql, Connection) { CommandTimeout = NoTimeout };
            foreach (var value in values)
                command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
            return await CountedAsync(command, ask);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static async Task<T> CountedAsync<T>(NpgsqlCommand command, Func<NpgsqlCommand, Task<T>> ask)
    {
        try
        {
            return await ask(command);
        }
        catch (PostgresException e)
        {
#pragma warning disable CS0618 // A batch would have to be told where the statements of an author's text end.
            e.Data[nameof(CompletedBefore)] = command.Statements.TakeWhile(statement => statement.StatementType != StatementType.Unknown).Count();
#pragma warning restore CS0618
            throw;
        }
    }

    // A pooler in transaction mode gives the backend to somebody else afterwards, with our settings: so they are set only on the
    // backend that this connection was told of at login. With another one there is a pooler in between, and nothing was set.
    private async Task PinAsync(MigratorOptions options, bool readOnly, int processId, CancellationToken cancellationToken) =>
        (ProcessId, HasHistory, Authors) = (await QueryAsync(
            Pin(options, readOnly, processId),
            row => (row.GetInt32(0), row.GetBoolean(1), AuthorsSettings.Of(row.GetFieldValue<string[]>(2), options)),
            cancellationToken))[0];

    // pg_settings tells which of them this version of the server has; one that it lacks is left out.
    // The timeout of an idle transaction and the keepalives are for a client that is cut off in the middle of one: its locks
    // must not stay until the server's own keepalives, two hours by default, find out.
    // row_security = off: a policy that would hide rows from us is an error then, not a backfill that silently skips them.
    // No parallel workers: a validation or an index build may take one core from the application, not all.
    // default_transaction_read_only is not among them: a platform turns it on when the disk is full, and that is to be obeyed.
    private static string Pin(MigratorOptions options, bool readOnly, int processId)
    {
        // A data source has a name of its own for its sessions.
        var name = options.DataSource is null ? "" : Set("application_name", options.ApplicationName);
        return $"""
            -- pin session settings
            SELECT pg_catalog.pg_backend_pid(), ({PrivateTable.HasHistory(options.PrivateSchema)}), {AuthorsSettings.Theirs(options)}
                   {name}{(readOnly ? Set("default_transaction_read_only", "on") : "")};
            SELECT {Settings(options)}
            WHERE pg_catalog.pg_backend_pid() = {processId}
            """;

        string Set(string setting, string value) =>
            $", CASE WHEN pg_catalog.pg_backend_pid() = {processId} THEN pg_catalog.set_config('{setting}', {Literal.Of(value)}, false) END";
    }

    /// <summary>Sets them, after SELECT or PERFORM.</summary>
    internal static string Settings(MigratorOptions options) => $"""
        pg_catalog.set_config(s.name, v.value, false)
        FROM (VALUES
            {AuthorsSettings.Ours(options)},
            ('statement_timeout', '0'),
            ('lock_timeout', '{options.LockTimeout.TotalMilliseconds:0}'),
            ('idle_in_transaction_session_timeout', '5s'),
            ('idle_session_timeout', '0'),
            ('transaction_timeout', '0'),
            ('client_connection_check_interval', '1s'),
            ('tcp_keepalives_idle', '10'),
            ('tcp_keepalives_interval', '5'),
            ('tcp_keepalives_count', '3'),
            ('client_min_messages', 'warning'),
            ('jit', 'off'),
            ('max_parallel_workers_per_gather', '0'),
            ('max_parallel_maintenance_workers', '0')
        ) AS v (name, value)
        JOIN pg_catalog.pg_settings AS s ON s.name = v.name
        """;
}
