namespace OrgSchema.Benchmarks;

/// <summary>One run of the benchmark.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Work">What happens while the clients work.</param>
internal sealed record Scenario(string Name, Work Work)
{
    /// <summary>Whether it begins with a new copy of the database; else it goes on where the run before has ended.</summary>
    public bool Fresh { get; init; }

    /// <summary>Whether a transaction holds ACCESS SHARE on dsos when it begins.</summary>
    public bool WithReader { get; init; }

    /// <summary>Whether a table of the application refers to organizations when it begins, with many rows.</summary>
    public bool WithChildren { get; init; }

    /// <summary>Who works meanwhile.</summary>
    public IReadOnlyList<ClientKind> Clients => WithChildren ? ClientKind.All : ClientKind.Usual;

    /// <summary>The runs, each kind next to what it is compared with.</summary>
    public static IReadOnlyList<Scenario> All(StallOptions options)
    {
        var reader = $", {options.ReaderHolds.TotalSeconds:0} s reader";
        var children = $", {options.Children:N0} children";
        return
        [
            new("no migration", Work.Nothing) { Fresh = true },
            new("migrate", Work.Up) { Fresh = true },
            new("migrate down --all", Work.Down),
            new("migrate again", Work.Up),
            new($"migrate down --to {Children.Version}{children}", Work.DownToTables) { Fresh = true, WithChildren = true },
            new("migrate again" + children, Work.Up) { WithChildren = true },
            new("migrate" + reader, Work.Up) { Fresh = true, WithReader = true },
            new("migrate down --all" + reader, Work.Down) { WithReader = true },
            new("no migration, again", Work.Nothing) { Fresh = true },
            new("the seed's file", Work.SeedFile) { Fresh = true },
            new("the seed's file" + reader, Work.SeedFile) { Fresh = true, WithReader = true },
        ];
    }

    /// <summary>The runs on the smaller table.</summary>
    public static IReadOnlyList<Scenario> Small { get; } = [new("migrate, 1/20 of the rows", Work.Up) { Fresh = true }, new("migrate down --all, 1/20 of the rows", Work.Down)];
}

/// <summary>What happens while the clients work.</summary>
internal enum Work
{
    /// <summary>Nothing: the floor.</summary>
    Nothing,

    /// <summary><c>orgschema migrate</c>.</summary>
    Up,

    /// <summary><c>orgschema migrate down --all</c>.</summary>
    Down,

    /// <summary><c>orgschema migrate down --to 20260226000200</c>: the tables stay, their rows go.</summary>
    DownToTables,

    /// <summary>The SQL file of the research that OrgSchema comes from, in one transaction.</summary>
    SeedFile,
}
