namespace OrgSchema.Online;

/// <summary>All kinds of findings that <c>lint</c> and <c>rehearse</c> know.</summary>
public static partial class FindingCatalog
{
    /// <summary>All of them, in the order of the documentation.</summary>
    public static IReadOnlyList<FindingKind> All { get; } =
    [
        StatementFailed, ConcurrentlyInTransaction, MissingLockTimeout, LockHeldOverScan, DdlAndDataInOneTransaction, IndexBlocksWrites, TableRewritten,
        WholeTableUpdate, BackfillFiresTriggers,
        NotValidNeverValidated, SetNullOnRequiredColumn, RequiredColumnBreaksInserts, RedundantIndex, GrantsNotDecided, TableOpenToApi, PolicyReadsItsTable,
        IrreversibleDown,
        BudgetExceeded, ProbeFailed, ClientError, DownDiffers, UpDiffers, MigrationFailed, RowSecurityOff, PolicyFails,
    ];

    /// <summary>The kind of that id; null if there is none.</summary>
    public static FindingKind? Find(string id) => All.FirstOrDefault(kind => kind.Id == id);
}
