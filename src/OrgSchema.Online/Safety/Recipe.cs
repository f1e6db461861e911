using System.Globalization;

namespace OrgSchema.Online;

/// <summary>The migration to write instead of one that is refused, in C#.</summary>
/// <param name="Migration">The one that is refused.</param>
/// <param name="Before">What to say before it.</param>
/// <param name="Up">The verbs for Up.</param>
/// <param name="Down">The verbs for Down.</param>
internal sealed record Recipe(KnownMigration Migration, string Before, string Up, string Down)
{
    /// <summary>Its phase, as its attribute is called.</summary>
    public Phase Phase { get; init; }

    /// <summary>Whether it is one transaction.</summary>
    public bool IsTransactional { get; init; }

    /// <summary>Whether it has to say why it is right as it is: there is no other form.</summary>
    public bool IsUnsafe { get; init; }

    /// <summary>Another one that follows it, when no version of the application uses the old form any more.</summary>
    public Recipe? Contract { get; init; }

    /// <summary>The key of a table as an argument, where it is not the default of the verbs.</summary>
    public static string Key(TableDetails details) =>
        details.Key is null or { Name: "id" } ? "" : $", key: {Literal(details.Key.ToString())}";

    /// <summary>The same statements, each by itself.</summary>
    public static Recipe OneByOne(KnownMigration migration, IEnumerable<string> statements) => new(
        migration,
        "Give each a statement of its own, which is then done in its safe form:",
        string.Join('\n', statements.Select(statement => $"Execute.Sql({Raw(statement)});")),
        "// what your Down has");

    /// <summary>A name or a text as a literal of C#.</summary>
    public static string Literal(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>A text of several lines or with quotes as a literal of C#.</summary>
    public static string Raw(string text) => text.Contains('\n', StringComparison.Ordinal) ? $"\"\"\"\n{text}\n\"\"\"" : Literal(text);

    /// <summary>The class, and the one that follows it.</summary>
    public string Code => Class(Migration.Name, Migration.Version)
        + (Contract is null ? "" : $"\n\n{Contract.Class($"{Migration.Name}Contract", Migration.Version + 1)}");

    /// <summary>Whether the migration has other statements, which are not in it.</summary>
    public bool IsPart { get; init; }

    /// <inheritdoc />
    public override string ToString() => $"{Before}\n{Code}";

    private string Class(string name, long version) => string.Create(CultureInfo.InvariantCulture, $$"""
        [{{Phase}}({{version}}{{(IsTransactional ? "" : ", TransactionBehavior.None")}})]{{(IsUnsafe ? "\n[Unsafe(\"Few use the table at that time.\")]" : "")}}
        public sealed class {{name}} : OnlineMigration
        {
            public override void Up()
            {
        {{Indented(IsPart ? $"{Up}\n// and what else your Up has" : Up)}}
            }

            public override void Down()
            {
        {{Indented(Down)}}
            }
        }
        """);

    private static string Indented(string verbs) => string.Join('\n', verbs.Split('\n').Select(line => line.Length == 0 ? line : $"        {line}"));
}
