using System.Globalization;
using System.Runtime.InteropServices;

namespace OrgSchema.Benchmarks;

/// <summary>What a benchmark ran on.</summary>
internal static class Machine
{
    /// <summary>Processor, cores, memory, system and runtime in one line.</summary>
    public static string Description =>
        $"{Processor}, {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1 << 30)} GiB, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";

    /// <summary>Processes that ran or wanted to, on average over the last minute; null where the system does not say.</summary>
    public static double? Load => File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : null;

    /// <summary>Tells whoever waits for the benchmark what it does now.</summary>
    public static void Say(string what) => Console.Error.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {what}");

    private static string Processor =>
        File.Exists("/proc/cpuinfo") && File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            : RuntimeInformation.ProcessArchitecture.ToString();
}
