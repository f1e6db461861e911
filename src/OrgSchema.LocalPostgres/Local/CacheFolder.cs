using System.Security.Cryptography;
using System.Text;

namespace OrgSchema.LocalPostgres;

/// <summary>Where the local server, its data and a downloaded PostgreSQL are kept.</summary>
internal static class CacheFolder
{
    /// <summary>
    /// <c>$XDG_CACHE_HOME/orgschema</c>, else <c>~/.cache/orgschema</c> (macOS: <c>~/Library/Caches</c>, Windows: <c>%LOCALAPPDATA%</c>).
    /// For root a folder of its own under /var/cache.
    /// </summary>
    public static string Default
    {
        get
        {
            var personal = Path.Combine(PersonalCache(), "orgschema");

            // Root's server runs as another user, who cannot pass through root's home (mode 700). The hash keeps two
            // homes, or two values of XDG_CACHE_HOME, as far apart as they are for an ordinary user.
            return ServerUser.IsNeeded
                ? Path.Combine("/var/cache/orgschema", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(personal)))[..12])
                : personal;
        }
    }

    private static string PersonalCache()
    {
        // The specification says that a relative path is to be ignored: https://specifications.freedesktop.org/basedir-spec/
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { } cache && Path.IsPathFullyQualified(cache))
            return cache;
        if (OperatingSystem.IsWindows())
            return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches") : Path.Combine(home, ".cache");
    }
}
