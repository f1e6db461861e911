namespace OrgSchema.Online;

/// <summary>What a <see cref="Fingerprint"/> looks at.</summary>
public sealed record FingerprintScope
{
    /// <summary>Everything but the private schema of the migrations: what must be the same after up and down.</summary>
    public static FingerprintScope Default { get; } = new();

    /// <summary>Schemas left out with all they hold, besides those of PostgreSQL itself. Default: <c>orgschema</c>.</summary>
    public IReadOnlyList<string> ExceptSchemas { get; init; } = ["orgschema"];

    /// <summary>Whether rows and sequence values are read, or the catalog only. Default: they are.</summary>
    public bool Data { get; init; } = true;

    /// <summary>Tables with more rows than this show as a count and a digest: a difference is seen, but not which row. Default: 1,000.</summary>
    public int RowsInFull { get; init; } = 1_000;
}
