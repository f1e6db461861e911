namespace OrgSchema.Online;

/// <summary>The one statement that fills a table, while it is put together.</summary>
internal sealed class TableDraft(TableShape table, long rows)
{
    private const string Row = "g.n";

    private readonly Dictionary<short, string> _values = [];
    private readonly Dictionary<short, long> _strides = [];
    private readonly List<string> _joins = [];
    private long _rows = rows;

    public TableShape Table { get; } = table;

    /// <summary>Whether it is decided what a column holds.</summary>
    public bool Has(short column) => _values.ContainsKey(column);

    /// <summary>Gives a column these values, in the proportion that the target has them.</summary>
    public void Set(ColumnShape column, ColumnValues values, ColumnStatistics? known)
    {
        var isUnique = Table.Uniques.Any(unique => unique.Contains(column.Number));
        var capacity = !isUnique && known is not null ? Math.Min(values.Capacity, known.DistinctAmong(_rows)) : values.Capacity;
        _values[column.Number] = OrNull(column, values.At(capacity == ColumnValues.Endless ? Row : Number(column.Number, capacity)), known, otherwise: 0.1);
    }

    /// <summary>Spreads rows over the keys of a parent.</summary>
    public void ReferTo(ForeignKeyShape key, string parent, long count, ColumnStatistics? known)
    {
        var columns = key.Columns.Select(number => Table.Columns.First(column => column.Number == number)).ToList();
        if (count == 0)
        {
            foreach (var column in columns.Where(column => !column.IsRequired))
                _values[column.Number] = $"NULL::{column.Type}";
            return;
        }

        var alias = $"p{_joins.Count}";
        var among = known is null || Table.Uniques.Any(unique => unique.Contains(key.Columns[0])) ? count : Math.Min(count, known.DistinctAmong(_rows));
        _joins.Add($"LEFT JOIN {parent} AS {alias} ON {alias}.n = {Number(key.Columns[0], among)}");
        for (var place = 0; place < columns.Count; place++)
            _values[columns[place].Number] = OrNull(columns[place], $"{alias}.k{place}", known, otherwise: 0);
    }

    /// <summary>Lets rows refer to nobody, or to themselves where they must.</summary>
    public void ReferToSelf(ForeignKeyShape key, bool optional)
    {
        for (var place = 0; place < key.Columns.Length; place++)
        {
            var column = Table.Columns.First(column => column.Number == key.Columns[place]);
            if (!optional && _values.TryGetValue(key.ParentColumns[place], out var own))
                _values[column.Number] = own;
            else if (!column.IsRequired)
                _values[column.Number] = $"NULL::{column.Type}";
        }
    }

    /// <summary>Inserts the rows.</summary>
    public string Insert() => Statement($"pg_catalog.generate_series(1::bigint, {_rows}) AS g(n)", _values);

    /// <summary>Inserts rows of which some columns are given, as one array of texts for each. Their numbers come after those of the others.</summary>
    public string Pinned(PinnedValues pinned, long before)
    {
        var values = new Dictionary<short, string>(_values);
        foreach (var column in Table.Columns.Where(column => pinned.Columns.Contains(column.Name)))
            values[column.Number] = $"g.c{pinned.Columns.Index().First(given => given.Item == column.Name).Index}::{column.Type}";
        var arrays = string.Join(", ", pinned.Columns.Select((_, place) => $"${place + 1}::text[]"));
        var names = string.Join(", ", pinned.Columns.Select((_, place) => $"c{place}"));
        return Statement($"(SELECT {_rows + before} + u.place AS n, u.* FROM unnest({arrays}) WITH ORDINALITY AS u({names}, place)) AS g", values);
    }

    // Whatever else is unique: a row that is there already stays the only one.
    private string Statement(string from, Dictionary<short, string> values)
    {
        var columns = Table.Columns.Where(column => values.ContainsKey(column.Number)).ToList();
        var names = string.Join(", ", columns.Select(column => column.Quoted));
        var conditions = Table.Checks
            .Where(check => check.Columns.Length != 1 && check.Columns.All(number => columns.Any(column => column.Number == number)))
            .Select(check => $"(({check.Condition}) IS NOT FALSE)")
            .DefaultIfEmpty("true");
        return $"""
            -- synthetic rows
            INSERT INTO {Table.Table} ({names}) OVERRIDING SYSTEM VALUE
            SELECT {names}
            FROM (SELECT {string.Join(", ", columns.Select(column => $"{values[column.Number]} AS {column.Quoted}"))}
                FROM {from} {string.Join(' ', _joins)}) AS r
            WHERE {string.Join(" AND ", conditions)}
            ON CONFLICT DO NOTHING
            """;
    }

    // Columns that are unique together count like the digits of a number. One that would have more rows than it can count has fewer.
    private string Number(short column, long capacity)
    {
        var unique = Table.Uniques.FirstOrDefault(unique => unique.Contains(column));
        var stride = unique is null ? 1 : unique.Where(_strides.ContainsKey).Aggregate(1L, (product, other) => Multiply(product, _strides[other]));
        if (unique is not null)
        {
            _strides[column] = capacity;
            if (Array.TrueForAll(unique, _strides.ContainsKey))
                _rows = Math.Min(_rows, Multiply(stride, capacity));
        }

        return $"1 + ({Row} - 1) / {stride} % {capacity}";
    }

    private static long Multiply(long one, long other) => one > long.MaxValue / other ? long.MaxValue : one * other;

    private static string OrNull(ColumnShape column, string value, ColumnStatistics? known, double otherwise)
    {
        var part = (int)Math.Round(1000 * (known?.NullFraction ?? otherwise));
        return column.IsRequired || part == 0 ? value : $"CASE WHEN ({Row} * 48271 + {column.Number} * 7919) % 1000 < {part} THEN NULL ELSE {value} END";
    }
}
