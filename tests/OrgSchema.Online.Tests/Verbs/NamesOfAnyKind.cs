using FluentMigrator;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Schemas, tables, columns, constraints, indexes and triggers of names of every shape, through up, down and up again.</summary>
public sealed class NamesOfAnyKind
{
    // Tags of dollar quotes, and what patterns, lists, psql and the archive could take for their own.
    private const string Worst = "a\"b, 'c\\d%s|(INDEX EXCLUDE \n$step$$batch$$left$$archive$:id";

    private static readonly string[] Shapes =
    [
        "Users", "order", "my table", "Größe", "a\"b", "it's", "100%", "$body$", "back\\slash", "with.dot", Worst,
        new string('ü', 31) + "u", new string('n', 63),
    ];

    [TestCaseSource(nameof(Shapes))]
    public async Task Go_up_and_down_and_up(string shape)
    {
        var names = new Names(shape);
        await using var database = await CreateAsync(names);
        await using var migrator = new TestMigrator(Options(database, names));
        var (rows, catalog) = (await RowsAsync(database, names), await CatalogAsync(database, names));

        await migrator.UpAsync(to: 1);

        Assert.That(await CatalogAsync(database, names), Is.SupersetOf(new[]
        {
            $"column {names.Value} of public {shape} NOT NULL",
            $"index {names.Value} on {names.Value}, {names.Link}: true",
            $"constraint {shape} of public {shape} f {names.Link} true",
            $"constraint {names.Value} of public {shape} c {names.Value} true",
        }));
        var values = await database.ColumnAsync<string>($"SELECT {names.Value.Sql()} FROM {names.Child} ORDER BY 1");
        Assert.That(values, Is.EqualTo(new[] { "done", "done", "kept" }));
        var rights = await database.ScalarAsync<string>($"SELECT relacl::text FROM pg_class WHERE oid = {Literal.Of(names.Child)}::regclass");
        Assert.That(rights, Does.Contain("anon=r/").And.Not.Contain("authenticated"));

        await migrator.UpAsync();

        var (rowsThen, catalogThen) = (await RowsAsync(database, names), await CatalogAsync(database, names));
        var left = await database.ColumnAsync<int>($"SELECT {shape.Sql()} FROM {names.Parent} UNION ALL SELECT {shape.Sql()} FROM {names.Child}");
        Assert.That(left, Is.EqualTo(new[] { 1, 1 }));
        Assert.That(catalogThen, Has.None.StartsWith($"column {names.Link} ").And.None.Contains($" of {names.Shape} {names.Value}"), "it is there");

        await migrator.DownAsync();

        Assert.That(await RowsAsync(database, names), Is.EqualTo(rows));
        Assert.That(await CatalogAsync(database, names), Is.EqualTo(catalog));
        Assert.That(await ArchivesAsync(database), Is.Empty);

        await migrator.UpAsync();

        Assert.That(await RowsAsync(database, names), Is.EqualTo(rowsThen));
        Assert.That(await CatalogAsync(database, names), Is.EqualTo(catalogThen));
    }

    [Test]
    public async Task Are_in_scripts_for_psql()
    {
        var names = new Names(Worst);
        await using var database = await CreateAsync(names);
        await using var migrator = new Migrator(Options(database, names), new Progress<MigrationEvent>());
        var rows = await RowsAsync(database, names);
        var scripts = await migrator.ScriptAsync(ScriptFormat.Sql, record: true, CancellationToken.None);
        var (up, down) = (scripts.Where(script => script.Direction == Direction.Up), scripts.Where(script => script.Direction == Direction.Down).Reverse());

        foreach (var script in up)
            await RunAsync(script);
        Assert.That(await RowsAsync(database, names), Has.Count.EqualTo(2));
        foreach (var script in down)
            await RunAsync(script);

        Assert.That(await RowsAsync(database, names), Is.EqualTo(rows));

        async Task RunAsync(ScriptFile script)
        {
            var (exitCode, error) = await database.PsqlAsync(script.Sql);
            Assert.That(exitCode, Is.Zero, $"{script.Name}: {error}");
        }
    }

    [Test]
    public async Task Are_known_to_the_plan()
    {
        var names = new Names(Worst);
        await using var database = await CreateAsync(names);
        var (inQuotes, inWords) = ($"BEGIN PERFORM FROM {names.Gone}; END", $"BEGIN /* {names.Shape} {names.Value} */ END");
        await database.ExecuteAsync($"""
            CREATE FUNCTION public.names_it() RETURNS void LANGUAGE plpgsql AS {Literal.Of(inQuotes)};
            CREATE FUNCTION public.speaks_of_it() RETURNS void LANGUAGE plpgsql AS {Literal.Of(inWords)};
            CREATE PUBLICATION watched FOR TABLE {names.Gone} WHERE ({names.Value.Sql()} <> 'never');
            """);
        await using var migrator = new Migrator(Options(database, names), new Progress<MigrationEvent>());

        var plan = await migrator.DescribeAsync(null, CancellationToken.None);

        Assert.That(plan.Removal.Functions.Select(function => function.Function), Is.EqualTo(new[] { "public.names_it()" }));
        Assert.That(plan.Removal.Obstacles.Select(obstacle => obstacle.Id), Is.EqualTo(new[] { "rows-without-identity" }));
        var update = plan.Migrations[0].Statements.Single(statement => statement.Sql.StartsWith("UPDATE ", StringComparison.Ordinal));
        Assert.That(plan.TriggersFiredBy(update.Rows.Single()), Is.EqualTo(new[] { Worst }));
    }

    [Test]
    public async Task Are_those_of_roles()
    {
        var (one, other) = ($"It's \"one\" 100% {Guid.NewGuid():N}", $"Ö\\ther {Guid.NewGuid():N}");
        await using (var database = await CreateAsync(new Names(Worst)))
        {
            await database.ExecuteAsSuperuserAsync($"CREATE ROLE {one.Sql()}; CREATE ROLE {other.Sql()}");
            await database.ExecuteAsync($"GRANT ALL ON {new Names(Worst).Child} TO {other.Sql()}, PUBLIC");
            await using var migrator = new TestMigrator(
                database.Options(typeof(Granted)) with { Services = services => services.AddSingleton(new Roles(one, other)) });

            await migrator.UpAsync();

            var may = await database.ColumnAsync<bool>(
                $"SELECT has_table_privilege(r, {Literal.Of(new Names(Worst).Child)}::regclass, 'SELECT') FROM unnest({Literal.Of([one, other])}) AS r");
            Assert.That(may, Is.EqualTo(new[] { true, false }));
        }

        await using var empty = await EmptyDatabase.CreateAsync();
        await empty.ExecuteAsSuperuserAsync($"DROP ROLE {one.Sql()}; DROP ROLE {other.Sql()}");
    }

    [Test]
    public async Task Have_archives_apart_where_they_look_alike()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        foreach (var table in LookAlike.Tables.Select(QualifiedName.Parse))
        {
            await database.ExecuteAsync($"CREATE TABLE {table} (id integer PRIMARY KEY, \"b:c\" text, c text)");
            await database.ExecuteAsync($"INSERT INTO {table} VALUES (1, {Literal.Of(table.Name)}, 'c')");
        }

        var before = await RowsAsync();
        await using var migrator = database.Migrator(typeof(LookAlike));

        await migrator.UpAsync();
        var archives = await ArchivesAsync(database);
        await migrator.DownAsync();

        Assert.That(archives, Has.Count.EqualTo(2 * LookAlike.Tables.Length));
        Assert.That(await RowsAsync(), Is.EqualTo(before));

        Task<IReadOnlyList<string>> RowsAsync() => database.ColumnAsync<string>(
            string.Join(" UNION ALL ", LookAlike.Tables.Select(table => $"SELECT to_jsonb(t)::text FROM {QualifiedName.Parse(table)} AS t")));
    }

    private static MigratorOptions Options(TestDatabase database, Names names, params Type[] migrations) =>
        database.Options(migrations.Length > 0 ? migrations : [typeof(Changed), typeof(RowsGone), typeof(ColumnGone), typeof(TableGone)]) with
        {
            Services = services => services.AddSingleton(names),
        };

    private static async Task<EmptyDatabase> CreateAsync(Names names)
    {
        var (shape, value, link) = (names.Shape.Sql(), names.Value.Sql(), names.Link.Sql());
        var database = await EmptyDatabase.CreateAsync();
        await database.ExecuteAsync($"""
            CREATE SCHEMA {shape};
            CREATE TABLE {names.Parent} ({shape} integer PRIMARY KEY, label text);
            CREATE TABLE {names.Child} ({shape} integer PRIMARY KEY, {value} text, {link} integer);
            CREATE TABLE {names.Gone} ({shape} integer PRIMARY KEY, {value} text);
            CREATE FUNCTION public.changed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE TRIGGER {shape} BEFORE UPDATE ON {names.Child} FOR EACH ROW EXECUTE FUNCTION public.changed();
            INSERT INTO {names.Parent} VALUES (1, 'one'), (2, 'two');
            INSERT INTO {names.Child} VALUES (1, NULL, 1), (2, 'kept', 2), (3, NULL, 2);
            INSERT INTO {names.Gone} VALUES (1, 'gone');
            """);
        return database;
    }

    // A column that comes back is the last one: rows are compared by name.
    private static async Task<IReadOnlyList<string>> RowsAsync(TestDatabase database, Names names)
    {
        var isGone = await database.ScalarAsync<bool>($"SELECT to_regclass({Literal.Of(names.Gone)}) IS NULL");
        return await database.ColumnAsync<string>($"""
            SELECT to_jsonb(t)::text FROM {names.Parent} AS t UNION ALL SELECT to_jsonb(t)::text FROM {names.Child} AS t
            {(isGone ? "" : $"UNION ALL SELECT to_jsonb(t)::text FROM {names.Gone} AS t")} ORDER BY 1
            """);
    }

    private static Task<IReadOnlyList<string>> CatalogAsync(TestDatabase database, Names names) => database.ColumnAsync<string>($"""
        SELECT 'column ' || a.attname || ' of ' || c.relnamespace::regnamespace || ' ' || c.relname || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relkind = 'r' AND c.relnamespace IN ('public'::regnamespace, {Literal.Of(names.Shape.Sql())}::regnamespace)
        UNION ALL
        SELECT 'index ' || c.relname || ' on ' || (SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_attribute AS a WHERE a.attrelid = c.oid)
            || ': ' || i.indisvalid
        FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
        WHERE c.relnamespace IN ('public'::regnamespace, {Literal.Of(names.Shape.Sql())}::regnamespace)
        UNION ALL
        SELECT 'constraint ' || k.conname || ' of ' || c.relnamespace::regnamespace || ' ' || c.relname || ' ' || k.contype::text || ' '
            || (SELECT string_agg(a.attname, ', ') FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey)) || ' ' || k.convalidated
        FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid
        WHERE k.contype <> 'n' AND c.relnamespace IN ('public'::regnamespace, {Literal.Of(names.Shape.Sql())}::regnamespace)
        UNION ALL
        SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
        ORDER BY 1
        """);

    private static Task<IReadOnlyList<string>> ArchivesAsync(TestDatabase database) => database.ColumnAsync<string>(
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'orgschema' AND tablename ~ '^archive_(?!definition$)'");

    /// <summary>Names of one shape: as the catalog has them, and as SQL.</summary>
    public sealed record Names(string Shape)
    {
        public string Value { get; } = Like('v', Shape);

        public string Link { get; } = Like('l', Shape);

        public string Rich { get; } = Like('r', Shape);

        public string Unique { get; } = Like('u', Shape);

        public string Parent => $"{Shape.Sql()}.{Shape.Sql()}";

        public string Child => $"public.{Shape.Sql()}";

        public string Gone => $"{Shape.Sql()}.{Value.Sql()}";

        /// <summary>As a migration says it: the name as it is, after the first dot.</summary>
        public string SaidChild => $"public.{Shape}";

        private static string Like(char first, string shape) => first + (shape.Length is 32 or 63 ? shape[1..] : shape);
    }

    public sealed record Roles(string One, string Other);

    [Expand(1, TransactionBehavior.None)]
    public sealed class Changed(Names names) : OnlineMigration
    {
        private string Value => names.Value.Sql();

        public override void Up()
        {
            CreateIndexConcurrently(names.Value, names.SaidChild, $"{Value}, {names.Link.Sql()}");
            CreateIndexConcurrently(
                names.Rich, names.SaidChild, $"{Value} DESC, lower({Value})", where: $"{Value} <> 'never'", include: names.Link.Sql());
            AddUnique(names.Unique, names.SaidChild, $"{names.Shape.Sql()}, {names.Link.Sql()}", include: Value);
            AddForeignKey(names.Shape, names.SaidChild, names.Link, references: names.Parent, referencedColumn: names.Shape, onDelete: OnDelete.Cascade);
            AddCheck(names.Value, names.SaidChild, $"{Value} <> 'never'");
            Backfill(
                names.SaidChild,
                where: $"t.{Value} IS NULL",
                apply: $"UPDATE {names.Child} AS d SET {Value} = 'done' FROM batch WHERE d.{names.Shape.Sql()} = batch.key",
                key: names.Shape);
            RequireNotNull(names.SaidChild, names.Value);
            ProveUpdates(names.SaidChild, names.Shape);
            GrantOnly(names.SaidChild, to: ["anon"], nothingTo: ["authenticated"], privileges: "SELECT");
            Sql($"UPDATE {names.Child} SET {Value} = {Value}", new TableLock(names.SaidChild, LockMode.RowExclusive));
        }

        public override void Down()
        {
            AllowNull(names.SaidChild, names.Value);
            DropConstraint(names.Value, names.SaidChild);
            DropConstraint(names.Shape, names.SaidChild);
            DropConstraint(names.Unique, names.SaidChild);
            DropIndexConcurrently(names.Rich, names.SaidChild);
            DropIndexConcurrently(names.Value, names.SaidChild);
            Sql($"UPDATE {names.Child} SET {Value} = NULL WHERE {Value} = 'done'", new TableLock(names.SaidChild, LockMode.RowExclusive));
        }
    }

    [Backfill(2, TransactionBehavior.None)]
    public sealed class RowsGone(Names names) : OnlineMigration
    {
        public override void Up() => ArchiveAndDelete(names.Parent, $"t.{names.Shape.Sql()} = 2");

        public override void Down() => Restore(names.Parent);
    }

    [Expand(3, TransactionBehavior.None)]
    public sealed class ColumnGone(Names names) : OnlineMigration
    {
        public override void Up() => ArchiveAndDropColumn(names.SaidChild, names.Link, key: names.Shape);

        public override void Down()
        {
            Sql($"ALTER TABLE {names.Child} ADD COLUMN IF NOT EXISTS {names.Link.Sql()} integer", new TableLock(names.SaidChild, LockMode.AccessExclusive));
            RestoreColumn(names.SaidChild, names.Link, references: names.Parent, key: names.Shape, referencedColumn: names.Shape);
        }
    }

    [Expand(4)]
    public sealed class TableGone(Names names) : OnlineMigration
    {
        public override void Up()
        {
            ArchiveAndDelete(names.Gone, where: null);
            ArchiveAndDropTable(names.Gone);
        }

        public override void Down()
        {
            Sql($"CREATE TABLE {names.Gone} ({names.Shape.Sql()} integer PRIMARY KEY, {names.Value.Sql()} text)");
            Restore(names.Gone);
        }
    }

    [Expand(1)]
    public sealed class Granted(Roles roles) : OnlineMigration
    {
        public override void Up() => GrantOnly($"public.{Worst}", to: [roles.One], nothingTo: [roles.Other]);

        public override void Down() => GrantOnly($"public.{Worst}", to: [roles.One, roles.Other], nothingTo: []);
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class LookAlike : OnlineMigration
    {
        // Archives were once called after the table alone, and the server cuts what it looks for to 63 bytes.
        public static readonly string[] Tables =
            ["public.a", "public.a:b", "public.a:b:c", "public.x.y", $"public.{new string('n', 55)}", $"public.{new string('n', 63)}"];

        public override void Up()
        {
            foreach (var table in Tables)
                ArchiveAndDropColumn(table, table == "public.a" ? "b:c" : "c");
            foreach (var table in Tables)
                ArchiveAndDelete(table, where: null);
        }

        public override void Down()
        {
            foreach (var table in Tables)
                Restore(table);
            foreach (var table in Tables)
            {
                Sql($"ALTER TABLE {QualifiedName.Parse(table)} ADD COLUMN IF NOT EXISTS \"{(table == "public.a" ? "b:c" : "c")}\" text");
                RestoreColumn(table, table == "public.a" ? "b:c" : "c");
            }
        }
    }
}

/// <summary>How a test writes a name in SQL.</summary>
internal static class NameWords
{
    /// <summary>In double quotes.</summary>
    public static string Sql(this string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
