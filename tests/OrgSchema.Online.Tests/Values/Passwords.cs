using NUnit.Framework;

namespace OrgSchema.Online.Tests;

/// <summary>Whatever is wrong with a URL, no message holds a piece of its password.</summary>
public sealed class Passwords
{
    // The secret is in four pieces, so that what cuts the password in two still shows.
    private const string Piece = "Zq7";

    private static readonly string[] Separators = ["@", "/", "#", "?", ":", "%", "%4", "&", "=", ";", ",", "[", "]", "://", "\\", " ", "'", "\"", "+", "ü", "\0", "%00", "@h:", "/d?", ":5432/"];

    private static readonly string[] Frames =
    [
        "postgres://u:{0}@h/d", "postgres://u:{0}@h:5432/d?sslmode=require", "postgres://u:{0}@h:x/d", "postgres://u:{0}@h/d?sslmod=require", "postgres://u:{0}@h/d?sslmode=maybe",
        "postgress://u:{0}@h/d", "postgres://u:{0}@", "postgres://u:{0}@one,two:x/d", "postgres://:{0}@h", "postgres:///d?host=h&password={0}", "postgres:///d?password={0}",
        "Host=h;Username=u;Password={0}", "Host=h;Password={0};Port=x", "Username=u;Password={0}", "Host=h;Pasword={0}",
    ];

    [Test]
    public void They_are_never_shown([ValueSource(nameof(Frames))] string frame)
    {
        foreach (var one in Separators)
        {
            foreach (var other in Separators)
            {
                var url = string.Format(null, frame, $"{Piece}{one}{Piece}{other}{Piece}");
                Assert.That(Shown(url), Does.Not.Contain(Piece), url);
            }
        }
    }

    // What people see of a target: an error, or its host, port, user and database.
    private static string Shown(string url)
    {
        try
        {
            var target = DatabaseUrl.Parse(url);
            return $"{target.Username} {target.Host} {target.Port} {target.Database} {target.ApplicationName}";
        }
        catch (OnlineMigrationException e)
        {
            return $"{e.Message} {e.Remedy} {e.InnerException}";
        }
    }
}
