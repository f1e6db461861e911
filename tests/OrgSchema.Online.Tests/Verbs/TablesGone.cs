namespace OrgSchema.Online.Tests;

/// <summary>Drops tables on the way up and makes them again on the way down, each by the SQL that a test begins with.</summary>
public abstract class TablesGone(params (string Name, string Columns)[] tables) : OnlineMigration
{
    /// <summary>The SQL that makes all of them.</summary>
    public string Make => string.Join(' ', tables.Select(CreateOf));

    /// <summary>What goes with them.</summary>
    protected virtual string After => "SELECT 1";

    /// <summary>What they need.</summary>
    protected virtual string Before => "SELECT 1";

    public override void Up()
    {
        foreach (var (name, _) in tables)
            ArchiveAndDropTable(name);
        Sql(After);
    }

    public override void Down()
    {
        Sql(Before);
        foreach (var table in tables)
            Sql(CreateOf(table));
        foreach (var (name, _) in tables)
            Restore(name);
    }

    private static string CreateOf((string Name, string Columns) table) => $"CREATE TABLE {table.Name} ({table.Columns});";
}
