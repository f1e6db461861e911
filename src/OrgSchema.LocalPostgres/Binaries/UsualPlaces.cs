namespace OrgSchema.LocalPostgres;

/// <summary>Where the packagers of PostgreSQL put its programs.</summary>
internal static class UsualPlaces
{
    /// <summary>Pairs of a parent folder and what follows it; <c>*</c> stands for one folder name.</summary>
    private static readonly (string Parent, string Pattern, string Bin)[] Packagers =
    [
        ("/usr/lib/postgresql", "*", "bin"), // Debian, Ubuntu
        ("/usr", "pgsql-*", "bin"), // Red Hat, from postgresql.org
        ("/opt/homebrew/opt", "postgresql@*", "bin"), // Homebrew on Apple silicon
        ("/usr/local/opt", "postgresql@*", "bin"), // Homebrew on Intel
        ("/home/linuxbrew/.linuxbrew/opt", "postgresql@*", "bin"),
        ("/Library/PostgreSQL", "*", "bin"), // EDB's installer
        (@"C:\Program Files\PostgreSQL", "*", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "*", "bin"),
    ];

    /// <summary>The folders that exist, PATH first. Lazy: nothing is read before it is needed.</summary>
    public static IEnumerable<string> Folders() => OnPath().Concat(PgConfig()).Concat(Packaged());

    private static string[] OnPath() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static IEnumerable<string> PgConfig()
    {
        var program = OperatingSystem.IsWindows() ? "pg_config.exe" : "pg_config";
        if (Array.Find(OnPath(), folder => File.Exists(Path.Combine(folder, program))) is not { } found)
            yield break;

        // Red Hat and self-built servers: pg_config is on the PATH, the server's programs need not be.
        if (ServerUser.AskAsync(Path.Combine(found, program), "--bindir", default).GetAwaiter().GetResult() is { Length: > 0 } folder)
            yield return folder;
    }

    private static IEnumerable<string> Packaged() =>
        from packager in Packagers
        where Directory.Exists(packager.Parent) && !(ServerUser.IsNeeded && packager.Parent.StartsWith("/home/", StringComparison.Ordinal))
        from folder in Directory.EnumerateDirectories(packager.Parent, packager.Pattern)
        select Path.Combine(folder, packager.Bin);
}
