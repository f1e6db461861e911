namespace OrgSchema;

/// <summary>Whose organization this is: the configuration of the migrations.</summary>
public sealed record Tenancy
{
    /// <summary>Name of the default organization.</summary>
    public string OrganizationName { get; init; } = "All Solutions Consulting";

    /// <summary>Slug of the default organization: the key it is looked up by. Lower-case letters, digits and single hyphens.</summary>
    public string OrganizationSlug { get; init; } = "all-solutions-consulting";

    /// <summary>User that owns the default organization.</summary>
    public Guid Owner { get; init; } = new("8a84898d-0266-4dc1-b97c-744d70d7a4ec");

    /// <summary>Users that become administrators of the default organization.</summary>
    public IReadOnlyList<Guid> Admins { get; init; } = [new("6559957c-2ce6-4cea-aa15-f79fb401a685")];

    /// <summary>Users that become plain members of the default organization. Default: none.</summary>
    public IReadOnlyList<Guid> Members { get; init; } = [];

    /// <summary>Users whose rows in <c>user_dso_access</c> are erroneous: archived, then deleted.</summary>
    public IReadOnlyList<Guid> RevokeAccess { get; init; } = [new("d0134916-0f52-4556-9fa0-4c66cff3198e")];
}
