using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using FluentMigrator.Runner.Generators.Postgres;

namespace OrgSchema.Online;

/// <summary>What a migration does, in one short text: what its author has said, up and down, with the configuration that is in it.</summary>
/// <remarks>
/// Of our own verbs their arguments, so that a better verb changes no checksum. For FluentMigrator's it is the SQL that its generator writes: such a
/// checksum begins with the generator's version, and is compared with those of the same version only.
/// </remarks>
internal static partial class Checksum
{
    private const string Form = "3";

    // Verbs have other SQL on other servers; an upgrade of the server is no change of the migration.
    private const int AnyMajor = 15;

    private static readonly string OfVerbs = $"{Form}:";
    private static readonly string OfGeneratedSql = $"{Form}@{typeof(Postgres15_0Generator).Assembly.GetName().Version?.ToString(3)}:";

    /// <summary>Takes the checksum of a migration, as on an empty database. Null: it is a plain one, and its Up throws.</summary>
    /// <exception cref="RequestException">One of the two ways of a migration of ours throws: it is not written yet.</exception>
    public static string? Of(KnownMigration migration, MigrationCompiler compiler, MigratorOptions options)
    {
        var text = new StringBuilder();
        var isGenerated = false;
        foreach (var direction in (Direction[])[Direction.Up, Direction.Down])
        {
            if (Compiled(migration, direction, compiler, options) is { } compiled)
            {
                isGenerated |= compiled.IsGenerated;
                foreach (var said in compiled.Statements.Select(Said).Where(said => said.Length > 0))
                    text.Append(said).Append(";\n");
            }
            else if (direction == Direction.Up)
            {
                return null;
            }

            text.Append("--\n");
        }

        return (isGenerated ? OfGeneratedSql : OfVerbs) + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Whether a stored checksum can be compared with those that this program takes.</summary>
    public static bool IsComparable(string checksum) =>
        checksum.StartsWith(OfVerbs, StringComparison.Ordinal) || checksum.StartsWith(OfGeneratedSql, StringComparison.Ordinal);

    /// <summary>A condition: a stored checksum, an SQL expression, cannot be compared.</summary>
    public static string IsEarlier(string checksum) =>
        $"NOT (pg_catalog.starts_with({checksum}, {Literal.Of(OfVerbs)}) OR pg_catalog.starts_with({checksum}, {Literal.Of(OfGeneratedSql)}))";

    private static string Said(SqlStatement statement) => Space().Replace(statement.Said ?? $"{statement.Needs} {statement.OnlyIf} {statement.Sql}", " ").Trim();

    private static CompiledMigration? Compiled(KnownMigration migration, Direction direction, MigrationCompiler compiler, MigratorOptions options)
    {
        try
        {
            return compiler.Compile(migration, new StepContext(AnyMajor, migration.Version, direction, options.PrivateSchema));
        }
        catch (RequestException) when (!OnlineMigration.Is(migration))
        {
            return null;
        }
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
