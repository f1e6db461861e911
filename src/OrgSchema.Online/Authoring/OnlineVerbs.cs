using FluentMigrator;
using FluentMigrator.Expressions;
using FluentMigrator.Infrastructure;

namespace OrgSchema.Online;

/// <summary>The verbs of <see cref="OnlineMigration"/> for a migration that has another base class.</summary>
public static class OnlineVerbs
{
    /// <summary>The verbs, for <c>Up()</c> and <c>Down()</c>: <c>this.Online().CreateIndexConcurrently(...)</c>.</summary>
    /// <param name="migration">The migration that runs.</param>
    public static OnlineMigration Online(this MigrationBase migration)
    {
        ArgumentNullException.ThrowIfNull(migration);
        return migration as OnlineMigration ?? new VerbsOf(((IMigrationContextAccessor)migration.Create).GetMigrationContext().Expressions);
    }

    /// <summary>Adds each verb to the list of another migration.</summary>
    private sealed class VerbsOf(ICollection<IMigrationExpression> expressions) : OnlineMigration(expressions)
    {
        public override void Up() => throw new InvalidOperationException("The verbs of another migration have no Up().");

        public override void Down() => throw new InvalidOperationException("The verbs of another migration have no Down().");
    }
}
