using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>What a run writes of itself.</summary>
public sealed class HistoryTables : DatabaseTest
{
    private static readonly FingerprintScope Everything = new() { ExceptSchemas = [] };

    protected override string Schema => "CREATE TABLE public.people (id integer)";

    [Test]
    public async Task Version_table_is_FluentMigrators_in_lower_case_with_a_primary_key()
    {
        await using var migrator = Database.Migrator(typeof(AddName));

        await migrator.UpAsync();

        Assert.That(
            await Database.ColumnAsync<string>("SELECT attname || ' ' || pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute WHERE attrelid = 'orgschema.schema_version'::regclass AND attnum > 0 ORDER BY attnum"),
            Is.EqualTo(new[] { "version bigint", "applied_on timestamp without time zone", "description character varying(1024)", "checksum text", "adopted boolean" }));
        Assert.That(await Database.ScalarAsync<string>("SELECT pg_catalog.pg_get_constraintdef(oid) FROM pg_catalog.pg_constraint WHERE conrelid = 'orgschema.schema_version'::regclass AND contype = 'p'"), Is.EqualTo("PRIMARY KEY (version)"));
        Assert.That(await Database.ScalarAsync<bool>("SELECT version = 1 AND description = 'AddName' AND applied_on BETWEEN pg_catalog.timezone('UTC', now()) - interval '1 minute' AND pg_catalog.timezone('UTC', now()) FROM orgschema.schema_version"));
    }

    [Test]
    public async Task Run_log_tells_who_did_what()
    {
        await using var migrator = new TestMigrator(Database.Options(typeof(AddName)) with { Operator = "ada@here", ApplicationName = "a program" });

        await migrator.UpAsync();
        await migrator.DownAsync();

        Assert.That(
            await Database.ColumnAsync<string>("SELECT pg_catalog.concat_ws(' ', version, name, direction, outcome, attempts, rows, role, operator, program, error) FROM orgschema.run_log WHERE finished_at >= started_at ORDER BY id"),
            Is.EqualTo(new[] { "1 AddName up done 1 0 postgres ada@here a program", "1 AddName down done 1 0 postgres ada@here a program" }));
    }

    [Test]
    public async Task Second_run_finds_nothing_to_do_and_writes_nothing()
    {
        await using var migrator = Database.Migrator(typeof(AddName));
        await migrator.UpAsync();
        var before = await PictureAsync();

        var result = await migrator.UpAsync();

        Assert.That(result.Done, Is.Empty);
        (await PictureAsync()).AssertSameAs(before);
        Assert.That(migrator.Told.OfType<MigrationStarted>().ToList(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Status_plan_and_questions_change_nothing()
    {
        var before = await PictureAsync();
        await using var migrator = Database.Migrator(typeof(AddName));

        await migrator.StatusAsync();
        await migrator.PlanAsync();
        await migrator.AskAsync((_, _, _) => Task.FromResult<IReadOnlyList<Finding>>([]));

        (await PictureAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Refused_run_leaves_no_trace()
    {
        var before = await PictureAsync();
        var finding = new Finding("not-today", "It is Friday", "Wait for Monday");
        await using var migrator = new TestMigrator(Database.Options(typeof(AddName)) with { Preflight = (_, _, _) => Task.FromResult<IReadOnlyList<Finding>>([finding]) });

        var refused = Assert.ThrowsAsync<PreflightException>(() => migrator.UpAsync())!;

        Assert.That(refused.Findings, Is.EqualTo(new[] { finding }));
        (await PictureAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Private_schema_is_reached_by_nobody_else()
    {
        await using var migrator = Database.Migrator(typeof(AddName));

        await migrator.UpAsync();

        Assert.That(await Database.ColumnAsync<string>("SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname IN ('anon', 'authenticated', 'service_role') AND pg_catalog.has_schema_privilege(rolname, 'orgschema', 'USAGE, CREATE')"), Is.Empty);
    }

    private async Task<Fingerprint> PictureAsync()
    {
        await using var connection = await Stranger.ConnectAsync(Database.SuperuserConnectionString);
        return await Fingerprint.ReadAsync(connection.Connection, Everything);
    }

    [Expand(1)]
    public sealed class AddName : OnlineMigration
    {
        public override void Up() => Alter.Table("people").InSchema("public").AddColumn("name").AsString().Nullable();

        public override void Down() => Delete.Column("name").FromTable("people").InSchema("public");
    }
}
