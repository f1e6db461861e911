using FluentMigrator;
using NUnit.Framework;

namespace OrgSchema.Tests;

public sealed class ListOfMigrations
{
    /// <summary>One in a file of another name would never run.</summary>
    [Test]
    public void Has_every_migration_of_the_program() =>
        Assert.That(MigrationList.All, Is.EquivalentTo(typeof(MigrationList).Assembly.GetTypes().Where(type => !type.IsAbstract && typeof(IMigration).IsAssignableFrom(type))));

    [Test]
    public void Has_the_versions_that_the_files_are_named_after() => Assert.That(
        Migrating.All.Select(migration => $"{migration.Version}_{migration.Name}.cs"),
        Is.EquivalentTo(Directory.GetFiles(Testing.Repository.PathOf("src/OrgSchema/Migrations"), "*_*.cs").Select(Path.GetFileName)));
}
