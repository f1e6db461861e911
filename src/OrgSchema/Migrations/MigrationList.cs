using System.Diagnostics.CodeAnalysis;

namespace OrgSchema;

/// <summary>All migrations. The build lists the files of this folder: <c>20260226000000_CreateOrganizations.cs</c> is <see cref="CreateOrganizations"/>.</summary>
public static partial class MigrationList
{
    /// <summary>Their classes, by version.</summary>
    public static IReadOnlyList<Type> All { get; } = Listed();

    private static partial Type[] Listed();

    // Says to the trimmer that they are made by their constructors.
    private static Type Of<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>() => typeof(T);
}
