using Npgsql;

namespace OrgSchema.Online;

/// <summary>What version table and run log say.</summary>
/// <param name="Applied">Applied versions, oldest first.</param>
/// <param name="Unfinished">Migrations whose last run has left them between two steps, and in which direction that run went.</param>
internal sealed record RecordedHistory(IReadOnlyList<AppliedVersion> Applied, IReadOnlyDictionary<long, Direction> Unfinished)
{
    /// <summary>Reads both in one round trip. What is not there says nothing, and nothing is created by looking.</summary>
    public static async Task<RecordedHistory> ReadAsync(Session session, string schema, CancellationToken cancellationToken)
    {
        var hasVersions = session.HasHistory || await session.ScalarAsync<bool>(Catalog.TableExists(VersionTable.In(schema)), cancellationToken);
        if (!hasVersions)
            return new([], new Dictionary<long, Direction>());
        var hasLog = session.HasHistory || await session.ScalarAsync<bool>(Catalog.TableExists(RunLog.In(schema)), cancellationToken);
        await using var batch = new NpgsqlBatch(session.Connection) { BatchCommands = { new(VersionTable.Applied(schema)) } };
        if (hasLog)
            batch.BatchCommands.Add(new(RunLog.Unfinished(schema)));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var (applied, unfinished) = (new List<AppliedVersion>(), new Dictionary<long, Direction>());
        while (await reader.ReadAsync(cancellationToken))
            applied.Add(VersionTable.Read(reader));
        await reader.NextResultAsync(cancellationToken);
        while (hasLog && await reader.ReadAsync(cancellationToken))
            unfinished.Add(reader.GetInt64(0), RunLog.DirectionOf(reader.GetString(1)));
        return new(applied, unfinished);
    }
}
