using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class ArchivingAnyType : DatabaseTest
{
    private const string Types = """
        CREATE TYPE public.mood AS ENUM ('sad', 'it''s, "glad"');
        CREATE TYPE public.pair AS (one integer, other text);
        CREATE DOMAIN public.code AS varchar(8) CHECK (VALUE <> '');
        """;

    private const string Columns = """
        id integer PRIMARY KEY, facts json, page xml, place point, shape polygon, words tsvector,
        mood public.mood, moods public.mood[], pair public.pair, code public.code, price money, bits bit varying(9),
        address inet, period tstzrange, periods datemultirange, ratio real, many numeric[][], letter "char", fixed char(5), body bytea
        """;

    private const string Rows = """
        INSERT INTO public.things VALUES
        (1, '{"b":  1, "b": 2}', '<a>x</a>', '(0.1,2)', '((0,0),(1,1),(1,0))', 'a:1 b:2', 'sad',
         '{sad,NULL,"it''s, \"glad\""}', ROW(1, 'it''s, "x"'),
         'ä', 12.5, '101', '10.0.0.1/8', '[2026-01-01Z,)', '{[2026-01-01,2026-02-01)}', 0.1, '{{1.10,2},{3,NULL}}', 'x', 'a', '\x00ff'),
        (2, 'null', '', NULL, NULL, '', NULL, '{}', ROW(NULL, NULL), NULL, NULL, '', NULL, 'empty', '{}', 'NaN', '{}', '', '', ''),
        (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '-Infinity', NULL, NULL, NULL, NULL);
        """;

    protected override string Schema => $"{Types} CREATE TABLE public.things ({Columns}); {Rows}";

    [TestCase(typeof(RowsGone))]
    [TestCase(typeof(TableGone))]
    [TestCase(typeof(TableAndTypesGone))]
    public async Task Brings_rows_back_as_they_were(Type migration)
    {
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(migration);

        await migrator.UpAsync();
        await migrator.DownAsync();

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [TestCase("json")]
    [TestCase("xml")]
    [TestCase("point")]
    [TestCase("public.mood")]
    [TestCase("public.pair[]")]
    [TestCase("public.code")]
    public async Task Brings_values_of_a_column_back(string type)
    {
        var value = type switch
        {
            "json" => "'{\"b\":  1, \"b\": 2}'",
            "xml" => "'<a>x</a>'",
            "point" => "'(0.1,2)'",
            "public.mood" => "'it''s, \"glad\"'",
            "public.pair[]" => "ARRAY[ROW(1, 'it''s, \"x\"'), ROW(NULL, NULL), NULL]::public.pair[]",
            _ => "'ä'",
        };
        await Database.ExecuteAsync($"ALTER TABLE public.things ADD COLUMN extra {type}");
        await Database.ExecuteAsync($"UPDATE public.things SET extra = {value} WHERE id < 3");
        ColumnGone.ColumnType = type;
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(typeof(ColumnGone));

        await migrator.UpAsync();
        await migrator.DownAsync();

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Backfill(1, TransactionBehavior.None)]
    public sealed class RowsGone : OnlineMigration
    {
        public override void Up() => ArchiveAndDelete("public.things", where: "t.id <> 2");

        public override void Down() => Restore("public.things");
    }

    [Expand(1)]
    public sealed class TableGone() : TablesGone(("public.things", Columns));

    [Expand(1)]
    public sealed class TableAndTypesGone() : TablesGone(("public.things", Columns))
    {
        protected override string Before => Types;

        protected override string After => "DROP TYPE public.mood, public.pair; DROP DOMAIN public.code";
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class ColumnGone : OnlineMigration
    {
        private static readonly AsyncLocal<string> Type = new();

        /// <summary>Of the test that is running.</summary>
        public static string ColumnType
        {
            get => Type.Value!;
            set => Type.Value = value;
        }

        public override void Up() => ArchiveAndDropColumn("public.things", "extra");

        public override void Down()
        {
            Sql($"ALTER TABLE public.things ADD COLUMN IF NOT EXISTS extra {ColumnType}");
            RestoreColumn("public.things", "extra");
        }
    }
}
