using System.Text.RegularExpressions;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>The pages that people read: links lead somewhere, commands exist, words are the agreed ones.</summary>
public sealed partial class Documentation
{
    // Each has a plain term that is used instead: docs/terms.md.
    private static readonly string[] Retired = ["told", "way back", "way down", "made-up", "is there", "stranger", "for good", "looks whether"];

    private static IEnumerable<string> Pages => Directory.EnumerateFiles(Repository.PathOf("."), "*.md")
        .Concat(Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories))
        .Append(Repository.PathOf("src/OrgSchema.Online/README.md"))
        .Select(page => Path.GetRelativePath(Repository.PathOf("."), page))
        .Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Pages))]
    public void Has_links_that_lead_somewhere(string page)
    {
        var text = File.ReadAllText(Repository.PathOf(page));
        var links = Link().Matches(Code().Replace(text, "")).Select(match => match.Groups["to"].Value);
        foreach (var link in links.Where(link => !link.Contains("://", StringComparison.Ordinal)))
        {
            var (path, anchor) = link.Split('#') is [var before, var after] ? (before, after) : (link, "");
            var target = path.Length == 0 ? Repository.PathOf(page) : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Repository.PathOf(page))!, path));
            Assert.That(Path.Exists(target), $"{page} links to {link}");
            if (anchor.Length > 0)
                Assert.That(Anchors(File.ReadAllText(target)), Has.Member(anchor), $"{page} links to {link}");
        }
    }

    [TestCaseSource(nameof(Pages))]
    public void Uses_the_agreed_terms(string page)
    {
        var prose = Code().Replace(File.ReadAllText(Repository.PathOf(page)), "");

        Assert.That(Retired.Where(word => Regex.IsMatch(prose, $@"\b{word}\b", RegexOptions.IgnoreCase)), Is.Empty);
    }

    // Messages are literals; SQL and the text of a pattern are not for people.
    [Test]
    public void Is_right_in_messages_too()
    {
        var literals = Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => File.ReadLines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)))
            .SelectMany(line => Literal().Matches(line).Select(match => Interpolated().Replace(match.Value, "")));

        Assert.That(literals.Where(literal => Retired.Any(word => Regex.IsMatch(literal, $@"\b{word}\b", RegexOptions.IgnoreCase))), Is.Empty);
    }

    [Test]
    public void Is_short_where_people_begin() => Assert.That(File.ReadAllLines(Repository.PathOf("README.md")), Has.Length.LessThanOrEqualTo(160));

    private static IEnumerable<string> Anchors(string text) => Heading().Matches(Code().Replace(text, ""))
        .Select(heading => NotInAnchor().Replace(heading.Groups["title"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^ *```.*?^ *```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"^#+ (?<title>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\{[^}]*\}?")]
    private static partial Regex Interpolated();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Literal();

    // As GitHub makes anchors of headings.
    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
