namespace OrgSchema.Tests;

/// <summary>The users of the live database that the seed names, and some that it has besides.</summary>
internal static class People
{
    public const string Owner = "8a84898d-0266-4dc1-b97c-744d70d7a4ec";
    public const string Admin = "6559957c-2ce6-4cea-aa15-f79fb401a685";
    public const string Revoked = "d0134916-0f52-4556-9fa0-4c66cff3198e";
    public const string Anonymous = "11111111-0000-4000-8000-000000000002";
    public const string Odd = "11111111-0000-4000-8000-000000000006";
    public const string Nobody = "99999999-0000-4000-8000-000000000009";
}
