using System.Globalization;
using OrgSchema.Online;

namespace OrgSchema.Tests;

/// <summary>What a way down and up has changed.</summary>
internal static class Losses
{
    private const string Value = "last value ";

    /// <summary>The differences from an expected picture. A sequence may skip numbers, and never goes back.</summary>
    public static IReadOnlyList<string> LossesFrom(this Fingerprint actual, Fingerprint expected)
    {
        var values = SequenceValues(actual);
        return
        [
            .. actual.Where(IsNoValue).DifferencesFrom(expected.Where(IsNoValue)),
            .. SequenceValues(expected)
                .Where(value => values.GetValueOrDefault(value.Key) < value.Value)
                .Select(value => $"- {value.Key}: {value.Value}"),
        ];
    }

    private static bool IsNoValue(FingerprintLine line) => !line.Text.StartsWith(Value, StringComparison.Ordinal);

    private static Dictionary<string, long> SequenceValues(Fingerprint fingerprint) => fingerprint.Lines
        .Where(line => !IsNoValue(line))
        .ToDictionary(line => line.Subject, line => long.Parse(line.Text[Value.Length..], CultureInfo.InvariantCulture));
}
