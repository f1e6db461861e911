namespace OrgSchema.Online;

// What only a rehearsal can find: it needs a way back, an application, or roles.
public static partial class FindingCatalog
{
    /// <summary>A lock is held for longer than allowed.</summary>
    public static FindingKind BudgetExceeded => new(
        "budget-exceeded",
        "A statement holds a lock that blocks reads or writes of a table of the application for longer than --budget.",
        "Whoever needs the table waits for as long; who comes after them waits, too.",
        "Split it, or let a verb do it that takes a weaker lock; then rehearse again.");

    /// <summary>The old application does not work as before.</summary>
    public static FindingKind ProbeFailed => new(
        "probe-failed",
        "A statement of the old application that worked before the migrations fails after a step, up or down, or returns something else.",
        "The version of the application that is deployed breaks while, or after, the migration runs.",
        "Keep the old application working until contract: a bridge, a default, a view.");

    /// <summary>Clients got errors.</summary>
    public static FindingKind ClientError => new(
        "client-error",
        "A statement of the clients that are at work during the rehearsal fails.",
        "Users get an error in that moment.",
        "Look at which statement ran then, in the timeline.");

    /// <summary>Down does not lead back.</summary>
    public static FindingKind DownDiffers => new(
        "down-differs",
        "After a Down, definitions or rows are not what they were before its Up.",
        "A rollback leaves something behind, or loses something, and nobody knows until it is needed.",
        "Let Down take back all that Up has made, and bring back all that it has taken.");

    /// <summary>Up does not lead to the same again.</summary>
    public static FindingKind UpDiffers => new(
        "up-differs",
        "After a Down, the same Up does not make what it has made the first time.",
        "After a rollback, the next Up gives another result.",
        "Let Up make the same again after a Down.");

    /// <summary>A migration fails.</summary>
    public static FindingKind MigrationFailed => new(
        "migration-failed",
        "A migration fails on the copy.",
        "It would fail on the target, too: in a transaction nothing is left of it, else it stops between two steps.",
        "Mend it, and rehearse again: what comes after it was not tried.");

    /// <summary>Row level security is off.</summary>
    public static FindingKind RowSecurityOff => new(
        "row-security-off",
        "A table that had row level security has none any more, and a public role of the data API can reach it.",
        "Whoever has the public key reads, or writes, all rows.",
        "ALTER TABLE ... ENABLE ROW LEVEL SECURITY.");

    /// <summary>A policy fails.</summary>
    public static FindingKind PolicyFails => new(
        "policy-fails",
        "A policy answers a role with an error other than that it reads its own table: a privilege that the role lacks on what the policy reads, for example.",
        "Every statement of that role that asks the policy fails.",
        PolicyFailure.Remedy);
}
