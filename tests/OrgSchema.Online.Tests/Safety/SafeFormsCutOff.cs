using FluentMigrator;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>A plain migration whose steps are done in their safe forms, and a run that is cut off.</summary>
public sealed class SafeFormsCutOff : DatabaseTest
{
    private const int CutsInShort = 5;

    protected override string Schema => "CREATE SCHEMA kept";

    private const string Before = """
        DROP SCHEMA IF EXISTS orgschema CASCADE;
        DROP SCHEMA public CASCADE;
        CREATE SCHEMA public;
        CREATE TABLE public.teams (id integer PRIMARY KEY);
        CREATE TABLE public.people (id integer PRIMARY KEY, name text, age integer, team integer);
        CREATE TABLE public.tally (n integer);
        CREATE INDEX people_age ON public.people (age);
        INSERT INTO public.teams VALUES (1), (2);
        INSERT INTO public.people SELECT n, 'name ' || n, n, 1 + n % 2 FROM pg_catalog.generate_series(1, 2500) AS n;
        ALTER SCHEMA public OWNER TO postgres;
        ALTER TABLE public.teams OWNER TO postgres; ALTER TABLE public.people OWNER TO postgres; ALTER TABLE public.tally OWNER TO postgres;
        """;

    [Test, Category(ChaosForm.Category)]
    public async Task Cut_off_behind_any_request_it_converges([Values] Direction direction, [Values(Loss.Process, Loss.Backend)] Loss loss)
    {
        var (first, last, end) = await UndisturbedAsync(direction);
        var order = Enumerable.Range(first, last - first + 1).ToArray();
        new Random(ChaosForm.Seed).Shuffle(order);
        foreach (var request in order.Take(ChaosForm.IsLong ? order.Length : CutsInShort))
        {
            await BeginAsync(direction);
            await using var proxy = new CuttingProxy(Database.ConnectionString, request, loss);
            try
            {
                await RunAsync(proxy.ConnectionString, direction, smallRows: 0);
            }
            catch (Exception e) when (e is NpgsqlException or OnlineMigrationException or InvalidOperationException)
            {
                // cut off
            }

            // Meanwhile the table may have become small: what has begun goes on as it has begun.
            await RunAsync(Database.ConnectionString, direction, smallRows: request % 2 == 0 ? 0 : long.MaxValue);

            (await PictureAsync()).AssertSameAs(end);
            Assert.That(
                await Database.ColumnAsync<long>("SELECT count(*) FROM public.tally UNION ALL SELECT count(*) FROM orgschema.step_ledger"),
                Is.EqualTo(new[] { direction == Direction.Up ? 1L : 2, 0 }),
                $"{loss} behind request {request}, seed {ChaosForm.Seed}");
        }
    }

    private async Task<(int First, int Last, Fingerprint End)> UndisturbedAsync(Direction direction)
    {
        await BeginAsync(direction);
        await using var proxy = new CuttingProxy(Database.ConnectionString);
        var first = 0;
        await RunAsync(proxy.ConnectionString, direction, smallRows: 0, told => first = told is MigrationStarted ? proxy.Requests : first);
        return (first, proxy.Requests, await PictureAsync());
    }

    private async Task BeginAsync(Direction direction)
    {
        await Database.ExecuteAsync(Before);
        if (direction == Direction.Down)
            await RunAsync(Database.ConnectionString, Direction.Up, smallRows: 0);
    }

    private async Task RunAsync(string connectionString, Direction direction, long smallRows, Action<MigrationEvent>? told = null)
    {
        var options = Database.Options(typeof(ManySteps)) with
        {
            ConnectionString = connectionString,
            SmallTableRows = smallRows,
            SmallTableBytes = smallRows == 0 ? 0 : long.MaxValue,
        };
        await using var migrator = new TestMigrator(options) { OnTold = told ?? (static _ => { }) };
        await migrator.RunAsync(direction);
    }

    private async Task<Fingerprint> PictureAsync()
    {
        await using var connection = await Database.OpenAsync();
        return await Fingerprint.ReadAsync(connection, new FingerprintScope { ExceptSchemas = ["orgschema"] }, default);
    }

    [Migration(1)]
    public sealed class ManySteps : Migration
    {
        public override void Up()
        {
            Create.Table("made").WithColumn("id").AsInt32().PrimaryKey();
            Insert.IntoTable("tally").Row(new { n = 1 });
            Create.Index("people_name").OnTable("people").OnColumn("name").Unique();
            Create.ForeignKey("people_team").FromTable("people").ForeignColumn("team").ToTable("teams").PrimaryColumn("id");
            Alter.Table("people").AddColumn("flag").AsBoolean().NotNullable().SetExistingRowsTo(true);
            Create.UniqueConstraint("people_unique").OnTable("people").Columns("name", "age");
            Execute.Sql("INSERT INTO public.made VALUES (1)");
            Delete.Index("people_age").OnTable("people");
            Update.Table("people").Set(new { age = 7 }).Where(new { team = 1 });
        }

        public override void Down()
        {
            Create.Index("people_age").OnTable("people").OnColumn("age");
            Insert.IntoTable("tally").Row(new { n = 2 });
            Delete.Column("flag").FromTable("people");
            Delete.ForeignKey("people_team").OnTable("people");
            Delete.UniqueConstraint("people_unique").FromTable("people");
            Delete.Index("people_name").OnTable("people");
            Delete.Table("made");
        }
    }
}
