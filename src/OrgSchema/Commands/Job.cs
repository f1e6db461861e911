using System.CommandLine;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>What a command works with: where to write, which database, whose organization.</summary>
internal sealed record Job(ParseResult Parsed, Terminal Terminal, Target Target, Tenancy Tenancy)
{
    // Version and commit, with a plus between them.
    private static readonly string[] Build = (typeof(Job).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+');

    /// <summary>The program's version, as in <c>--version</c>.</summary>
    public static string Version { get; } = Build[0];

    public static async Task<Job> OpenAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var terminal = TerminalOf(parsed);
        // The configuration first: a mistake in it should not start a server.
        var tenancy = TenancyConfiguration.Load(parsed.GetValue(CommonOptions.Config));
        var target = await Target.ResolveAsync(parsed, terminal, cancellationToken);
        if (target.Exposure is { } exposure)
            terminal.Remark(exposure);
        return new Job(parsed, terminal, target, tenancy);
    }

    public static Terminal TerminalOf(ParseResult parsed) => new(parsed.GetValue(CommonOptions.Output), parsed.GetValue(CommonOptions.Verbose));

    public MissingUsers MissingUsers => Parsed.GetValue(CommonOptions.MissingUsers) ?? (Target.IsLocal ? OrgSchema.MissingUsers.Skip : OrgSchema.MissingUsers.Refuse);

    public DatabaseCheck Preflight => (connection, applied, token) => OrgSchema.Preflight.RunAsync(connection, Tenancy, applied, MissingUsers, token);

    /// <summary>Where the DSOs are after a run: read when it is verified, over its connection.</summary>
    public IReadOnlyList<AssignmentDocument>? Assignments { get; private set; }

    public DatabaseCheck Verify => (connection, applied, token) => Verification.RunAsync(connection, Tenancy, applied, token);

    /// <summary>The migrator, with the options of the command line.</summary>
    /// <exception cref="RequestException">They do not fit together.</exception>
    public Migrator Migrator(IProgress<MigrationEvent>? progress = null, Func<MigratorOptions, MigratorOptions>? also = null) =>
        Fitting(() => new Migrator((also ?? (options => options))(Options() with { Verify = VerifyAndReadAsync }), progress));

    /// <summary>The same for many databases: but for the connection, what it is for one holds for all.</summary>
    /// <exception cref="RequestException">The options do not fit together.</exception>
    public Fleet Fleet(FleetOptions fleet, IProgress<FleetEvent>? progress = null, Func<MigratorOptions, MigratorOptions>? also = null) =>
        Fitting(() => new Fleet((also ?? (options => options))(Options()), fleet, progress));

    /// <summary>Verifies, and reads <see cref="Assignments"/> on the way.</summary>
    public async Task<IReadOnlyList<Finding>> VerifyAndReadAsync(NpgsqlConnection connection, IReadOnlySet<long> applied, CancellationToken cancellationToken)
    {
        Assignments = await OrgSchema.Assignments.ReadAsync(connection, applied, cancellationToken);
        return await Verify(connection, applied, cancellationToken);
    }

    private T Fitting<T>(Func<T> create)
    {
        try
        {
            return create();
        }
        catch (ArgumentException e)
        {
            throw new RequestException(e.Message, $"See '{CommandLine.Path(Parsed)} --help' for the defaults.");
        }
    }

    /// <summary>The options of the command line.</summary>
    public MigratorOptions Options()
    {
        var defaults = new MigratorOptions { ConnectionString = Target.Connection.ConnectionString, Migrations = MigrationList.All };
        var command = CommandLine.Path(Parsed).Split(' ', 2)[^1];
        return defaults with
        {
            Services = services => services.AddSingleton(Tenancy),
            ApplicationName = Name($"orgschema/{Version} {command} {defaults.Operator}", $":{Environment.ProcessId}"),
            Program = $"orgschema {command} {Version}{(Build is [_, { Length: >= 8 } commit] ? $" ({commit[..8]})" : "")}",
            // Supabase keeps extensions in a schema of their own, and the application's triggers may call them.
            SearchPath = "pg_catalog, public, extensions",
            LockTimeout = Parsed.GetValue(CommonOptions.LockTimeout) ?? defaults.LockTimeout,
            LockBudget = Parsed.GetValue(CommonOptions.LockBudget) ?? defaults.LockBudget,
            RunnerWait = Parsed.GetValue(CommonOptions.Wait) ?? defaults.RunnerWait,
            ReconnectBudget = Parsed.GetValue(CommonOptions.ReconnectBudget) ?? defaults.ReconnectBudget,
            Backfill = defaults.Backfill with
            {
                BatchSize = Parsed.GetValue(CommonOptions.BatchSize) ?? defaults.Backfill.BatchSize,
                MaxBatchSize = Math.Max(defaults.Backfill.MaxBatchSize, Parsed.GetValue(CommonOptions.BatchSize) ?? 0),
                TargetDuration = Parsed.GetValue(CommonOptions.BatchDuration) ?? defaults.Backfill.TargetDuration,
                Pause = Parsed.GetValue(CommonOptions.BatchPause) ?? defaults.Backfill.Pause,
                Workers = Parsed.GetValue(CommonOptions.Workers) ?? defaults.Backfill.Workers,
                MaxReplicaLag = Parsed.GetValue(CommonOptions.MaxReplicaLag) ?? defaults.Backfill.MaxReplicaLag,
                MaxWalHeld = Parsed.GetValue(CommonOptions.MaxWalHeld) is { } mebibytes ? mebibytes << 20 : defaults.Backfill.MaxWalHeld,
            },
            ShowQueryText = !Parsed.GetValue(CommonOptions.NoQueryText),
            Strict = Parsed.GetValue(CommonOptions.Strict),
            UnsafeReason = Parsed.GetValue(CommonOptions.Unsafe),
            CutOff = Parsed.GetValue(CommonOptions.CutOff) ?? defaults.CutOff,
            Preflight = Preflight,
            Verify = Verify,
        };
    }

    // The server cuts longer names: then the process id is worth more than the end of the host's name.
    private static string Name(string who, string process) => who[..Math.Min(who.Length, 63 - process.Length)] + process;
}
