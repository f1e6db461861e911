using System.Text.RegularExpressions;
using NUnit.Framework;

namespace OrgSchema.Testing;

/// <summary>What people read, kept in a file, so that a change of it is seen. <c>ORGSCHEMA_ACCEPT_SNAPSHOTS=1</c> writes the files anew.</summary>
public static partial class Snapshot
{
    private const string AcceptVariable = "ORGSCHEMA_ACCEPT_SNAPSHOTS";

    /// <summary>Fails the test unless the text, without what differs from run to run, is what <c>Snapshots/NAME.txt</c> holds.</summary>
    public static void AssertMatches(string name, string text) => AssertFile($"tests/OrgSchema.Tests/Snapshots/{name}.txt", Mask(text));

    /// <summary>Fails the test unless the text, without what differs from run to run, is what a page of the documentation holds.</summary>
    public static void AssertPage(string path, string text) => AssertFile(path, Mask(text));

    /// <summary>Fails the test unless the text is what a file of the repository holds.</summary>
    public static void AssertFile(string path, string text)
    {
        var file = Repository.PathOf(path);
        if (Environment.GetEnvironmentVariable(AcceptVariable) == "1")
            File.WriteAllText(file, text);
        Assert.That(file, Does.Exist, $"There is no such file yet. Set {AcceptVariable}=1 to write it.");
        Assert.That(text, Is.EqualTo(File.ReadAllText(file)), $"{path} holds other words. If these are the right ones, set {AcceptVariable}=1.");
    }

    private static string Mask(string text)
    {
        text = DatabaseName().Replace(text.ReplaceLineEndings("\n"), "(database)");
        text = Time().Replace(text, "(time)");
        text = Duration().Replace(text, " (duration)");
        text = Size().Replace(text, "(size)");
        text = Build().Replace(text, "(version)");
        text = Process().Replace(text, "${what} (number)");
        text = Port().Replace(text, "(host:port)");
        text = Progress().Replace(text, "");
        return TrailingSpace().Replace(text, "");
    }

    [GeneratedRegex("(live|empty)_[0-9a-f]{32}")]
    private static partial Regex DatabaseName();

    [GeneratedRegex(@"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?Z?")]
    private static partial Regex Time();

    [GeneratedRegex(@" +\d+(\.\d+)? (ms|s)\b")]
    private static partial Regex Duration();

    // What PostgreSQL needs for the same rows differs between its versions.
    [GeneratedRegex(@"(about [\d,]+ rows?|never analyzed), [\d,]+ kB")]
    private static partial Regex Size();

    [GeneratedRegex(@"\b\d+\.\d+\.\d+(-[\w.]+)? \([0-9a-f]{8}\)")]
    private static partial Regex Build();

    [GeneratedRegex(@"(?<what>\bpid|Session) \d+")]
    private static partial Regex Process();

    [GeneratedRegex(@"(127\.0\.0\.1|localhost|::1):\d+")]
    private static partial Regex Port();

    // Shown only where a backfill takes its time.
    [GeneratedRegex(@"^backfill  \w+: .* a second.*\n", RegexOptions.Multiline)]
    private static partial Regex Progress();

    [GeneratedRegex(@"[ \t]+$", RegexOptions.Multiline)]
    private static partial Regex TrailingSpace();
}
