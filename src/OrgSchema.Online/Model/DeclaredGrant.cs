namespace OrgSchema.Online;

/// <summary>That a migration gives roles something on a table.</summary>
/// <param name="Table">The table.</param>
/// <param name="Roles">Who gets it.</param>
public sealed record DeclaredGrant(QualifiedName Table, IReadOnlyList<string> Roles);
