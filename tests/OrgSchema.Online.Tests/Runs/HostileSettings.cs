using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Settings of the role in this database that break careless code.</summary>
public sealed class HostileSettings : DatabaseTest
{
    private static readonly (string Name, string Value)[] Settings =
    [
        ("search_path", "front, public"), ("default_transaction_isolation", "serializable"), ("default_transaction_deferrable", "on"),
        ("statement_timeout", "'500ms'"), ("lock_timeout", "'1ms'"), ("idle_in_transaction_session_timeout", "'1ms'"),
        ("DateStyle", "German"), ("IntervalStyle", "sql_standard"), ("TimeZone", "'Asia/Kolkata'"), ("bytea_output", "escape"),
        ("standard_conforming_strings", "off"), ("extra_float_digits", "'-15'"), ("quote_all_identifiers", "on"), ("client_encoding", "LATIN1"),
        ("client_min_messages", "debug5"), ("row_security", "off"), ("check_function_bodies", "off"), ("array_nulls", "off"),
    ];

    protected override string Schema =>
        """
        CREATE SCHEMA front;
        CREATE TABLE front.people (id text);
        CREATE TABLE front.schema_version (version text);
        CREATE FUNCTION front.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT NULL::timestamptz';
        CREATE TABLE public.teams (id integer PRIMARY KEY);
        CREATE TABLE public.people (id text PRIMARY KEY, at timestamptz NOT NULL, raw bytea, ratio float8, span interval, team integer, done text);
        INSERT INTO public.teams VALUES (1);
        INSERT INTO public.people SELECT 'back\slash'' ä ' || n, '2026-03-04Z', '\x00ff', 0.1::float8 + 0.2::float8, '1 mon', 1 FROM pg_catalog.generate_series(1, 30) AS n;
        """;

    [TestCaseSource(nameof(Names))]
    public async Task Result_is_the_same(string name) => await AssertSameWithAsync([Settings.Single(setting => setting.Name == name)]);

    [Test]
    public async Task Result_is_the_same_with_all_of_them() => await AssertSameWithAsync(Settings);

    private static IEnumerable<string> Names => Settings.Select(setting => setting.Name);

    private async Task AssertSameWithAsync((string Name, string Value)[] settings)
    {
        await using var migrator = new TestMigrator(Database.Options(typeof(Everything)) with { Backfill = new BackfillOptions { BatchSize = 7, MaxBatchSize = 7, TargetDuration = TimeSpan.FromHours(1), Pause = TimeSpan.Zero } });
        var before = await Database.FingerprintAsync();
        await migrator.UpAsync();
        var undisturbed = await Database.FingerprintAsync();
        await migrator.DownAsync();
        (await Database.FingerprintAsync()).AssertSameAs(before);

        await SetAsync(settings.Select(setting => $"SET {setting.Name} = {setting.Value}"));
        await migrator.UpAsync();
        await SetAsync(["RESET ALL"]);
        (await Database.FingerprintAsync()).AssertSameAs(undisturbed);

        await SetAsync(settings.Select(setting => $"SET {setting.Name} = {setting.Value}"));
        await migrator.DownAsync();
        await SetAsync(["RESET ALL"]);
        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    private async Task SetAsync(IEnumerable<string> settings)
    {
        foreach (var setting in settings)
            await Database.ExecuteAsSuperuserAsync($"ALTER ROLE postgres IN DATABASE \"{Database.Name}\" {setting}");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Everything : OnlineMigration
    {
        public override void Up()
        {
            CreateIndexConcurrently("people_at_idx", on: "public.people", columns: "at, team");
            AddForeignKey("people_team_fkey", "public.people", "team", references: "public.teams");
            Backfill("public.people", where: "t.done IS NULL", apply: "UPDATE public.people AS p SET done = 'a\\b' FROM batch AS b WHERE p.id = b.key");
            RequireNotNull("public.people", "team");
            Alter.Table("people").InSchema("public").AddColumn("since").AsDateTimeOffset().WithDefaultValue("2026-02-03 04:05:06+00");
            ArchiveAndDelete("public.people", where: "t.id LIKE '%1_'");
            Sql("SELECT pg_catalog.pg_sleep(0.7)");
            GrantOnly("public.people", to: ["service_role"], nothingTo: ["anon"]);
        }

        public override void Down()
        {
            Sql("REVOKE ALL ON public.people FROM service_role");
            Restore("public.people");
            Delete.Column("since").FromTable("people").InSchema("public");
            AllowNull("public.people", "team");
            Sql("UPDATE public.people SET done = NULL");
            DropConstraint("people_team_fkey", "public.people");
            DropIndexConcurrently("people_at_idx", on: "public.people");
        }
    }
}
