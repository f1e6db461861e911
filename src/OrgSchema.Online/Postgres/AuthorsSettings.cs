namespace OrgSchema.Online;

/// <summary>
/// Settings on which the meaning of SQL depends. Our own statements pin them; those of a migration's author run with what role, database and
/// connection string say, as they would with FluentMigrator.
/// </summary>
internal sealed class AuthorsSettings
{
    private readonly List<(string Name, string Theirs, string Ours)> _differences;

    private AuthorsSettings(IEnumerable<(string Name, string Theirs, string Ours)> differences) => _differences = [.. differences];

    /// <summary>The values that we pin.</summary>
    private static IReadOnlyList<(string Name, string Value)> Pinned(MigratorOptions options) =>
    [
        ("search_path", options.SearchPath ?? MigratorOptions.OwnSearchPath),
        ("default_transaction_isolation", "read committed"),
        ("default_transaction_deferrable", "off"),
        ("standard_conforming_strings", "on"),
        ("check_function_bodies", "on"),
        ("row_security", "off"),
        ("DateStyle", "ISO, YMD"),
        ("IntervalStyle", "postgres"),
        ("TimeZone", "UTC"),
        ("extra_float_digits", "1"),
        ("bytea_output", "hex"),
        ("quote_all_identifiers", "off"),
    ];

    /// <summary>Rows of names and the values that we pin, for VALUES.</summary>
    public static string Ours(MigratorOptions options) =>
        string.Join(",\n", Pinned(options).Select(pinned => $"({Literal.Of(pinned.Name)}, {Literal.Of(pinned.Value)})"));

    /// <summary>An expression: the values before we pin any, as an array of text.</summary>
    public static string Theirs(MigratorOptions options) =>
        $"ARRAY[{string.Join(", ", Pinned(options).Select(pinned => $"pg_catalog.current_setting({Literal.Of(pinned.Name)})"))}]";

    /// <summary>Compares what <see cref="Theirs"/> has returned.</summary>
    public static AuthorsSettings Of(IReadOnlyList<string> theirs, MigratorOptions options) => new(
        Pinned(options).Zip(theirs, (pinned, value) => (pinned.Name, Theirs: value, Ours: pinned.Value))
            .Where(setting => setting.Theirs != setting.Ours && !(setting.Name == "search_path" && options.SearchPath is not null))
            .Concat(options.GlobalCommandTimeout is { } timeout ? [("statement_timeout", $"{timeout.TotalMilliseconds:0}", "0")] : []));

    /// <summary>A command that sets them to theirs, or to ours again; null: there is no difference.</summary>
    /// <param name="theirs">Whether to theirs.</param>
    /// <param name="local">Whether to the end of the transaction.</param>
    public string? Set(bool theirs, bool local) => _differences.Count == 0
        ? null
        : $"SELECT {string.Join(", ", _differences.Select(setting =>
            $"pg_catalog.set_config({Literal.Of(setting.Name)}, {Literal.Of(theirs ? setting.Theirs : setting.Ours)}, {(local ? "true" : "false")})"))}";
}
