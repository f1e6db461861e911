using System.Globalization;
using System.Text;
using OrgSchema.Online;

namespace OrgSchema.Tests;

/// <summary>What an application has added to a database, and the ways down and up that follow.</summary>
/// <param name="Tables">Its own tables: early ones exist before the first migration.</param>
/// <param name="Links">Foreign keys of its tables. One whose table is missing, because a smaller case is sought, does not count.</param>
/// <param name="Columns">Columns that it has added to tables of the migrations.</param>
/// <param name="Decorations">Other definitions that it has added to them.</param>
/// <param name="Steps">The ways.</param>
internal sealed record Growth(
    IReadOnlyList<GrownTable> Tables,
    IReadOnlyList<GrownLink> Links,
    IReadOnlyList<GrownColumn> Columns,
    IReadOnlyList<GrownDecoration> Decorations,
    IReadOnlyList<GrownStep> Steps)
{
    /// <summary>Whether some of it exists before the first migration.</summary>
    public bool HasEarly => Tables.Any(table => table.IsEarly);

    /// <summary>The same with one thing less, each thing in turn.</summary>
    public IEnumerable<Growth> Smaller() =>
    [
        .. Without(Tables).Select(tables => this with { Tables = tables }),
        .. Without(Links).Select(links => this with { Links = links }),
        .. Without(Columns).Select(columns => this with { Columns = columns }),
        .. Without(Decorations).Select(decorations => this with { Decorations = decorations }),
        .. Without(Steps).Where(steps => steps.Count > 0).Select(steps => this with { Steps = steps }),
    ];

    /// <summary>As SQL and commands, to be repeated by hand.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("\n");
        var sql = new GrowthSql(this);
        if (HasEarly)
            text.Append(CultureInfo.InvariantCulture, $"{sql.Early}\n");
        text.Append(CultureInfo.InvariantCulture, $"-- migrate\n{sql.Later}\n");
        foreach (var step in Steps)
            text.Append(CultureInfo.InvariantCulture, $"-- {step}\n");
        return text.ToString();
    }

    private static IEnumerable<IReadOnlyList<T>> Without<T>(IReadOnlyList<T> all) =>
        all.Select((_, without) => all.Where((_, place) => place != without).ToArray());
}

/// <summary>A table of the application.</summary>
internal sealed record GrownTable(int Number, GrownKey Key, int Rows, bool IsEarly)
{
    // Two schemas have the same names.
    private static readonly string[] Names = ["notes", "Team notes", "Team notes", "notes"];

    private string Schema => Number < 2 ? "early" : "later";

    /// <summary>Its name, as SQL has it.</summary>
    public string Name => $"{Schema}.\"{Names[Number]}\"";

    /// <summary>Its key, as a foreign key may refer to it; none: it cannot.</summary>
    public IReadOnlyList<(string Name, string Type)> KeyColumns => Key switch
    {
        GrownKey.Identity => [("id", "bigint")],
        GrownKey.Uuid => [("id", "uuid")],
        GrownKey.Pair => [("place", "integer"), ("Part", "text")],
        GrownKey.Code => [("code", "text")],
        _ => [],
    };

    /// <summary>The key of a row, for an expression that has its number.</summary>
    public IReadOnlyList<string> KeyOf(string number) => Key switch
    {
        GrownKey.Identity => [$"({number})"],
        GrownKey.Uuid => [$"md5('{Schema}{Number} ' || ({number}))::uuid"],
        GrownKey.Pair => [$"({number})", $"'part ' || ({number})"],
        GrownKey.Code => [$"'code ' || ({number})"],
        _ => [],
    };
}

/// <summary>What tells one row of a table from others.</summary>
internal enum GrownKey
{
    Identity,
    Uuid,
    Pair,

    /// <summary>A unique column that is not NULL, and no primary key.</summary>
    Code,

    /// <summary>A deferrable constraint, which no foreign key can refer to.</summary>
    Deferrable,
    None,
}

/// <summary>A foreign key of an application's table.</summary>
/// <param name="Child">The number of the table.</param>
/// <param name="Parent">The number of the table that it refers to; null: one of the migrations or of the database before.</param>
/// <param name="Known">That one.</param>
/// <param name="Action">What a delete does.</param>
/// <param name="IsRequired">Whether it is NOT NULL.</param>
/// <param name="Waiting">When it is checked.</param>
/// <param name="SetsOne">Whether SET NULL and SET DEFAULT name the last column only.</param>
/// <param name="Shift">Which rows refer to which.</param>
internal sealed record GrownLink(
    int Child, int? Parent, KnownKey Known, string Action, bool IsRequired, string Waiting, bool SetsOne, int Shift);

/// <summary>A key that exists whatever the application adds.</summary>
internal enum KnownKey
{
    Access,
    AccessPair,
    Dso,
    Organization,
    Slug,
    Member,
    MemberPair,
    Profile,
}

/// <summary>A column that the application has added to a table of the migrations.</summary>
internal sealed record GrownColumn(string Table, string Type, GrownFilling Filling);

/// <summary>What is in a column.</summary>
internal enum GrownFilling
{
    Some,
    Default,
    NotNullDefault,
}

/// <summary>Another definition that the application has added to a table of the migrations.</summary>
internal sealed record GrownDecoration(string Table, string Template);

/// <summary>A way down, and how far up it goes after it.</summary>
internal sealed record GrownStep(long? DownTo, long? UpTo)
{
    /// <summary>The way down.</summary>
    public DownTarget Down => DownTo is { } version ? DownTarget.Above(version) : DownTarget.All;

    public override string ToString() =>
        $"migrate --down {(DownTo is null ? "--all" : $"--to {DownTo}")} --yes; migrate {(UpTo is null ? "" : $"--to {UpTo}")}";
}
