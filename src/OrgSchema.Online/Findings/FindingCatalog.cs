namespace OrgSchema.Online;

/// <summary>All kinds of findings that <see cref="TraceFindings"/> knows.</summary>
public static partial class FindingCatalog
{
    /// <summary>All of them, in the order of the documentation.</summary>
    public static IReadOnlyList<FindingKind> All { get; } =
    [
        StatementFailed, ConcurrentlyInTransaction, MissingLockTimeout, LockHeldOverScan, DdlAndDataInOneTransaction, IndexBlocksWrites, TableRewritten,
        WholeTableUpdate, BackfillFiresTriggers,
        NotValidNeverValidated, SetNullOnRequiredColumn, RequiredColumnBreaksInserts, RedundantIndex, GrantsNotDecided, TableOpenToApi, PolicyReadsItsTable,
        IrreversibleDown,
    ];

    /// <summary>The kind of that id; null if there is none.</summary>
    public static FindingKind? Find(string id) => All.FirstOrDefault(kind => kind.Id == id);
}
