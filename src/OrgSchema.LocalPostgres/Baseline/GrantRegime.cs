namespace OrgSchema.LocalPostgres;

/// <summary>What Supabase's default privileges give the API roles on a new table in <c>public</c>.</summary>
public enum GrantRegime
{
    /// <summary>Everything, to <c>anon</c>, <c>authenticated</c> and <c>service_role</c>: projects from before October 2026.</summary>
    Automatic,

    /// <summary>No reading and no writing until it is granted: newer projects.</summary>
    Explicit,
}
