using Npgsql;

namespace OrgSchema.Online;

/// <summary>A row of the step ledger.</summary>
/// <param name="Id">Its place: later steps have higher ones.</param>
/// <param name="Version">The migration.</param>
/// <param name="Direction">Whether it was being applied or reverted.</param>
/// <param name="Said">A hash of what the author has written.</param>
/// <param name="Text">Its first line, for people.</param>
/// <param name="BegunAt">When it was recorded, by the server's clock.</param>
/// <param name="IsFinished">Whether it is known to have finished.</param>
internal sealed record LedgerEntry(long Id, long Version, Direction Direction, string Said, string Text, DateTime BegunAt, bool IsFinished)
{
    public static string All(string schema) => $"SELECT id, version, direction, said, text, begun_at, finished FROM {StepLedger.In(schema)} ORDER BY id";

    public static LedgerEntry Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetInt64(1), RunLog.DirectionOf(row.GetString(2)), row.GetString(3), row.GetString(4), row.GetDateTime(5), row.GetBoolean(6));
}
