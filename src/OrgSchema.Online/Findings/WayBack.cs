namespace OrgSchema.Online;

/// <summary>Whether the migrations can be reverted.</summary>
public static class WayBack
{
    /// <summary>Finds those that cannot. Changes nothing.</summary>
    public static async Task<IReadOnlyList<Finding>> FindAsync(Migrator migrator, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(migrator);
        return [.. (await migrator.IrreversibleAsync(cancellationToken)).Select(found => FindingCatalog.IrreversibleDown.Found(found.Why, null).Finding)];
    }
}
