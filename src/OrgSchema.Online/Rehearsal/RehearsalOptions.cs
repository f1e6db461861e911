namespace OrgSchema.Online;

/// <summary>What a rehearsal is to look at.</summary>
public sealed record RehearsalOptions
{
    /// <summary>The migrations and every knob of the runs. The connection string is not used: a copy's is.</summary>
    public required MigratorOptions Migrator { get; init; }

    /// <summary>What clients do meanwhile. Default: nothing.</summary>
    public IReadOnlyList<ClientKind> Clients { get; init; } = [];

    /// <summary>What must work as before after every step. Default: nothing.</summary>
    public IReadOnlyList<Probe> Probes { get; init; } = [];

    /// <summary>Roles whose rights are compared. Default: none.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>Those of them that anybody can have. Default: none.</summary>
    public IReadOnlyList<string> OpenRoles { get; init; } = [];

    /// <summary>Schemas whose rights are compared. Default: <c>public</c>.</summary>
    public IReadOnlyList<string> ExposedSchemas { get; init; } = ["public"];

    /// <summary>How long clients are watched before the first migration, to have something to compare with. Default: one second.</summary>
    public TimeSpan Prelude { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>The legs of a rehearsal: up, down, up and contract, and the same again for what waits behind contract.</summary>
public enum Leg
{
    /// <summary>What is pending is applied.</summary>
    Up,

    /// <summary>It is reverted.</summary>
    Down,

    /// <summary>It is applied again.</summary>
    UpAgain,

    /// <summary>Contract migrations are applied: the old application is no longer supported.</summary>
    Contract,

    /// <summary>What has waited behind contract is applied.</summary>
    UpAfterContract,

    /// <summary>It is reverted.</summary>
    DownAfterContract,

    /// <summary>It is applied again.</summary>
    UpAgainAfterContract,
}

/// <summary>What legs have in common.</summary>
public static class Legs
{
    /// <summary>Whether migrations are applied for the first time.</summary>
    public static bool IsFirst(this Leg leg) => leg is Leg.Up or Leg.UpAfterContract;

    /// <summary>Whether migrations are reverted.</summary>
    public static bool IsDown(this Leg leg) => leg is Leg.Down or Leg.DownAfterContract;

    /// <summary>Whether the old application is still supported.</summary>
    public static bool IsBeforeContract(this Leg leg) => leg < Leg.Contract;
}
