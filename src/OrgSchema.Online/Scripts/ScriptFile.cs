namespace OrgSchema.Online;

/// <summary>Migrations as SQL, for teams that hand over SQL.</summary>
public enum ScriptFormat
{
    /// <summary>For psql: a file for each migration and direction, that asks what is done already and can be run again.</summary>
    Sql,

    /// <summary>For <c>supabase db push</c>: a file for each step, up only; what cannot run in a transaction is alone in its file.</summary>
    Supabase,
}

/// <summary>A file of SQL.</summary>
/// <param name="Migration">What it is a part of.</param>
/// <param name="Direction">Whether it applies or reverts.</param>
/// <param name="Name">Name of the file.</param>
/// <param name="Sql">What is in it.</param>
public sealed record ScriptFile(KnownMigration Migration, Direction Direction, string Name, string Sql);

/// <summary>What a script is made of.</summary>
/// <param name="Migration">The migration.</param>
/// <param name="Direction">Whether it is applied or reverted.</param>
/// <param name="IsTransactional">Whether it is one transaction.</param>
/// <param name="Statements">What runs, in order.</param>
/// <param name="VersionRow">The statements that record it; null: nobody does.</param>
internal sealed record ScriptedMigration(
    KnownMigration Migration, Direction Direction, bool IsTransactional, IReadOnlyList<SqlStatement> Statements, string? VersionRow)
{
    /// <summary>A statement that fails with a message unless a query returns true.</summary>
    public static string Check(SqlStatement statement) => Dollars.Do("check", $"""
        BEGIN
            IF ({statement.Sql}) IS NOT TRUE THEN
                RAISE EXCEPTION USING MESSAGE = {Literal.Of(statement.Failure ?? "")};
            END IF;
        END
        """);
}
