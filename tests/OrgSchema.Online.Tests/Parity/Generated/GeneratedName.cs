using FsCheck;
using FsCheck.Fluent;

namespace OrgSchema.Online.Tests;

/// <summary>Names of every shape, each only once.</summary>
internal static class GeneratedName
{
    private static readonly string[] Reserved = ["select", "user", "order", "group", "table", "default", "end", "column", "check", "ORDER", "User"];
    private static readonly string[] ReservedForColumns = ["key", "from", "where", "limit", "And", "union"];

    // Shapes of which the number is a part. The last has 63 bytes, which the server does not cut.
    private static readonly Func<string, string>[] Shapes =
    [
        number => $"people{number}",
        number => $"people_{number}",
        number => $"PeopleOf{number}",
        number => $"PEOPLE{number}",
        number => $"my table {number}",
        number => $"Größe{number}",
        number => $"a\"quote{number}",
        number => $"it's {number}",
        number => $"tab.le{number}",
        number => $"{number}first",
        number => $"back\\slash{number}",
        number => $"{{0}}{number}",
        number => $"100%{number}",
        number => $"semi;--{number}",
        number => $"$(token){number}",
        number => $"n{number}".PadRight(63, 'x'),
    ];

    /// <summary>A name that the world does not have yet, and the world that has it.</summary>
    public static Gen<(string Name, World World)> In(World world)
    {
        var number = $"{world.Number}n{world.Names}";
        var next = world with { Names = world.Names + 1 };
        return Gen.Frequency(
            (3, Gen.Elements(Shapes).Select(shape => (shape(number), next))),
            // In the default schema others have them.
            (1, Gen.Constant((world.Schema is null || world.Names >= Reserved.Length ? $"Select{number}" : Reserved[world.Names], next))));
    }

    /// <summary>A name for a column: a reserved word as often as not.</summary>
    public static Gen<string> OfColumn(int place) => Gen.Frequency(
        (2, Gen.Elements(Shapes).Select(shape => shape($"c{place}"))),
        (1, Gen.Constant(ReservedForColumns[place])));
}
