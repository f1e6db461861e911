using System.CommandLine;
using System.Text.RegularExpressions;
using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>A database of a fleet, and what it is called.</summary>
/// <param name="Name">As the file says; else host, port and database.</param>
/// <param name="Target">The database.</param>
internal sealed record NamedTarget(string Name, Target Target)
{
    /// <summary>The same for the toolkit.</summary>
    public FleetTarget InFleet { get; } = new(Name, Target.Connection.ConnectionString);
}

/// <summary>The databases of a fleet: a file with one URL a line, or several <c>--database-url</c>. What is wrong with it is told all at once.</summary>
/// <remarks>Whatever a line holds may be a password: a message repeats names, never a line.</remarks>
internal sealed partial class TargetList
{
    private readonly List<NamedTarget> _targets = [];
    private readonly List<string> _mistakes = [];
    private readonly Dictionary<string, string> _places = [];

    /// <summary>Whether several databases are asked for.</summary>
    public static bool IsAskedFor(ParseResult parsed) =>
        parsed.GetValue(CommonOptions.Targets) is not null || parsed.GetValue(CommonOptions.DatabaseUrl) is { Length: > 1 };

    /// <summary>Reads and checks all of them. Nothing is connected to.</summary>
    /// <exception cref="RequestException">There are mistakes: each with its place.</exception>
    public static async Task<IReadOnlyList<NamedTarget>> ReadAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var list = new TargetList();
        if (parsed.GetValue(CommonOptions.Targets) is { } file)
            await list.AddFileAsync(file, cancellationToken);
        else
            list.AddUrls(parsed.GetValue(CommonOptions.DatabaseUrl)!);
        return list._mistakes.Count == 0
            ? list._targets
            : throw new RequestException(Wording.TargetMistakes(list._mistakes), "Each line is a postgres:// URL or an Npgsql connection string, with 'name =' before it if you like; '#' begins a comment.");
    }

    /// <summary>Warns of a file of passwords that every user can read, and of servers reached without encryption or proof.</summary>
    public static void Remark(Terminal terminal, ParseResult parsed, IReadOnlyList<NamedTarget> targets)
    {
        if (parsed.GetValue(CommonOptions.Targets) is { } file
            && !OperatingSystem.IsWindows()
            && file.UnixFileMode.HasFlag(UnixFileMode.OtherRead)
            && targets.Any(target => !string.IsNullOrEmpty(target.Target.Connection.Password)))
        {
            terminal.Remark($"Every user of this machine can read {file}, which holds passwords: chmod 600 {file}");
        }

        var exposed = targets.Where(target => target.Target.Exposure is not null).ToList();
        if (exposed is [var first, .. var others])
            terminal.Remark($"{first.Name}: {first.Target.Exposure}{(others.Count == 0 ? "" : $" The same goes for {Amount.Of(others.Count, "other")}.")}");
    }

    private void AddUrls(string[] urls)
    {
        for (var i = 0; i < urls.Length; i++)
            Add($"--database-url {i + 1}", name: null, urls[i]);
    }

    private async Task AddFileAsync(FileInfo file, CancellationToken cancellationToken)
    {
        string[] lines;
        try
        {
            lines = await Interruptible.RunAsync(() => File.ReadAllLines(file.FullName), cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _mistakes.Add(file.Exists ? $"{file}: cannot be read: {e.Message}" : $"{file}: there is no such file");
            return;
        }

        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Trim() is { Length: > 0 } line && line[0] != '#')
                AddLine($"{file}, line {i + 1}", line);
        }

        if (_targets.Count == 0 && _mistakes.Count == 0)
            _mistakes.Add($"{file}: names no database");
    }

    // The first part of a connection string looks like a name, too, but is a word that Npgsql knows.
    private void AddLine(string place, string line)
    {
        var named = Named().Match(line) is { Success: true } match && !new NpgsqlConnectionStringBuilder().ContainsKey(match.Groups["name"].Value) ? match : null;
        Add(place, named?.Groups["name"].Value, named?.Groups["url"].Value ?? line);
    }

    private void Add(string place, string? name, string url)
    {
        NpgsqlConnectionStringBuilder connection;
        try
        {
            connection = DatabaseUrl.Parse(url);
        }
        catch (TargetException e)
        {
            _mistakes.Add($"{place}: {e.Message} {e.Remedy}");
            return;
        }

        var hosts = connection.Host!.Contains(',', StringComparison.Ordinal) ? connection.Host : $"{connection.Host}:{connection.Port}";
        var address = $"{hosts}/{connection.Database ?? connection.Username}";
        name ??= address;
        if (!_places.TryAdd($"at {address.ToLowerInvariant()}", place))
            _mistakes.Add($"{place}: the database {address} is in {_places[$"at {address.ToLowerInvariant()}"]} already");
        else if (!_places.TryAdd(name, place))
            _mistakes.Add($"{place}: the name '{name}' is taken in {_places[name]}");
        _targets.Add(new NamedTarget(name, new Target(connection, IsLocal: false)));
    }

    [GeneratedRegex(@"^(?<name>[\p{L}\p{Nd}][\p{L}\p{Nd}._-]*)\s*=\s*(?<url>.*)$")]
    private static partial Regex Named();
}
