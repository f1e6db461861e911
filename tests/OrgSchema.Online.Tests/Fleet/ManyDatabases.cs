using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>One migration on several databases: <c>a</c>, <c>b</c>, <c>c</c> and <c>d</c>, each with a table of people.</summary>
[Parallelizable(ParallelScope.Self)] // the databases are the same for all: making four for each test would take most of its time
public sealed class ManyDatabases
{
    private static readonly Dictionary<string, EmptyDatabase> Databases = [];
    private readonly Told<FleetEvent> _told = new();

    [OneTimeSetUp]
    public static async Task Create()
    {
        foreach (var name in (string[])["a", "b", "c", "d"])
            Databases[name] = await EmptyDatabase.CreateAsync();
    }

    [OneTimeTearDown]
    public static async Task Drop()
    {
        foreach (var database in Databases.Values)
            await database.DisposeAsync();
    }

    [SetUp]
    public async Task BeginAgain()
    {
        foreach (var database in Databases.Values)
            await database.ExecuteAsync("DROP SCHEMA IF EXISTS orgschema CASCADE; DROP TABLE IF EXISTS public.people CASCADE; CREATE TABLE public.people (id integer)");
    }

    [TestCase(null, "a", false)]
    [TestCase("c", "c", false)]
    [TestCase("c", "c", true)]
    public async Task Canary_that_fails_leaves_the_others_untouched(string? canary, string fails, bool keepGoing)
    {
        await BreakAsync(fails);
        var before = await FingerprintsAsync();

        var results = await RunAsync(new FleetOptions { Canary = canary, KeepGoing = keepGoing });

        Assert.That(Outcomes(results), Is.EqualTo(new[] { "a", "b", "c", "d" }.Select(name => name == fails ? "MigrationFailedException" : "not started")));
        Assert.That(_told.All.OfType<FleetTargetStarted>().Single(), Is.EqualTo(new FleetTargetStarted(new FleetTarget(fails, Databases[fails].ConnectionString), IsCanary: true)));
        foreach (var (name, fingerprint) in before.Where(entry => entry.Key != fails))
            (await Databases[name].FingerprintAsync()).AssertSameAs(fingerprint);
    }

    [Test]
    public async Task Canary_whose_verification_finds_something_leaves_the_others_untouched()
    {
        var results = await RunAsync(new FleetOptions(), options => options with
        {
            Verify = (_, _, _) => Task.FromResult<IReadOnlyList<Finding>>([new Finding("wrong", "Something is wrong", "Mend it.", Severity.Error)]),
        });

        Assert.That(Outcomes(results), Is.EqualTo(new[] { "done", "not started", "not started", "not started" }));
        Assert.That(results[0].Value!.Findings.Single().Id, Is.EqualTo("wrong"));
    }

    [TestCase(false, "not started", 1)]
    [TestCase(true, "done", 0)]
    public async Task One_that_fails_stops_what_is_not_started_or_not_and_a_second_run_does_the_rest(bool keepGoing, string afterwards, int left)
    {
        await BreakAsync("c");
        var options = new FleetOptions { Parallel = 1, KeepGoing = keepGoing };

        Assert.That(Outcomes(await RunAsync(options)), Is.EqualTo(new[] { "done", "done", "MigrationFailedException", afterwards }));

        await Databases["c"].ExecuteAsync("DROP VIEW public.adults");
        var second = await RunAsync(options);
        Assert.That(Outcomes(second), Is.All.EqualTo("done"));
        Assert.That(second.Select(result => result.Value!.Done.Count), Is.EqualTo(new[] { 0, 0, 1, left }));
    }

    [Test]
    public async Task One_that_cannot_be_reached_says_so_and_the_others_are_done()
    {
        var targets = Targets().Append(new FleetTarget("nowhere", new Npgsql.NpgsqlConnectionStringBuilder(Databases["a"].ConnectionString) { Database = "nowhere" }.ConnectionString));

        var results = await RunAsync(new FleetOptions { KeepGoing = true }, targets: [.. targets]);

        Assert.That(Outcomes(results), Is.EqualTo(new[] { "done", "done", "done", "done", "TargetException" }));
    }

    [Test]
    public async Task Others_end_while_one_waits_for_its_lock()
    {
        var stranger = await Databases["b"].WithLockedTable("public.people");
        var run = RunAsync(new FleetOptions { Parallel = 2 });

        await _told.UntilAsync<FleetTargetTold>(told => told is { Target.Name: "b", Event: LocksAwaited });
        await _told.UntilAsync<FleetTargetEnded>(ended => ended.Target.Name == "c");
        await _told.UntilAsync<FleetTargetEnded>(ended => ended.Target.Name == "d");
        Assert.That(_told.All.OfType<FleetTargetEnded>().Any(ended => ended.Target.Name == "b"), Is.False);

        await stranger.DisposeAsync();
        Assert.That(Outcomes(await run), Is.All.EqualTo("done"));
    }

    [Test]
    public async Task What_is_under_way_when_another_fails_goes_to_its_end()
    {
        await BreakAsync("c");
        var stranger = await Databases["b"].WithLockedTable("public.people");
        var run = RunAsync(new FleetOptions { Parallel = 2 });

        await _told.UntilAsync<FleetTargetTold>(told => told is { Target.Name: "b", Event: LocksAwaited });
        await _told.UntilAsync<FleetTargetEnded>(ended => ended.Target.Name == "c");
        await stranger.DisposeAsync();

        Assert.That(Outcomes(await run), Is.EqualTo(new[] { "done", "done", "MigrationFailedException", "not started" }));
    }

    [Test]
    public async Task Interruption_ends_what_is_under_way_and_starts_no_more()
    {
        await using var stranger = await Databases["b"].WithLockedTable("public.people");
        using var stop = new CancellationTokenSource();
        var run = RunAsync(new FleetOptions { Parallel = 1 }, cancellationToken: stop.Token);

        await _told.UntilAsync<FleetTargetTold>(told => told is { Target.Name: "b", Event: LocksAwaited });
        await stop.CancelAsync();

        Assert.That(Outcomes(await run), Is.EqualTo(new[] { "done", "TaskCanceledException", "not started", "not started" }));
    }

    [Test]
    public async Task Questions_are_answered_by_all_that_can()
    {
        await using var fleet = Fleet(new FleetOptions());

        var answers = await fleet.AskAsync([.. Targets(), new FleetTarget("no host", "Host=127.0.0.1;Port=1")], (_, migrator, token) => migrator.BeforeUpAsync(null, token), default);

        Assert.That(answers.Select(answer => (answer.Target.Name, answer.Value?.Count)), Is.EqualTo(new (string, int?)[] { ("a", 0), ("b", 0), ("c", 0), ("d", 0), ("no host", null) }));
        Assert.That(answers[^1].Error, Is.TypeOf<TargetException>());
    }

    [Test]
    public void Canary_that_is_not_among_them_is_a_mistake()
    {
        var failure = Assert.ThrowsAsync<RequestException>(() => RunAsync(new FleetOptions { Canary = "e" }))!;

        Assert.That($"{failure.Message} {failure.Remedy}", Is.EqualTo("There is no target with the name 'e' to begin with. Names are: a, b, c, d."));
        Assert.Throws<ArgumentException>(() => Fleet(new FleetOptions { Parallel = 0 }));
    }

    // The migration cannot change the type of a column that a view uses.
    private static Task BreakAsync(string name) => Databases[name].ExecuteAsync("CREATE VIEW public.adults AS SELECT id FROM public.people");

    private static List<FleetTarget> Targets() => [.. Databases.Select(entry => new FleetTarget(entry.Key, entry.Value.ConnectionString))];

    private Fleet Fleet(FleetOptions fleet, Func<MigratorOptions, MigratorOptions>? also = null) =>
        new((also ?? (options => options))(Databases["a"].Options(typeof(WidenPeople))), fleet, _told);

    private async Task<IReadOnlyList<FleetResult<RunResult>>> RunAsync(
        FleetOptions options, Func<MigratorOptions, MigratorOptions>? also = null, IReadOnlyList<FleetTarget>? targets = null, CancellationToken cancellationToken = default)
    {
        await using var fleet = Fleet(options, also);
        return await fleet.RunAsync(targets ?? Targets(), (migrator, token) => migrator.UpAsync(null, token), cancellationToken);
    }

    private static async Task<Dictionary<string, Fingerprint>> FingerprintsAsync()
    {
        var fingerprints = new Dictionary<string, Fingerprint>();
        foreach (var (name, database) in Databases)
            fingerprints[name] = await database.FingerprintAsync();
        return fingerprints;
    }

    private static IEnumerable<string> Outcomes(IEnumerable<FleetResult<RunResult>> results) =>
        results.Select(result => result.Error?.GetType().Name ?? (result.WasStarted ? "done" : "not started"));

    [Expand(1)]
    public sealed class WidenPeople : OnlineMigration
    {
        public override void Up() => Alter.Table("people").InSchema("public").AlterColumn("id").AsInt64();

        public override void Down() => Alter.Table("people").InSchema("public").AlterColumn("id").AsInt32();
    }
}
