using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>The program as people call it, on a live database of the test's own.</summary>
public abstract class CommandTest
{
    protected LiveDatabase Database { get; private set; } = null!;

    protected ProgramUnderTest Orgschema { get; private set; } = null!;

    [SetUp]
    public async Task Create()
    {
        Database = await LiveDatabase.CreateAsync();
        Orgschema = new ProgramUnderTest(Database);
    }

    [TearDown]
    public async Task Drop()
    {
        Orgschema?.Dispose();
        await Database.DisposeAsync();
    }
}
