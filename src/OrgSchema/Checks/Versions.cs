namespace OrgSchema;

/// <summary>The migrations that the checks tell apart, by name. What has run has these numbers for ever.</summary>
internal static class Versions
{
    public const long CreateOrganizations = 20260226000000;
    public const long CreateOrgMembers = 20260226000100;
    public const long CreateUserProfiles = 20260226000200;
    public const long CreateDefaultOrganization = 20260226000300;
    public const long BackfillUserProfiles = 20260226000400;
    public const long AddOrgIdToDsos = 20260226000500;
    public const long ReferenceOrganizationFromDsos = 20260226000600;
    public const long IndexDsosOrgId = 20260226000700;
    public const long BackfillDsosOrgId = 20260226000800;
    public const long RequireDsosOrgId = 20260226000900;
    public const long RevokeErroneousAccess = 20260226001000;
    public const long CloseOrgIdBridge = 20260226001100;

    /// <summary>All of them, oldest first.</summary>
    public static readonly long[] All =
    [
        CreateOrganizations, CreateOrgMembers, CreateUserProfiles, CreateDefaultOrganization, BackfillUserProfiles, AddOrgIdToDsos,
        ReferenceOrganizationFromDsos, IndexDsosOrgId, BackfillDsosOrgId, RequireDsosOrgId, RevokeErroneousAccess, CloseOrgIdBridge,
    ];
}
