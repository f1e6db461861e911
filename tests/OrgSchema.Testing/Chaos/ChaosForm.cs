using System.Globalization;
using NUnit.Framework;

namespace OrgSchema.Testing;

/// <summary>How much chaos: a little on CI, as much as is asked for by <c>build/chaos</c>.</summary>
public static class ChaosForm
{
    /// <summary>Category of the tests that <c>build/chaos</c> runs.</summary>
    public const string Category = "Chaos";

    /// <summary>Whether this is the long form.</summary>
    public static bool IsLong => Environment.GetEnvironmentVariable("ORGSCHEMA_CHAOS_KILLS") is { Length: > 0 };

    /// <summary>How often a run is killed at a random moment. Default: 4.</summary>
    public static int Kills => (int)(Number("ORGSCHEMA_CHAOS_KILLS") ?? 4);

    /// <summary>After how many minutes no more kill is begun. Default: 1.</summary>
    public static TimeSpan Time => TimeSpan.FromMinutes(Number("ORGSCHEMA_CHAOS_MINUTES") ?? 1);

    /// <summary>Where the random moments come from. Default: a new one each time.</summary>
    public static int Seed { get; } = (int)(Number("ORGSCHEMA_CHAOS_SEED") ?? Random.Shared.Next(1_000_000));

    /// <summary>Where progress is told: in the long form at once.</summary>
    public static TextWriter Out => IsLong ? TestContext.Progress : TestContext.Out;

    private static double? Number(string variable) =>
        double.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
