namespace OrgSchema.Online;

/// <summary>Gives a table exactly the privileges named, whatever the default privileges of the database have granted before.</summary>
internal sealed class GrantOnly(QualifiedName table, string privileges, IReadOnlyList<string> to, IReadOnlyList<string> nothingTo) : OnlineExpression
{
    public override IEnumerable<Statement> Statements(StepContext context) =>
    [
        new($"REVOKE ALL ON TABLE {table} FROM PUBLIC, {Roles([.. nothingTo, .. to])}"),
        new($"GRANT {privileges} ON TABLE {table} TO {Roles(to)}"),
    ];

    internal override IEnumerable<DeclaredGrant> Grants => [new(table, to)];

    public override string ToString() => $"grants on {table}";

    private static string Roles(IEnumerable<string> roles) => string.Join(", ", roles.Select(QualifiedName.Identifier));
}
