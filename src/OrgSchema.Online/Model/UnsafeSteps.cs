namespace OrgSchema.Online;

/// <summary>What a run does about a step that would make clients of the application wait or fail.</summary>
public enum UnsafeSteps
{
    /// <summary>Does what has a safe form in that form, and refuses the rest before anything runs.</summary>
    Rewrite,

    /// <summary>Refuses it before anything runs.</summary>
    Refuse,

    /// <summary>Runs it as it is written, with a warning.</summary>
    Warn,

    /// <summary>Runs it as it is written.</summary>
    Run,
}

/// <summary>Lets a migration run as it is written, although clients of the application may wait or fail. The run log keeps the reason.</summary>
/// <param name="reason">Why it is right here, for those who read the run log.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class UnsafeAttribute(string reason) : Attribute
{
    /// <summary>Why it is right here.</summary>
    public string Reason { get; } = reason;
}
