namespace OrgSchema.Benchmarks;

/// <summary>How much, how fast, how long.</summary>
internal sealed record StallOptions
{
    public static StallOptions Quick { get; } = new()
    {
        Rows = 100_000,
        Users = 5_000,
        Children = 50_000,
        FloorDuration = TimeSpan.FromSeconds(8),
        ReaderHolds = TimeSpan.FromSeconds(5),
        Scale = false,
        Folder = "artifacts",
    };

    /// <summary>Rows of <c>dsos</c>.</summary>
    public int Rows { get; init; } = 2_000_000;

    /// <summary>Rows of <c>auth.users</c>.</summary>
    public int Users { get; init; } = 100_000;

    /// <summary>Rows of the table that refers to organizations, in the runs that have one.</summary>
    public int Children { get; init; } = 1_000_000;

    /// <summary>Transactions a second, of all clients.</summary>
    public int Rate { get; init; } = 200;

    /// <summary>Traffic before anything counts: caches, plans, the JIT of the clients.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Traffic that counts before and after the migration.</summary>
    public TimeSpan Margin { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long nothing is migrated in a run without migration: about as long as a migration takes.</summary>
    public TimeSpan FloorDuration { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the reader keeps its transaction open.</summary>
    public TimeSpan ReaderHolds { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>When the seed's file is given up.</summary>
    public TimeSpan Cap { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Whether tables of a twentieth of the rows are migrated too, to compare how long locks are held.</summary>
    public bool Scale { get; init; } = true;

    /// <summary>The part of the rows that is in those.</summary>
    public const int Twentieth = 20;

    /// <summary>Only runs whose name contains this.</summary>
    public string? Only { get; init; }

    /// <summary>What readers of the results must know of the machine.</summary>
    public string? Note { get; init; }

    /// <summary>Where the results go.</summary>
    public string Folder { get; init; } = "docs";
}
