using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace OrgSchema.Online;

/// <summary>What a migration does, in one short text: its SQL, up and down, with the configuration that is in it.</summary>
internal static partial class Checksum
{
    // Verbs have other SQL on other servers; an upgrade of the server is no change of the migration.
    private const int AnyMajor = 15;

    /// <summary>Changes nothing and asks nothing: the statements are written down, not run.</summary>
    public static string Of(KnownMigration migration, IServiceProvider services, Session session, MigratorOptions options)
    {
        var text = new StringBuilder();
        foreach (var direction in (Direction[])[Direction.Up, Direction.Down])
        {
            var recording = new Recording(new StepContext(AnyMajor, migration.Version, direction, options.PrivateSchema));
            using var body = new MigrationBody(services, session, recording, migration, direction, CancellationToken.None);
            body.Run();
            foreach (var statement in recording.Statements)
                text.Append(Space().Replace($"{statement.Needs} {statement.OnlyIf} {statement.Sql}", " ").Trim()).Append(";\n");
            text.Append("--\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
