namespace OrgSchema;

/// <summary>What to do when a configured user does not exist in the database.</summary>
public enum MissingUsers
{
    /// <summary>Refuse before anything changes. An organization without its owner belongs to nobody.</summary>
    Refuse,

    /// <summary>Go on without them and say so: for local databases, whose users are others than production's.</summary>
    Skip,
}
