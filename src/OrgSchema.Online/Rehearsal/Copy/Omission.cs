namespace OrgSchema.Online;

/// <summary>Something of the target that a copy of its schema has not, or has in another form.</summary>
/// <param name="What">The object, such as <c>extension pg_net</c>.</param>
/// <param name="Why">Why not, or what is there instead.</param>
public sealed record Omission(string What, string Why);
