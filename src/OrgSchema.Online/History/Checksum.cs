using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace OrgSchema.Online;

/// <summary>What a migration does, in one short text: what its author has said, up and down, with the configuration that is in it.</summary>
internal static partial class Checksum
{
    // Until version 0.1 a checksum was of generated SQL, so that a better verb changed it. Those say nothing about the author.
    public const string Form = "2:";

    // Verbs have other SQL on other servers; an upgrade of the server is no change of the migration.
    private const int AnyMajor = 15;

    /// <summary>The statements are written down, without any database: for a migration that asks for what is there, nothing is.</summary>
    /// <exception cref="RequestException">One of the two ways throws: it is not written yet.</exception>
    public static string Of(KnownMigration migration, IServiceProvider services, MigratorOptions options)
    {
        var text = new StringBuilder();
        foreach (var direction in (Direction[])[Direction.Up, Direction.Down])
        {
            foreach (var said in Statements(migration, direction, services, options).Select(Said).Where(said => said.Length > 0))
                text.Append(said).Append(";\n");
            text.Append("--\n");
        }

        return Form + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Whether a stored checksum can be compared with one of today.</summary>
    public static bool IsOfToday(string checksum) => checksum.StartsWith(Form, StringComparison.Ordinal);

    private static string Said(Statement statement) => Space().Replace(statement.Said ?? $"{statement.Needs} {statement.OnlyIf} {statement.Sql}", " ").Trim();

    private static List<Statement> Statements(KnownMigration migration, Direction direction, IServiceProvider services, MigratorOptions options)
    {
        var recording = new Recording(new StepContext(AnyMajor, migration.Version, direction, options.PrivateSchema));
        try
        {
            using var body = new MigrationBody(services, session: null, recording, migration, direction, CancellationToken.None);
            body.Run();
            return recording.Statements;
        }
        catch (Exception e) when (e is not OnlineMigrationException)
        {
            throw new RequestException($"{direction}() of {migration} throws: {e.Message}", "Write both ways of a migration before it runs: what cannot be taken back should not begin.");
        }
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
