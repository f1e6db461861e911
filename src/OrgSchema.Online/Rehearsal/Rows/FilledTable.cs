namespace OrgSchema.Online;

/// <summary>What became of a table that was to be filled.</summary>
/// <param name="Table">The table, quoted and qualified.</param>
/// <param name="Rows">Rows that it has now.</param>
/// <param name="Reason">Why it has fewer than it should; null: it has not.</param>
public sealed record FilledTable(string Table, long Rows, string? Reason = null);
