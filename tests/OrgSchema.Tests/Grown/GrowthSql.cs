namespace OrgSchema.Tests;

/// <summary>A <see cref="Growth"/> as SQL.</summary>
internal sealed class GrowthSql(Growth growth)
{
    private const string Baggage = """
        "n" integer NOT NULL, note text DEFAULT 'none', archived_at timestamptz DEFAULT '2026-01-02 03:04:05.678Z', stale boolean,
        facts json DEFAULT '{"b": 1,  "a": null}', amount numeric(8, 2), mood early.mood, twice integer GENERATED ALWAYS AS ("n" * 2) STORED
        """;

    private static readonly string[] Given = ["note", "amount", "mood"];

    /// <summary>What exists before the first migration.</summary>
    public string Early => string.Join('\n', [Types, .. Tables(isEarly: true)]);

    /// <summary>What comes after the migrations.</summary>
    public string Later => string.Join('\n', [
        .. growth.HasEarly ? [] : new[] { Types },
        OwnRows,
        .. Tables(isEarly: false),
        .. growth.Columns.SelectMany((column, number) => GrownColumns.Sql(column, number)),
        .. growth.Decorations.Select((decoration, number) => GrownDecorations.Sql(decoration, number))]);

    private const string Types = """
        CREATE SCHEMA early;
        CREATE SCHEMA later;
        CREATE TYPE early.mood AS ENUM ('sad', 'glad');
        CREATE TYPE early.pair AS (one integer, other text);
        CREATE FUNCTION early.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        """;

    private const string OwnRows = """
        INSERT INTO organizations (id, name, slug, created_by)
        SELECT md5('org ' || n)::uuid, 'Grown ' || n, 'grown-' || n, (SELECT id FROM auth.users ORDER BY id OFFSET n LIMIT 1)
        FROM generate_series(0, 2) AS n;
        INSERT INTO org_members (id, org_id, user_id, role)
        SELECT md5(o.slug || u.id)::uuid, o.id, u.id, 'admin'
        FROM organizations AS o CROSS JOIN auth.users AS u WHERE o.slug IN ('grown-0', 'grown-2');
        ALTER TABLE dsos DISABLE TRIGGER USER;
        UPDATE dsos AS d SET org_id = o.id FROM organizations AS o WHERE o.slug = 'grown-' || right(d.id::text, 1);
        ALTER TABLE dsos ENABLE TRIGGER USER;
        """;

    private IEnumerable<string> Tables(bool isEarly)
    {
        var tables = growth.Tables.Where(table => table.IsEarly == isEarly).OrderBy(table => table.Number).ToList();
        var links = growth.Links
            .Select((link, number) => Resolved.Of(growth, link, number)).OfType<Resolved>()
            .Where(link => link.Child.IsEarly == isEarly).ToList();
        foreach (var table in tables)
            yield return Create(table, [.. links.Where(link => link.Child == table)]);
        foreach (var link in links)
            yield return link.Constraint;
        foreach (var table in tables)
            yield return Rows(table, [.. links.Where(link => link.Child == table && !link.IsFilledLater)]);
        foreach (var link in links.Where(link => link.IsFilledLater))
        {
            var values = link.Columns.Zip(link.Values, (column, value) => $"{column} = {value}");
            yield return $"UPDATE {link.Child.Name} SET {string.Join(", ", values)};";
        }
    }

    private static string Create(GrownTable table, IReadOnlyList<Resolved> links)
    {
        var key = table.Key switch
        {
            GrownKey.Identity => "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            GrownKey.Uuid => "id uuid DEFAULT gen_random_uuid() PRIMARY KEY",
            GrownKey.Pair => "place integer, \"Part\" text, PRIMARY KEY (\"Part\", place), UNIQUE (place, \"Part\")",
            GrownKey.Code => "code text NOT NULL UNIQUE",
            GrownKey.Deferrable => "code text NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED",
            _ => "code text",
        };
        return $"CREATE TABLE {table.Name} ({string.Join(", ", [key, Baggage, .. links.SelectMany(link => link.Definitions)])});";
    }

    // The migrations between an early table and a later one may have deleted rows that these would refer to.
    private static string Rows(GrownTable table, IReadOnlyList<Resolved> links)
    {
        var key = table.KeyColumns.Select(column => $"\"{column.Name}\"").Zip(table.KeyOf("n")).ToList();
        if (key.Count == 0)
            key = [("code", "'code ' || n")];
        string[] columns = [.. key.Select(column => column.First), "\"n\"", .. Given, .. links.SelectMany(link => link.Columns)];
        string[] values =
        [
            .. key.Select(column => column.Second), "n", "nullif('it''s ' || n, 'it''s 1')", "n / 7.0", "'glad'",
            .. links.SelectMany(link => link.Values),
        ];
        var needed = links.Where(link => link.IsRequired && link.Parent != table);
        string[] conditions = ["true", .. needed.Select(link => $"EXISTS (SELECT FROM {link.Table})")];
        return $"""
            INSERT INTO {table.Name} ({string.Join(", ", columns)})
            OVERRIDING SYSTEM VALUE
            SELECT {string.Join(", ", values)}
            FROM generate_series(0, {table.Rows - 1}) AS n
            WHERE {string.Join(" AND ", conditions)};
            """;
    }

    /// <summary>A link with its tables.</summary>
    private sealed record Resolved(
        GrownLink Link,
        int Number,
        GrownTable Child,
        GrownTable? Parent,
        IReadOnlyList<string> Names,
        IReadOnlyList<string> Types,
        string Table)
    {
        /// <summary>Whether a row cannot exist without the one that it refers to.</summary>
        public bool IsRequired => Link.IsRequired && !IsFilledLater;

        /// <summary>Whether the rows that it refers to come later.</summary>
        public bool IsFilledLater => Parent is not null && Parent.IsEarly == Child.IsEarly && Parent.Number > Child.Number;

        public IEnumerable<string> Columns => Names.Select((_, place) => $"l{Number}{(char)('a' + place)}");

        public IEnumerable<string> Definitions => Columns.Select((column, place) =>
            $"{column} {Types[place]}{(IsRequired && !(Link.SetsOne && place > 0) ? " NOT NULL" : "")}{Default(place)}");

        public string Constraint =>
            $"ALTER TABLE {Child.Name} ADD CONSTRAINT l{Number} FOREIGN KEY ({string.Join(", ", Columns)}) "
            + $"REFERENCES {Table} ({Quoted}) ON DELETE {Link.Action}{SetColumns} {Link.Waiting};";

        /// <summary>What a row refers to, for its number.</summary>
        public IEnumerable<string> Values => Names.Select((name, place) =>
            IsRequired ? Pick(name, place) : $"CASE WHEN n % 3 <> {Link.Shift % 3} THEN {Pick(name, place)} END");

        private string SetColumns =>
            Link.SetsOne && Names.Count > 1 && Link.Action.StartsWith("SET", StringComparison.Ordinal) ? $" ({Columns.Last()})" : "";

        public static Resolved? Of(Growth growth, GrownLink link, int number)
        {
            var child = growth.Tables.FirstOrDefault(table => table.Number == link.Child);
            if (child is null)
                return null;
            if (link.Parent is not { } parentNumber)
            {
                var (table, names, types) = Known(child.IsEarly ? (KnownKey)((int)link.Known % 3) : link.Known);
                return new(link, number, child, null, names, types, table);
            }

            var parent = growth.Tables.FirstOrDefault(table => table.Number == parentNumber);
            if (parent is null || parent.KeyColumns.Count == 0 || child.IsEarly && !parent.IsEarly)
                return null;
            var key = parent.KeyColumns;
            string[] columns = [.. key.Select(column => column.Name)];
            return new(link, number, child, parent, columns, [.. key.Select(column => column.Type)], parent.Name);
        }

        private static (string Table, string[] Names, string[] Types) Known(KnownKey key) => key switch
        {
            KnownKey.Access => ("public.user_dso_access", ["id"], ["uuid"]),
            KnownKey.AccessPair => ("public.user_dso_access", ["user_id", "dso_id"], ["text", "uuid"]),
            KnownKey.Dso => ("public.dsos", ["id"], ["uuid"]),
            KnownKey.Organization => ("public.organizations", ["id"], ["uuid"]),
            KnownKey.Slug => ("public.organizations", ["slug"], ["text"]),
            KnownKey.Member => ("public.org_members", ["id"], ["uuid"]),
            KnownKey.MemberPair => ("public.org_members", ["org_id", "user_id"], ["uuid", "uuid"]),
            _ => ("public.user_profiles", ["id"], ["uuid"]),
        };

        private string Pick(string name, int place) => Parent != Child
            ? $"(SELECT p.\"{name}\" FROM (SELECT {Quoted} FROM {Table}) AS p ORDER BY {Quoted} "
                + $"OFFSET (n * 2 + {Link.Shift}) % (SELECT greatest(count(*), 1) FROM {Table}) LIMIT 1)"
            : Parent.KeyOf($"(n * 2 + {Link.Shift}) % {Parent.Rows}")[place];

        private string Quoted => string.Join(", ", Names.Select(name => $"\"{name}\""));

        private string Default(int place) =>
            Link.Action != "SET DEFAULT" || Parent is null || IsFilledLater ? "" : $" DEFAULT {Parent.KeyOf("0")[place]}";
    }
}
