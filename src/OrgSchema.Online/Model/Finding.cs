namespace OrgSchema.Online;

/// <summary>How much a <see cref="Finding"/> matters.</summary>
public enum Severity
{
    /// <summary>Different from what was made, and accepted: somebody has decided it, or it does no harm.</summary>
    Note,

    /// <summary>Worth knowing; nothing stops because of it.</summary>
    Warning,

    /// <summary>The run must not start (preflight), or the result is not right (verify).</summary>
    Error,
}

/// <summary>A named problem of a database: what is wrong, with which object, and what to do about it.</summary>
/// <param name="Id">Stable, lower case with hyphens, such as <c>users-missing</c>.</param>
/// <param name="Message">What is wrong, with the names of the objects concerned. One sentence, no final period needed.</param>
/// <param name="Remedy">What to type or to change next. A statement of SQL where SQL mends it.</param>
/// <param name="Severity">Whether it stops a run. Default: it does.</param>
public sealed record Finding(string Id, string Message, string Remedy, Severity Severity = Severity.Error);
