using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>Every knob of a run. All have defaults but the target and the migrations.</summary>
public sealed record MigratorOptions
{
    /// <summary>The target, as an Npgsql connection string: see <see cref="DatabaseUrl.Parse"/>. Not with <see cref="DataSource"/>.</summary>
    public string ConnectionString { get; init; } = "";

    /// <summary>
    /// The target, as a data source of the application: for passwords that change, certificates, tokens. It must not multiplex, and must leave room for
    /// two connections, and one for each further worker of a backfill. Default: null, <see cref="ConnectionString"/> counts.
    /// </summary>
    public NpgsqlDataSource? DataSource { get; init; }

    /// <summary>
    /// The migrations: <c>typeof(Program).Assembly.GetTypes()</c> for all of an assembly. Types that are none, and plain ones that are not public, are passed over.
    /// A trimmed program lists them instead, each as a type argument whose public constructors are kept.
    /// </summary>
    public required IReadOnlyList<Type> Migrations { get; init; }

    /// <summary>Tags, as <c>RunnerOptions.Tags</c> of FluentMigrator: of tagged migrations only those that match run. Default: none of them.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Whether migrations without tags run, as <c>RunnerOptions.IncludeUntaggedMigrations</c> of FluentMigrator. Default: true.</summary>
    public bool IncludeUntaggedMigrations { get; init; } = true;

    /// <summary>The namespace of the migrations, as <c>TypeFilterOptions.Namespace</c> of FluentMigrator. Default: null, any.</summary>
    public string? Namespace { get; init; }

    /// <summary>Whether namespaces below <see cref="Namespace"/> count, as <c>TypeFilterOptions.NestedNamespaces</c>. Default: false.</summary>
    public bool NestedNamespaces { get; init; }

    /// <summary>
    /// How long the server works on a statement of a migration's author, as <c>GlobalCommandTimeout</c> of FluentMigrator. Default: null, for as long as
    /// it takes. Waits of statements that block nobody count.
    /// </summary>
    public TimeSpan? GlobalCommandTimeout { get; init; }

    /// <summary>The application's services, from which constructors of migrations get what they ask for. Default: null, <see cref="Services"/> alone.</summary>
    public IServiceProvider? ServiceProvider { get; init; }

    /// <summary>Adds services that constructors of migrations ask for, and FluentMigrator's own, such as conventions. Default: none.</summary>
    public Action<IServiceCollection> Services { get; init; } = static _ => { };

    /// <summary>Private schema for the version table, the run log, checkpoints and archives. Default: <c>orgschema</c>. Another name later means another history.</summary>
    public string PrivateSchema { get; init; } = "orgschema";

    /// <summary>What the server shows in <c>pg_stat_activity</c>. Default: <c>orgschema</c>. At most 63 bytes.</summary>
    public string ApplicationName { get; init; } = "orgschema";

    /// <summary>
    /// Search path of every session. Default: null. Then statements of migrations have what role, database and connection string say,
    /// and our own, which qualify every name but fire the application's triggers, <c>pg_catalog, public</c>.
    /// </summary>
    public string? SearchPath { get; init; }

    internal const string OwnSearchPath = "pg_catalog, public";

    /// <summary>
    /// How long one attempt waits in a lock queue. Default: 50 ms. It is also the longest time that one attempt can make
    /// the application wait, because everybody queues behind a waiting ALTER TABLE.
    /// </summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long one step keeps trying to get its locks before the run gives up. Default: 10 minutes.</summary>
    public TimeSpan LockBudget { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Lock timeout of statements that block nobody while they wait: CREATE INDEX CONCURRENTLY, VALIDATE CONSTRAINT.
    /// Default: 2 hours. Too short, and an index build that waits for an old snapshot starts again from nothing.
    /// </summary>
    public TimeSpan PatientLockTimeout { get; init; } = TimeSpan.FromHours(2);

    /// <summary>First pause after an attempt that did not get its locks; it doubles, with jitter. Default: 100 ms.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest pause between two attempts or two looks at the lock queue. Default: 2 s.</summary>
    public TimeSpan MaxRetryPause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long to wait for another run to end; after a lost connection at least <see cref="ReconnectBudget"/>, for what the server still has of this one. Default: 60 s.</summary>
    public TimeSpan RunnerWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long to keep trying after a connection was lost: a restart of the server, a fail-over. Default: 2 minutes. The
    /// run takes the runner lock again, reads where everything stands, and goes on. Zero: a lost connection ends the run.
    /// </summary>
    public TimeSpan ReconnectBudget { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How backfills pace themselves.</summary>
    public BackfillOptions Backfill { get; init; } = new();

    /// <summary>Whether blockers are reported with the first words of their query. Default: true. They may hold personal data.</summary>
    public bool ShowQueryText { get; init; } = true;

    /// <summary>Read-only questions asked before anything changes. Default: none.</summary>
    public DatabaseCheck? Preflight { get; init; }

    /// <summary>Read-only questions asked before contract migrations. Default: none.</summary>
    public DatabaseCheck? ContractGate { get; init; }

    /// <summary>Why contract migrations are applied although the gate refuses; kept in the run log. Default: null, they are not.</summary>
    public string? ForceReason { get; init; }

    /// <summary>Read-only questions asked when a run has ended. Default: none.</summary>
    public DatabaseCheck? Verify { get; init; }

    /// <summary>
    /// What to do about steps of authors that would make clients of the application wait or fail. Default: a safe form, else the run is refused.
    /// </summary>
    public UnsafeSteps UnsafeSteps { get; init; }

    /// <summary>Why steps without a safe form run all the same, this once; kept in the run log. Default: null, they are refused.</summary>
    public string? UnsafeReason { get; init; }

    /// <summary>How many rows make a table large. Below, and below <see cref="SmallTableBytes"/>, its steps run as they are written. Default: 10,000.</summary>
    public long SmallTableRows { get; init; } = 10_000;

    /// <summary>How many bytes make a table large, without its indexes. Default: 8 MiB.</summary>
    public long SmallTableBytes { get; init; } = 8 << 20;

    /// <summary>Whether to refuse a run when an applied migration has changed or a pending one is out of order. Default: warn.</summary>
    public bool Strict { get; init; }

    /// <summary>Whether to go on although functions of others name something that is dropped. Default: false, the run is refused: they would fail afterwards.</summary>
    public bool IgnoreFunctions { get; init; }

    /// <summary>What to do about a step that an earlier run began, and of which nothing tells whether it has finished. Default: refuse the run.</summary>
    public CutOffAnswer CutOff { get; init; }

    /// <summary>Who runs this, for the run log. Default: the operating system's user and host.</summary>
    public string Operator { get; init; } = $"{Environment.UserName}@{Environment.MachineName}";

    /// <summary>Which program runs this, with its version and commit, for the run log. Default: <see cref="ApplicationName"/>.</summary>
    public string? Program { get; init; }

    /// <summary>Clock for pauses and budgets. Default: the system's. Times that are stored come from the server.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Returns these options.</summary>
    /// <exception cref="ArgumentException">Some are out of range; the message lists all of them.</exception>
    public MigratorOptions Validated()
    {
        List<string> mistakes =
        [
            .. ConnectionString.Length > 0 == DataSource is null ? Array.Empty<string>() : [$"one of {nameof(ConnectionString)} and {nameof(DataSource)} must be given"],
            .. Positive(nameof(LockTimeout), LockTimeout),
            .. Positive(nameof(LockBudget), LockBudget),
            .. Positive(nameof(PatientLockTimeout), PatientLockTimeout),
            .. GlobalCommandTimeout is { } timeout ? Positive(nameof(GlobalCommandTimeout), timeout) : [],
            .. Positive(nameof(RetryPause), RetryPause),
            .. Positive(nameof(MaxRetryPause), MaxRetryPause),
            .. RunnerWait < TimeSpan.Zero ? [$"{nameof(RunnerWait)} must not be negative"] : Array.Empty<string>(),
            .. ReconnectBudget < TimeSpan.Zero ? [$"{nameof(ReconnectBudget)} must not be negative"] : Array.Empty<string>(),
            .. LockBudget < LockTimeout ? [$"{nameof(LockBudget)} must be at least {nameof(LockTimeout)}"] : Array.Empty<string>(),
            .. QualifiedName.IsIdentifier(PrivateSchema) ? Array.Empty<string>() : [$"{nameof(PrivateSchema)} must be a plain identifier (lower-case letters, digits and underscores, at most 63)"],
            .. Encoding.UTF8.GetByteCount(ApplicationName) > 63 ? [$"{nameof(ApplicationName)} must be at most 63 bytes"] : Array.Empty<string>(),
            .. SmallTableRows < 0 ? [$"{nameof(SmallTableRows)} must not be negative"] : Array.Empty<string>(),
            .. SmallTableBytes < 0 ? [$"{nameof(SmallTableBytes)} must not be negative"] : Array.Empty<string>(),
            .. Backfill.Mistakes(),
        ];
        return mistakes.Count == 0 ? this : throw new ArgumentException(string.Join("; ", mistakes) + ".");

        // PostgreSQL counts in whole milliseconds, and 0 means no timeout at all.
        static IEnumerable<string> Positive(string name, TimeSpan value) =>
            value < TimeSpan.FromMilliseconds(1) || value.TotalMilliseconds > int.MaxValue ? [$"{name} must be between 1 ms and 24 days"] : [];
    }
}

/// <summary>A set of read-only questions about the database.</summary>
/// <param name="connection">An open session with settings pinned; nothing may be changed through it.</param>
/// <param name="applied">Versions in the version table.</param>
/// <param name="cancellationToken">Cancels the questions.</param>
/// <returns>What was found; empty if all is well.</returns>
public delegate Task<IReadOnlyList<Finding>> DatabaseCheck(Npgsql.NpgsqlConnection connection, IReadOnlySet<long> applied, CancellationToken cancellationToken);
