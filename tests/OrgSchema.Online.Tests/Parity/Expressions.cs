using FluentMigrator;

namespace OrgSchema.Online.Tests;

/// <summary>A list of FluentMigrator's expressions, both ways, on a database that is prepared for it.</summary>
/// <param name="Name">What it is about.</param>
/// <param name="Up">The way up.</param>
/// <param name="Down">The Down; null: it does nothing.</param>
/// <param name="Setup">SQL that runs before.</param>
public sealed record Expressions(string Name, Action<Migration> Up, Action<Migration>? Down = null, string Setup = "SELECT 1")
{
    public override string ToString() => Name;
}

/// <summary>A migration of one transaction that does what a list says.</summary>
[Migration(1)]
public sealed class InOneTransaction : Migration
{
    private readonly Expressions _expressions;

    public InOneTransaction(Expressions expressions) => _expressions = expressions;

    public override void Up() => _expressions.Up(this);

    public override void Down() => _expressions.Down?.Invoke(this);
}

/// <summary>The same without a transaction.</summary>
[Migration(1, TransactionBehavior.None)]
public sealed class WithoutTransaction : Migration
{
    private readonly Expressions _expressions;

    public WithoutTransaction(Expressions expressions) => _expressions = expressions;

    public override void Up() => _expressions.Up(this);

    public override void Down() => _expressions.Down?.Invoke(this);
}
