using System.Text;
using NUnit.Framework;
using OrgSchema.Online;

namespace OrgSchema.Testing;

/// <summary>What a test says about a fingerprint.</summary>
public static class FingerprintWords
{
    private const int LinesInMessage = 40;

    /// <summary>Fails the test, with the differences, unless this picture is the expected one.</summary>
    public static void AssertSameAs(this Fingerprint actual, Fingerprint expected)
    {
        var differences = actual.DifferencesFrom(expected);
        if (differences.Count == 0)
            return;

        var message = new StringBuilder($"The database is not as expected ({differences.Count} lines differ; - expected, + actual):");
        foreach (var difference in differences.Take(LinesInMessage))
            message.Append('\n').Append(difference);

        if (differences.Count > LinesInMessage)
            message.Append($"\n... and {differences.Count - LinesInMessage} more");

        Assert.Fail(message.ToString());
    }
}
