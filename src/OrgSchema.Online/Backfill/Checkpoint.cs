namespace OrgSchema.Online;

/// <summary>Where a backfill is: the last key whose batch was committed. The batch itself moves it.</summary>
internal sealed class Checkpoint(Session session, StepContext context, QualifiedName table)
{
    public Task<string?> ReadAsync(CancellationToken cancellationToken) =>
        session.ScalarAsync<string>($"SELECT last_key FROM {Table} WHERE version = $1 AND table_name = $2", cancellationToken, context.Version, table.ToString());

    public Task DeleteAsync(CancellationToken cancellationToken) =>
        session.ExecuteAsync($"DELETE FROM {Table} WHERE version = $1 AND table_name = $2", cancellationToken, context.Version, table.ToString());

    private string Table => $"{context.PrivateSchema}.backfill_checkpoint";
}
