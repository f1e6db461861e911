using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;
using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary>What tells one database from another.</summary>
/// <param name="System">The server's system identifier, made by initdb; null where this role may not read it.</param>
/// <param name="Database">Its name.</param>
/// <param name="Host">Where it was reached: host and port.</param>
/// <param name="Project">The reference of its Supabase project, which is in the host or, at a pooler, in the user's name; null elsewhere.</param>
/// <param name="Timeline">The server's timeline, which a restore and a promotion change; null where this role may not read it.</param>
public sealed partial record TargetIdentity(string? System, string Database, string Host, string? Project = null, int? Timeline = null)
{
    /// <summary>
    /// Whether both are surely the same database. A restored backup has its origin's identifier: it is another host's, or on
    /// another timeline. One pooler has many projects, and one project many hosts: so a project's reference goes before all.
    /// </summary>
    public bool IsSameAs(TargetIdentity other) => Database == other.Database && (
        Project is not null && other.Project is not null
            ? Project == other.Project
            : Host == other.Host && (System is null || other.System is null || (System, Timeline) == (other.System, other.Timeline)));

    /// <summary>Whether both may be the same by other ways, or one a physical copy of the other: the server's identifier is that of its initdb.</summary>
    public bool MayBe(TargetIdentity other) => Database == other.Database && System is not null && System == other.System;

    /// <summary>Name, host and identifier.</summary>
    public override string ToString() => $"{Database} at {Host}"
        + (Project is not null ? $" (project {Project})" : System is not null ? $" (system {System}, timeline {Timeline})" : "");

    /// <summary>The reference in <c>db.REF.supabase.co</c> or in the user <c>postgres.REF</c> of a pooler; null if there is none.</summary>
    /// <remarks>https://supabase.com/docs/guides/database/connecting-to-postgres</remarks>
    public static string? ProjectOf(string? host, string? user) =>
        new[] { DirectHost().Match(host ?? ""), PoolerUser().Match(host?.EndsWith(".pooler.supabase.com", StringComparison.OrdinalIgnoreCase) == true ? user ?? "" : "") }
            .FirstOrDefault(match => match.Success)?.Groups["project"].Value;

    [GeneratedRegex(@"^db\.(?<project>[a-z0-9]+)\.supabase\.(co|in|red)$", RegexOptions.IgnoreCase)]
    private static partial Regex DirectHost();

    [GeneratedRegex(@"\.(?<project>[a-z0-9]+)$")]
    private static partial Regex PoolerUser();
}

/// <summary>
/// Which databases each configuration has migrated, in <c>orgschema.targets.json</c> beside the configuration: a URL
/// left over in a shell should not give one environment's organization to another's database.
/// </summary>
internal sealed class TargetMemory
{
    private const string FileName = "orgschema.targets.json";

    private readonly string _file;
    private readonly string _configuration;
    // One database has several names, and a standby takes over: each is asked about once.
    private const int Remembered = 20;

    private readonly Dictionary<string, List<TargetIdentity>> _known;
    private TargetIdentity? _confirmed;

    private TargetMemory(string configuration)
    {
        _configuration = Path.GetFileName(configuration);
        _file = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(configuration))!, FileName);
        try
        {
            // A link that leads nowhere exists, and has a length.
            _known = File.Exists(_file) && new FileInfo(_file) is { LinkTarget: null, Length: > 0 } ? JsonSerializer.Deserialize(File.ReadAllText(_file), JsonDocuments.Default.DictionaryStringListTargetIdentity) ?? [] : [];
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new RequestException($"'{_file}', which remembers the databases of each configuration, cannot be read: {e.Message}", "Fix or delete it: it is recreated.");
        }
    }

    /// <summary>The memory beside the configuration; null for the local database, and where no file configures anything.</summary>
    /// <exception cref="RequestException">It cannot be read.</exception>
    public static TargetMemory? Of(Job job)
    {
        var configuration = job.Parsed.GetValue(CommonOptions.Config) ?? TenancyConfiguration.FileName;
        return job.Target.IsLocal || !File.Exists(configuration) ? null : new TargetMemory(configuration);
    }

    /// <summary>Asks, where somebody is there, when this configuration has migrated another database before.</summary>
    /// <returns>Whether to go on.</returns>
    /// <exception cref="RequestException">It has, and there is nobody to ask.</exception>
    public async Task<bool> ConfirmAsync(Job job, bool accepted, CancellationToken cancellationToken) =>
        accepted || Surprise(_confirmed = await IdentityAsync(job.Target, cancellationToken)) is not { } what || await AskAsync(job.Terminal, what);

    /// <summary>What is to be asked when a database is not the one that this configuration has migrated before; null if it is.</summary>
    /// <param name="target">The database.</param>
    /// <param name="name">What it is called among many: each of them is remembered by itself, and apart from the one that runs alone.</param>
    public string? Surprise(TargetIdentity target, string? name = null)
    {
        if (!_known.TryGetValue(Key(name), out var known) || known is not [.., var last] || known.Exists(target.IsSameAs))
            return null;
        return $"With {_configuration} you have last migrated {last}{(name is null ? "" : $" as {name}")}. "
            + (last.MayBe(target) ? $"This may be a copy of it, or the same database under another name: {target}." : $"This is another database: {target}.");
    }

    /// <summary>Asks about a surprise.</summary>
    /// <exception cref="RequestException">There is nobody to ask.</exception>
    public static async Task<bool> AskAsync(Terminal terminal, string what)
    {
        if (!terminal.CanAsk)
            throw new RequestException(what, "Correct the URL; or add --accept-target if this is intended, for example after a restore or a move.");
        terminal.Text.WriteLine(what);
        return await terminal.AskAsync("Is that what you want?");
    }

    /// <summary>Notes this database. That it cannot be written does not fail a migration that is done.</summary>
    public async Task RememberAsync(Job job, CancellationToken cancellationToken)
    {
        try
        {
            var target = _confirmed ?? await IdentityAsync(job.Target, cancellationToken);
            if (!_known.TryGetValue(Key(null), out var known) || known is not [.., var last] || last != target)
                Remember(job.Terminal, [(null, target)]);
        }
        catch (TargetException e)
        {
            NotRemembered(job.Terminal, e);
        }
    }

    /// <summary>Notes databases under their names. That they cannot be written does not fail migrations that are done.</summary>
    public void Remember(Terminal terminal, IEnumerable<(string? Name, TargetIdentity Target)> targets)
    {
        foreach (var (name, target) in targets)
        {
            var ways = (_known.GetValueOrDefault(Key(name)) ?? []).Where(other => other.MayBe(target) && !other.IsSameAs(target));
            _known[Key(name)] = [.. ways.TakeLast(Remembered - 1), target];
        }

        try
        {
            // A name that nobody can have put a link at: the folder may be somebody else's.
            var fresh = $"{_file}.{Guid.NewGuid():N}";
            using (var file = new FileStream(fresh, FileMode.CreateNew))
                JsonSerializer.Serialize(file, _known, JsonDocuments.Default.DictionaryStringListTargetIdentity);
            File.Move(fresh, _file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            NotRemembered(terminal, e);
        }
    }

    private static void NotRemembered(Terminal terminal, Exception e) => terminal.Remark($"This database could not be remembered: {e.Message}");

    private string Key(string? name) => name is null ? _configuration : $"{_configuration}, {name}";

    /// <summary>Asks a database who it is.</summary>
    /// <exception cref="TargetException">It cannot be reached.</exception>
    public static async Task<TargetIdentity> IdentityAsync(Target target, CancellationToken cancellationToken)
    {
        await using var connection = await target.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            SELECT CASE WHEN pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')
                        THEN (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) END,
                   pg_catalog.current_database(),
                   CASE WHEN pg_catalog.has_function_privilege('pg_catalog.pg_control_checkpoint()', 'EXECUTE')
                        THEN (SELECT timeline_id FROM pg_catalog.pg_control_checkpoint()) END
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new TargetIdentity(
            reader.IsDBNull(0) ? null : reader.GetString(0),
            reader.GetString(1),
            $"{connection.Host}:{connection.Port}",
            TargetIdentity.ProjectOf(connection.Host, target.Connection.Username),
            reader.IsDBNull(2) ? null : reader.GetInt32(2));
    }
}
