using System.Globalization;
using System.Text.RegularExpressions;

namespace OrgSchema.LocalPostgres;

/// <summary>The programs of one PostgreSQL installation.</summary>
/// <param name="Folder">The folder that holds <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>.</param>
/// <param name="Version">What <c>postgres --version</c> says, such as 17.6. A beta or development version counts as minor 0.</param>
public sealed partial record PostgresBinaries(string Folder, Version Version)
{
    /// <summary>Oldest major version that works: the baseline needs <c>GRANT SET ON PARAMETER</c>.</summary>
    public const int MinimumMajor = 15;

    /// <summary>Newest major version that is tested. A newer one is used only when there is no other.</summary>
    public const int NewestTestedMajor = 18;

    private static readonly string[] Needed = ["initdb", "pg_ctl", "postgres"];

    /// <summary>Finds PostgreSQL, or fetches it.</summary>
    /// <param name="search">Where to look. Default: <c>ORGSCHEMA_PG_BIN</c>, the usual places, a download.</param>
    /// <param name="major">The only major version that will do. Default: any from <see cref="MinimumMajor"/> on.</param>
    /// <param name="cancellationToken">Ends the search, or the download.</param>
    /// <exception cref="LocalPostgresException">The explicit folder is of no use, or there is nothing to find and nothing to fetch.</exception>
    public static async Task<PostgresBinaries> FindAsync(PostgresSearch? search = null, int? major = null, CancellationToken cancellationToken = default)
    {
        search ??= new PostgresSearch();
        if (search.ExplicitFolder is { } chosen)
            return await ExplicitAsync(chosen, major, cancellationToken);

        var found = await InstalledAsync(search, cancellationToken);
        var best = found
            .Where(binaries => binaries.Version.Major >= MinimumMajor && (major is null || binaries.Version.Major == major))
            .OrderByDescending(binaries => binaries.Version.Major <= NewestTestedMajor)
            .ThenByDescending(binaries => binaries.Version)
            .FirstOrDefault();
        if (best is not null)
            return best;

        var missing = Missing(found, major);
        if (search.DownloadFolder is null || (major is not null && major != PostgresDownload.Major))
            throw new LocalPostgresException($"{missing} {Advice(major)}");

        try
        {
            var folder = await PostgresDownload.FetchAsync(search, search.DownloadFolder, cancellationToken);
            return await InspectAsync(folder, cancellationToken)
                ?? throw new LocalPostgresException($"The PostgreSQL downloaded to {folder} does not run on this machine.");
        }
        catch (LocalPostgresException failure)
        {
            throw new LocalPostgresException($"{missing} {failure.Message} {Advice(major)}", failure);
        }
    }

    /// <summary>Finds PostgreSQL of one major version, else of the next newer one, else whatever there is.</summary>
    /// <param name="search">Where to look, as for <see cref="FindAsync"/>.</param>
    /// <param name="major">The major version.</param>
    /// <param name="cancellationToken">Ends the search, or the download.</param>
    /// <exception cref="LocalPostgresException">As for <see cref="FindAsync"/>.</exception>
    public static async Task<PostgresBinaries> FindNearestAsync(PostgresSearch search, int major, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(search);
        var installed = search.ExplicitFolder is null ? await InstalledAsync(search, cancellationToken) : [];
        return installed
            .Where(binaries => binaries.Version.Major >= Math.Max(major, MinimumMajor))
            .OrderBy(binaries => binaries.Version.Major)
            .ThenByDescending(binaries => binaries.Version)
            .FirstOrDefault()
            ?? await FindAsync(search, null, cancellationToken);
    }

    private static async Task<List<PostgresBinaries>> InstalledAsync(PostgresSearch search, CancellationToken cancellationToken)
    {
        var downloaded = search.DownloadFolder is { } cache ? PostgresDownload.Folders(cache) : [];
        var found = new List<PostgresBinaries>();
        foreach (var candidate in search.Folders.Concat(downloaded).Where(HasPrograms).Select(Real).Distinct())
        {
            if (await InspectAsync(candidate, cancellationToken) is { } binaries)
                found.Add(binaries);
        }

        return found;
    }

    /// <summary>The full path of one of the programs.</summary>
    internal string Program(string name) => ProgramIn(Folder, name);

    /// <summary>The binaries in a folder; <see langword="null"/> when they are not all there or do not run.</summary>
    internal static async Task<PostgresBinaries?> InspectAsync(string folder, CancellationToken cancellationToken)
    {
        if (!HasPrograms(folder))
            return null;

        return await ServerUser.AskAsync(ProgramIn(folder, "postgres"), "--version", cancellationToken) is { } said
            && VersionLine().Match(said) is { Success: true } match
            ? new PostgresBinaries(folder, VersionOf(match))
            : null;
    }

    private static async Task<PostgresBinaries> ExplicitAsync(string folder, int? major, CancellationToken cancellationToken)
    {
        const string variable = PostgresSearch.FolderVariable;
        var missing = Needed.Where(name => !File.Exists(ProgramIn(folder, name))).ToList();
        if (missing.Count > 0)
            throw new LocalPostgresException($"{variable} is {folder}, which has no {string.Join(", ", missing)}. Set it to the folder with the programs of a PostgreSQL server, such as /usr/lib/postgresql/17/bin, or unset it.");

        var binaries = await InspectAsync(Real(folder), cancellationToken)
            ?? throw new LocalPostgresException(
                $"{variable} is {folder}, but the postgres in it does not run here or does not report its version. "
                    + $"Set it to a PostgreSQL for this machine, or unset it.{ServerUser.Note(folder, folder)}");
        if (binaries.Version.Major < MinimumMajor)
            throw new LocalPostgresException($"{variable} is {folder}, which is PostgreSQL {binaries.Version}; {MinimumMajor} or newer is needed. Set it to a newer one, or unset it.");
        if (major is not null && binaries.Version.Major != major)
            throw new LocalPostgresException($"{variable} is {folder}, which is PostgreSQL {binaries.Version}; the local server's data was made by PostgreSQL {major}. Unset {variable} to keep the data, or type `orgschema db reset` to rebuild it with {binaries.Version.Major}.");
        return binaries;
    }

    private static string Missing(List<PostgresBinaries> found, int? major) =>
        (found.Count, major) switch
        {
            (0, null) => "No PostgreSQL server programs were found on this machine.",
            (_, null) => $"PostgreSQL {MinimumMajor} or newer is needed; found {Listed(found)}.",
            (0, _) => $"The local server's data was made by PostgreSQL {major}, and no PostgreSQL server programs were found.",
            _ => $"The local server's data was made by PostgreSQL {major}; found {Listed(found)}.",
        };

    private static string Advice(int? major) => major is null
        ? $"Install PostgreSQL {MinimumMajor} to {NewestTestedMajor} (Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql@17), or set {PostgresSearch.FolderVariable} to the folder with its programs."
        : $"Type `orgschema db reset` to rebuild the local database, or install PostgreSQL {major} again.";

    private static string Listed(List<PostgresBinaries> found) =>
        string.Join(", ", found.Select(binaries => $"{binaries.Version} in {binaries.Folder}"));

    private static bool HasPrograms(string folder) => Needed.All(name => File.Exists(ProgramIn(folder, name)));

    /// <summary>Follows links such as /usr/local/bin/postgres, because <c>psql</c> and the libraries are where they point.</summary>
    private static string Real(string folder)
    {
        var target = File.ResolveLinkTarget(ProgramIn(folder, "postgres"), returnFinalTarget: true)?.FullName;
        var real = Path.GetDirectoryName(target) is { } parent && HasPrograms(parent) ? parent : folder;
        return Path.TrimEndingDirectorySeparator(Path.GetFullPath(real));
    }

    private static string ProgramIn(string folder, string name) =>
        Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name);

    private static Version VersionOf(Match match) => new(
        int.Parse(match.Groups["major"].ValueSpan, CultureInfo.InvariantCulture),
        match.Groups["minor"] is { Success: true } minor ? int.Parse(minor.ValueSpan, CultureInfo.InvariantCulture) : 0);

    // "postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)", "postgres (PostgreSQL) 18beta1"
    [GeneratedRegex(@"^postgres \([^)]*\) (?<major>\d+)(\.(?<minor>\d+))?")]
    private static partial Regex VersionLine();
}
