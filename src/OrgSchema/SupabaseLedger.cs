using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>The list that the Supabase command line keeps of what it has applied. Its <c>db push</c> refuses when a version there has no file, so both go together.</summary>
/// <remarks>https://supabase.com/docs/reference/cli/supabase-migration-list</remarks>
internal sealed class SupabaseLedger
{
    private readonly Job _job;
    private readonly ScriptFolder _folder;

    private SupabaseLedger(Job job, ScriptFolder folder) => (_job, _folder) = (job, folder);

    private const string Table = "supabase_migrations.schema_migrations";

    /// <summary>The list, if it was asked for. What would keep it from being written is told now: later migrations are applied, and it is not.</summary>
    /// <exception cref="RequestException">There is none in this database, or the files that belong to it cannot be written.</exception>
    public static async Task<SupabaseLedger?> OfAsync(Job job, CancellationToken cancellationToken)
    {
        if (job.Parsed.GetValue(CommonOptions.RecordSupabase) is not { } folder)
            return null;
        await using var connection = await job.Target.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT pg_catalog.to_regclass($1) IS NOT NULL", connection) { Parameters = { new() { Value = Table } } };
        if (await command.ExecuteScalarAsync(cancellationToken) is not true)
            throw new RequestException($"There is no {Table} in this database: the Supabase command line has never pushed to it.", "Leave out --record-supabase, or push a migration with it first.");
        var ledger = new SupabaseLedger(job, new ScriptFolder(folder.FullName));
        await using var migrator = job.Migrator();
        ledger._folder.EnsureWritable(await migrator.ScriptAsync(ScriptFormat.Supabase, record: false, cancellationToken));
        return ledger;
    }

    /// <summary>Makes the list and the files say what is applied now, whatever they said of our migrations before.</summary>
    /// <exception cref="SupabaseLedgerException">They do not, and the migrations stay applied.</exception>
    public async Task RecordAsync(Migrator migrator, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(migrator, cancellationToken);
        }
        catch (Exception e) when (e is RequestException or TargetException or NpgsqlException)
        {
            throw new SupabaseLedgerException($"{Table} does not list what is applied: {e.Message}", e);
        }
    }

    private async Task WriteAsync(Migrator migrator, CancellationToken cancellationToken)
    {
        var applied = (await migrator.StatusAsync(cancellationToken)).Applied;
        var files = (await migrator.ScriptAsync(ScriptFormat.Supabase, record: false, cancellationToken)).ToLookup(file => applied.Contains(file.Migration.Version));
        _folder.Write([.. files[true]]); // a file without a version would be pushed, and converge; a version without a file would stop every push
        await using (var connection = await _job.Target.OpenAsync(cancellationToken))
        {
            await using var command = new NpgsqlCommand(
                $"""
                SELECT pg_catalog.set_config('lock_timeout', '5s', true);
                DELETE FROM {Table} WHERE version = ANY (@gone);
                INSERT INTO {Table} (version, name, statements)
                SELECT v.version, v.name, ARRAY[v.sql] FROM unnest(@versions, @names, @sql) AS v (version, name, sql) ON CONFLICT (version) DO NOTHING
                """,
                connection);
            command.Parameters.AddWithValue("gone", files[false].Select(file => Split(file).Version).ToArray());
            command.Parameters.AddWithValue("versions", files[true].Select(file => Split(file).Version).ToArray());
            command.Parameters.AddWithValue("names", files[true].Select(file => Split(file).Name).ToArray());
            command.Parameters.AddWithValue("sql", files[true].Select(file => file.Sql).ToArray());
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        _folder.Delete([.. files[false]]);
    }

    private static (string Version, string Name) Split(ScriptFile file) =>
        Path.GetFileNameWithoutExtension(file.Name).Split('_', 2) is [var version, var name] ? (version, name) : throw new InvalidOperationException($"{file.Name} has no version.");
}

/// <summary>The Supabase command line's list was not written after migrations were.</summary>
public sealed class SupabaseLedgerException(string message, Exception innerException)
    : OnlineMigrationException(message, "Fix that, and run the same command again: it applies nothing twice, and writes the list.", innerException);
