using System.Globalization;

namespace OrgSchema.Tests;

/// <summary>How many grown applications are tried: some on CI, as many as <c>ORGSCHEMA_GROWN_CASES</c> asks for elsewhere.</summary>
internal static class GrownForm
{
    /// <summary>How many tests share the applications, side by side.</summary>
    public const int Shares = 6;

    /// <summary>How many applications are tried. Default: 200.</summary>
    public static int Cases => Number("ORGSCHEMA_GROWN_CASES") ?? 200;

    /// <summary>What the applications of a run come from, <c>ORGSCHEMA_GROWN_SEED</c>. Default: a new one each time.</summary>
    public static int Seed { get; } = Number("ORGSCHEMA_GROWN_SEED") ?? Random.Shared.Next(1_000_000);

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
