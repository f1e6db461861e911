using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Each test has a database of its own.</summary>
public abstract class DatabaseTest
{
    protected EmptyDatabase Database { get; private set; } = null!;

    [SetUp]
    public async Task CreateDatabase()
    {
        Database = await EmptyDatabase.CreateAsync();
        await Database.ExecuteAsync(Schema);
    }

    [TearDown]
    public async Task DropDatabase() => await Database.DisposeAsync();

    /// <summary>Tables and rows that the tests of a class begin with.</summary>
    protected virtual string Schema => "SELECT 1";
}
