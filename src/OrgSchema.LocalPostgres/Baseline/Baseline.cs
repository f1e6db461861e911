using Npgsql;

namespace OrgSchema.LocalPostgres;

/// <summary>
/// A stand-in for the live database as it is before the first migration: the platform's roles, privileges and
/// <c>auth</c>, the application's tables, and rows as production has them. For PostgreSQL 15 to 18.
/// </summary>
public static class Baseline
{
    /// <summary>The role that migrates. Not a superuser, does not own <c>auth.users</c>; owns the database.</summary>
    public const string MigratingRole = "postgres";

    /// <summary>The role the application logs in as, to SET ROLE to <c>anon</c>, <c>authenticated</c> or <c>service_role</c>.</summary>
    public const string LoginRole = "authenticator";

    private static readonly string[] DatabaseScripts = ["platform.sql", "application.sql", "rows.sql"];

    /// <summary>Creates the roles, which all databases of a server share. Safe to run again, and by several at once.</summary>
    /// <param name="superuserConnectionString">Its password becomes that of <see cref="MigratingRole"/> and <see cref="LoginRole"/> too.</param>
    /// <param name="cancellationToken">Ends it; nothing is changed then.</param>
    /// <exception cref="LocalPostgresException">The server cannot hold them, or cannot be reached.</exception>
    public static Task CreateRolesAsync(string superuserConnectionString, CancellationToken cancellationToken = default) =>
        TellAsync("The roles of the platform could not be created", async () =>
        {
            var superuser = new NpgsqlConnectionStringBuilder(superuserConnectionString);
            await using var connection = await OpenAsync(superuserConnectionString, superuser.Database ?? "postgres", cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

            // The password must not end up in the log of a server that logs statements, or failed ones.
            await RunAsync(connection, "SET LOCAL log_statement = 'none'; SET LOCAL log_min_duration_statement = -1; SET LOCAL log_min_error_statement = 'panic'", cancellationToken);
            await SetAsync(connection, "orgschema.password", superuser.Password ?? "postgres", cancellationToken);
            await RunAsync(connection, Script("roles.sql"), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        });

    /// <summary>Creates the roles and the database. A database of that name is dropped first, whoever uses it.</summary>
    /// <param name="superuserConnectionString">A superuser that is not called <c>postgres</c>, in any other database.</param>
    /// <param name="databaseName">The database to create. It has that name only once it is complete.</param>
    /// <param name="regime">Which default privileges it has. Default: those of production.</param>
    /// <param name="cancellationToken">Ends it; a database that is not complete is left under another name, and dropped by the next call.</param>
    /// <exception cref="LocalPostgresException">The server cannot hold it, or cannot be reached.</exception>
    public static async Task CreateAsync(string superuserConnectionString, string databaseName, GrantRegime regime = GrantRegime.Automatic, CancellationToken cancellationToken = default)
    {
        await CreateRolesAsync(superuserConnectionString, cancellationToken);
        await TellAsync($"The database \"{databaseName}\" could not be created", async () =>
        {
            var partialName = $"{databaseName}_partial";
            await using var server = await OpenAsync(superuserConnectionString, null, cancellationToken);
            await RunAsync(server, $"DROP DATABASE IF EXISTS {Quoted(partialName)} WITH (FORCE)", cancellationToken);
            await RunAsync(server, $"CREATE DATABASE {Quoted(partialName)} OWNER {MigratingRole} TEMPLATE template0", cancellationToken);
            await using (var database = await OpenAsync(superuserConnectionString, partialName, cancellationToken))
            {
                await SetAsync(database, "orgschema.grant_regime", regime.ToString(), cancellationToken);
                foreach (var script in DatabaseScripts)
                    await RunAsync(database, Script(script), cancellationToken);
            }

            await RunAsync(server, Settings(partialName), cancellationToken);
            await RunAsync(server, $"DROP DATABASE IF EXISTS {Quoted(databaseName)} WITH (FORCE)", cancellationToken);
            await RunAsync(server, $"ALTER DATABASE {Quoted(partialName)} RENAME TO {Quoted(databaseName)}", cancellationToken);
        });
    }

    /// <summary>Copies a database that nobody is connected to, with the owner and the settings that a plain copy loses.</summary>
    /// <param name="superuserConnectionString">As for <see cref="CreateAsync"/>.</param>
    /// <param name="template">The database to copy.</param>
    /// <param name="databaseName">The new database.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LocalPostgresException">Somebody is connected to the template, or the name is taken.</exception>
    public static Task CloneAsync(string superuserConnectionString, string template, string databaseName, CancellationToken cancellationToken = default) =>
        TellAsync($"The database \"{template}\" could not be copied to \"{databaseName}\"", async () =>
        {
            await using var server = await OpenAsync(superuserConnectionString, null, cancellationToken);
            // On a server without fsync a copy of the files takes less than their way through the WAL, which is the default.
            await RunAsync(server, $"CREATE DATABASE {Quoted(databaseName)} OWNER {MigratingRole} TEMPLATE {Quoted(template)} STRATEGY file_copy", cancellationToken);
            await RunAsync(server, Settings(databaseName), cancellationToken);
        });

    /// <summary>Kept in pg_database and pg_db_role_setting, not in the database: https://www.postgresql.org/docs/current/manage-ag-templatedbs.html</summary>
    private static string Settings(string database) => $"""
        -- baseline: settings of the database
        GRANT ALL ON DATABASE {Quoted(database)} TO {MigratingRole};
        ALTER DATABASE {Quoted(database)} SET statement_timeout = '2min'
        """;

    private static async Task<NpgsqlConnection> OpenAsync(string superuserConnectionString, string? database, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlConnectionStringBuilder(superuserConnectionString) { Pooling = false, CommandTimeout = 0 };
        if (database is not null)
            builder.Database = database;
        var connection = new NpgsqlConnection(builder.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task SetAsync(NpgsqlConnection connection, string name, string value, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_catalog.set_config($1, $2, false)", connection) { Parameters = { new() { Value = name }, new() { Value = value } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task TellAsync(string what, Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (PostgresException failure)
        {
            throw new LocalPostgresException($"{what}: {failure.MessageText}{(failure.Hint is { } hint ? $". {hint}" : "")}", failure);
        }
        catch (NpgsqlException failure) // no connection
        {
            throw new LocalPostgresException($"{what}: {failure.GetBaseException().Message}", failure);
        }
    }

    private static string Quoted(string identifier) => new NpgsqlCommandBuilder().QuoteIdentifier(identifier);

    private static string Script(string name)
    {
        using var reader = new StreamReader(typeof(Baseline).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
