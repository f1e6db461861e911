namespace OrgSchema.Online;

/// <summary>Whether a migration can be taken back.</summary>
internal static class WayBack
{
    /// <summary>What is wrong with its way down; null if nothing is.</summary>
    public static async Task<Finding?> OfAsync(KnownMigration migration, Func<Task<IReadOnlyList<Statement>>> down)
    {
        try
        {
            return (await down()).Count > 0 ? null : FindingCatalog.IrreversibleDown.Found($"The Down of {migration} is empty", null).Finding;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return FindingCatalog.IrreversibleDown.Found($"The Down of {migration} throws: {(e.InnerException ?? e).Message}", null).Finding;
        }
    }
}
