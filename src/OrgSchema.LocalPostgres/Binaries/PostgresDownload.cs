using MysticMind.PostgresEmbed;

namespace OrgSchema.LocalPostgres;

/// <summary>
/// PostgreSQL for a machine that has none: the builds of zonkyio/embedded-postgres-binaries, from a Maven repository.
/// The library checks the SHA-256 that the repository publishes, and locks the folder against a second download.
/// </summary>
internal static class PostgresDownload
{
    /// <summary>Major version that is downloaded, in its newest minor version: the one that Supabase runs.</summary>
    public const int Major = 17;

    /// <summary>The <c>bin</c> folders of what was downloaded before.</summary>
    public static IEnumerable<string> Folders(string cache) =>
        Directory.Exists(cache) ? Directory.EnumerateDirectories(cache, "postgres-*").Select(folder => Path.Combine(folder, "bin")) : [];

    /// <summary>Downloads and unpacks PostgreSQL.</summary>
    /// <returns>Its <c>bin</c> folder.</returns>
    public static async Task<string> FetchAsync(PostgresSearch search, string cache, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(search.Mirror, UriKind.Absolute, out var mirror) || mirror.Scheme is not ("http" or "https"))
            throw new LocalPostgresException($"{PostgresSearch.MirrorVariable} is \"{search.Mirror}\", which is not an http or https address.");
        if (mirror is { Scheme: "http", IsLoopback: false } && !search.AllowsInsecureMirror)
        {
            throw new LocalPostgresException(
                $"{PostgresSearch.MirrorVariable} is \"{search.Mirror}\": over http anybody on the way can give you another program."
                    + $" Use https, or set {PostgresSearch.InsecureMirrorVariable} to 1 if you trust the network.");
        }

        try
        {
            PublicFolder.Create(cache);
            using var client = new HttpClient(new ProgressHandler(search.Progress));
            var server = new PgServer(new PgServerOptions
            {
                PgVersion = $"{Major}",
                DbDir = cache,
                BinariesDir = cache,
                MavenRepo = search.Mirror.TrimEnd('/'),
                HttpClient = client,
                DownloadRetryCount = 1,
            });
            await server.InstallAsync(cancellationToken);
            return server.PgBinDir;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && failure is PostgresEmbedException or HttpRequestException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            throw new LocalPostgresException($"A download of PostgreSQL {Major} from {search.Mirror} to {cache} failed: {failure.GetBaseException().Message.TrimEnd('.')}. {PostgresSearch.MirrorVariable} can name another Maven repository.", failure);
        }
    }
}
