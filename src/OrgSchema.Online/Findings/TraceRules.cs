using Npgsql;

namespace OrgSchema.Online;

/// <summary>Findings of what statements did while they ran.</summary>
internal sealed class TraceRules(SchemaState before, IReadOnlyList<TracedStatement> traced)
{
    // Changed under a lock, so many rows are more than a detail of the change.
    private const int Some = 100;

    private readonly HashSet<string> _old = [.. before.Tables.Values.Select(table => table.Name)];

    public IEnumerable<TracedFinding> All()
    {
        var transactions = Transactions().ToList();
        return
        [
            .. traced.SelectMany(Failed),
            .. transactions.SelectMany(WithoutLockTimeout),
            .. transactions.SelectMany(HeldOverScan),
            .. transactions.SelectMany(DataUnderLock),
            .. traced.SelectMany(OfOne),
            .. Batches(),
        ];
    }

    /// <summary>Statements that were committed together.</summary>
    private IEnumerable<List<TracedStatement>> Transactions()
    {
        List<TracedStatement> open = [];
        foreach (var statement in traced.Where(statement => statement.Failure is null))
        {
            if (open is [var first, ..] && (first.Transaction is null || first.Transaction != statement.Transaction || first.Migration != statement.Migration || first.Direction != statement.Direction))
            {
                yield return open;
                open = [];
            }

            open.Add(statement);
        }

        if (open.Count > 0)
            yield return open;
    }

    private static IEnumerable<TracedFinding> Failed(TracedStatement statement)
    {
        if (statement.Failure is not { } failure)
            yield break;
        yield return failure.SqlState switch
        {
            PostgresErrorCodes.ActiveSqlTransaction => FindingCatalog.ConcurrentlyInTransaction.Found($"In a transaction the server refuses it: {failure.Message}", statement),
            _ => FindingCatalog.StatementFailed.Found($"The server refuses it: {failure.Message} ({failure.SqlState})", statement),
        };
    }

    private IEnumerable<TracedFinding> WithoutLockTimeout(List<TracedStatement> transaction)
    {
        foreach (var statement in transaction.Where(statement => !statement.HasLockTimeout))
        {
            if (OnOldTables(statement).Where(taken => taken.Mode.BlocksWrites()).MaxBy(taken => taken.Mode) is not { } strongest)
                continue;
            yield return FindingCatalog.MissingLockTimeout.Found($"{strongest.Mode.SqlName()} on {strongest.Table} is waited for without a lock timeout", statement);
            yield break; // the others of the transaction have the same cause
        }
    }

    private IEnumerable<TracedFinding> HeldOverScan(List<TracedStatement> transaction)
    {
        TracedLock? held = null;
        foreach (var statement in transaction)
        {
            held = Strong(statement).Append(held).OfType<TracedLock>().MaxBy(taken => taken.Mode);
            if (held is not null && statement.Scanned.Except(statement.Rewritten).FirstOrDefault(IsBig) is { } scanned)
                yield return FindingCatalog.LockHeldOverScan.Found($"{held.Mode.SqlName()} on {held.Table} is held while {scanned} is read from end to end", statement);
        }
    }

    private IEnumerable<TracedFinding> DataUnderLock(List<TracedStatement> transaction)
    {
        TracedLock? held = null;
        foreach (var statement in transaction)
        {
            if (held is not null && statement.Written.FirstOrDefault(write => write.Rows >= Some) is { } write)
                yield return FindingCatalog.DdlAndDataInOneTransaction.Found($"{held.Mode.SqlName()} on {held.Table} is held while {write.Rows} rows of {write.Table} are changed", statement);
            held = Strong(statement).Append(held).OfType<TracedLock>().MaxBy(taken => taken.Mode);
        }
    }

    private IEnumerable<TracedFinding> OfOne(TracedStatement statement)
    {
        foreach (var share in OnOldTables(statement).Where(taken => taken.Mode == LockMode.Share))
            yield return FindingCatalog.IndexBlocksWrites.Found($"Nobody can write to {share.Table} while an index is built", statement);
        foreach (var table in statement.Rewritten.Where(IsBig))
            yield return FindingCatalog.TableRewritten.Found($"{table} is written anew under ACCESS EXCLUSIVE", statement);
        foreach (var write in statement.Written.Where(write => IsBig(write.Table) && !statement.IsBatch && (write.Updated + write.Deleted) * 10 >= before.Rows[write.Table] * 9))
            yield return FindingCatalog.WholeTableUpdate.Found($"One statement changes {write.Updated + write.Deleted} rows of {write.Table}, which has {before.Rows[write.Table]}", statement);
        if (statement is { FiresTriggers: true, IsBatch: false })
        {
            foreach (var write in statement.Written.Where(write => write.Updated >= TraceFindings.Many))
            {
                if (Trigger(statement, write) is { } finding)
                    yield return finding;
            }
        }
    }

    /// <summary>Of many batches, one finding.</summary>
    private IEnumerable<TracedFinding> Batches() => traced
        .Where(statement => statement is { IsBatch: true, FiresTriggers: true })
        .SelectMany(statement => statement.Written.Where(write => write.Updated > 0).Select(write => (statement, write)))
        .DistinctBy(batch => (batch.statement.Migration, batch.statement.Direction, batch.write.Table))
        .Select(batch => Trigger(batch.statement, batch.write))
        .OfType<TracedFinding>();

    private TracedFinding? Trigger(TracedStatement statement, TracedWrite write)
    {
        var state = statement.After ?? before;
        var triggers = state.Triggers.Where(trigger => state.Tables.GetValueOrDefault(trigger.Table)?.Name == write.Table).Select(trigger => trigger.Name).ToList();
        return triggers.Count == 0 ? null : FindingCatalog.BackfillFiresTriggers.Found($"The update of {write.Table} fires {string.Join(", ", triggers)} for every row", statement);
    }

    private IEnumerable<TracedLock> Strong(TracedStatement statement) => OnOldTables(statement).Where(taken => taken.Mode >= LockMode.ShareRowExclusive);

    // A table that these statements have made is in nobody's way yet.
    private IEnumerable<TracedLock> OnOldTables(TracedStatement statement) => statement.Locks.Where(taken => _old.Contains(taken.Table));

    private bool IsBig(string table) => before.Rows.GetValueOrDefault(table) >= TraceFindings.Many;
}
