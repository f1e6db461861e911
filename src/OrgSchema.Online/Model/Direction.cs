namespace OrgSchema.Online;

/// <summary>Whether a migration is applied or reverted.</summary>
public enum Direction
{
    /// <summary>Applied.</summary>
    Up,

    /// <summary>Reverted.</summary>
    Down,
}
