using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Options that several commands share. A default here is the toolkit's own.</summary>
internal static class CommonOptions
{
    // What a run needs says nothing about its defaults.
    private static readonly MigratorOptions Defaults = new() { ConnectionString = "", Migrations = [] };

    public static readonly Option<string[]> DatabaseUrl = new("--database-url")
    {
        Description = "The target: a postgres:// URL or an Npgsql connection string. Default: $ORGSCHEMA_DATABASE_URL, then $DATABASE_URL, "
            + "then the local PostgreSQL. Other users of this machine can read a command line: put a URL with a password in a variable.",
        HelpName = "URL",
        Recursive = true,
    };

    public static readonly Option<OutputFormat> Output = new("--output")
    {
        Description = "text, or json: one document on standard output, progress as JSON lines on standard error. Default: text.",
        HelpName = "text|json",
        Recursive = true,
        CustomParser = result => Choice<OutputFormat>(result),
    };

    public static readonly Option<string?> Config = new("--config")
    {
        Description = "The configuration file. Default: orgschema.json in the current folder, if it exists.",
        HelpName = "FILE",
        Recursive = true,
    };

    public static readonly Option<bool> Verbose = new("--verbose") { Description = "Show the stack trace of an error.", Recursive = true };

    public static readonly Option<MissingUsers?> MissingUsers = new("--missing-users")
    {
        Description = "What to do if a configured user does not exist: refuse, or skip and report. Default: refuse; skip on the local PostgreSQL.",
        HelpName = "refuse|skip",
        CustomParser = result => Choice<MissingUsers>(result),
    };

    public static readonly Option<bool> AcceptTarget = new("--accept-target")
    {
        Description = "Continue although this configuration has last migrated another database.",
    };

    public static readonly Option<DirectoryInfo?> RecordSupabase = new("--record-supabase")
    {
        Description = "Afterward, update the Supabase command line's list of versions, and write the matching files to this folder.",
        HelpName = "DIR",
    };

    public static readonly Option<TimeSpan?> LockTimeout = Duration(
        "--lock-timeout",
        $"How long one attempt waits for a lock: at most this long it makes a client wait. Default: {Written(Defaults.LockTimeout)}.");

    public static readonly Option<TimeSpan?> LockBudget = Duration(
        "--lock-budget", $"How long a step, or a batch of a backfill, retries to get its locks. Default: {Written(Defaults.LockBudget)}.");

    public static readonly Option<TimeSpan?> Wait = Duration("--wait", $"How long to wait for another run to end. Default: {Written(Defaults.RunnerWait)}.");

    public static readonly Option<string?> Unsafe = new("--unsafe")
    {
        Description = "Run steps that have no safe form all the same: clients may wait or fail. The reason is written to the run log.",
        HelpName = "REASON",
    };

    public static readonly Option<bool> Strict = new("--strict")
    {
        Description = "Refuse to run if an applied migration has changed, or a pending one is older than the newest applied. Default: warn.",
    };

    public static readonly Option<CutOffAnswer?> CutOff = new("--cut-off")
    {
        Description = "What to do about a step that commits by itself and was cut off: finished continues behind it, again repeats it. Default: ask; without a terminal, refuse.",
        HelpName = "finished|again",
        CustomParser = result => Choice<CutOffAnswer>(result),
    };

    public static readonly Option<bool> NoQueryText = new("--no-query-text") { Description = "Report blockers without the text of their queries." };

    public static readonly Option<TimeSpan?> ReconnectBudget = Duration(
        "--reconnect-budget", $"How long to retry after the connection was lost; 0s gives up at once. Default: {Written(Defaults.ReconnectBudget)}.");

    public static readonly Option<int?> BatchSize = Number<int>(
        "--batch-size", $"Rows of the first batch; later batches follow --batch-duration. Default: {Defaults.Backfill.BatchSize}.", "ROWS");

    public static readonly Option<TimeSpan?> BatchDuration = Duration(
        "--batch-duration",
        $"How long a batch should take, and so how long a client may wait for one of its rows. Default: {Written(Defaults.Backfill.TargetDuration)}.");

    public static readonly Option<TimeSpan?> BatchPause = Duration(
        "--batch-pause", $"Pause between two batches; longer while clients wait for rows. Default: {Written(Defaults.Backfill.Pause)}.");

    public static readonly Option<int?> Workers = Number<int>(
        "--workers", $"How many batches run at once, each on its own range of keys and connection. Default: {Defaults.Backfill.Workers}.", "N");

    public static readonly Option<TimeSpan?> MaxReplicaLag = Duration(
        "--max-replica-lag", $"Wait while a replica lags further behind. Default: {Written(Defaults.Backfill.MaxReplicaLag)}.");

    public static readonly Option<long?> MaxWalHeld = Number<long>(
        "--max-wal-held", $"Wait while a slot or a failing archiver retains more MiB of WAL. Default: {Defaults.Backfill.MaxWalHeld >> 20}.", "MIB");

    public static readonly Option<FileInfo?> Targets = new("--targets")
    {
        Description = "A file with one URL per line, optionally as 'name = URL'; # starts a comment. Or repeat --database-url.",
        HelpName = "FILE",
    };

    public static readonly Option<string?> Canary = new("--canary")
    {
        Description = "The database that is migrated first; if it fails, no other is touched. Default: the first of the list.",
        HelpName = "NAME",
    };

    public static readonly Option<int> Parallel = Count(
        "--parallel", "How many databases are migrated at once. Each takes two connections, more with --workers, and about one core of its server.", "N", new FleetOptions().Parallel);

    public static readonly Option<bool> KeepGoing = new("--keep-going")
    {
        Description = "Continue with the other databases if one other than the canary fails. Default: start no more.",
    };

    // In the order of the help.
    private static readonly (string? Group, Option[] Options)[] Groups =
    [
        ("Locks", [LockTimeout, LockBudget, Wait, ReconnectBudget, NoQueryText]),
        ("Backfill", [BatchSize, BatchDuration, BatchPause, Workers, MaxReplicaLag, MaxWalHeld]),
        ("Many databases", [Targets, Canary, Parallel, KeepGoing]),
        ("General", [DatabaseUrl, Config, Output, Verbose]),
    ];

    /// <summary>Under which title the help shows an option; null for those of one command.</summary>
    public static string? GroupOf(Option option) => Groups.FirstOrDefault(group => group.Options.Contains(option)).Group;

    /// <summary>The place of a title in the help.</summary>
    public static int PlaceOf(string? group) => Array.FindIndex(Groups, each => each.Group == group);

    /// <summary>Whether an option of every command means something to this one.</summary>
    public static bool Concerns(Option option, Command command) => command.Name switch
    {
        "db" or "start" or "stop" or "reset" or "url" or "psql" or "explain" or "new" => option != DatabaseUrl && option != Config,
        "lint" => option != DatabaseUrl,
        _ => true,
    };

    /// <summary>Options of every command.</summary>
    public static IEnumerable<Option> Everywhere => [DatabaseUrl, Output, Config, Verbose];

    /// <summary>Options of the commands that change the database.</summary>
    public static IEnumerable<Option> OfRuns =>
    [
        MissingUsers, AcceptTarget, RecordSupabase, Strict, CutOff, Unsafe, LockTimeout, LockBudget, Wait, ReconnectBudget, NoQueryText,
        BatchSize, BatchDuration, BatchPause, Workers, MaxReplicaLag, MaxWalHeld,
    ];

    /// <summary>Lets a command work with many databases.</summary>
    /// <param name="command">The command.</param>
    /// <param name="options">Those of <see cref="Targets"/>, <see cref="Canary"/>, <see cref="Parallel"/> and <see cref="KeepGoing"/> that it takes.</param>
    /// <param name="notWith">Its options that only make sense for one database.</param>
    public static void AddFleet(Command command, Option[] options, params Option[] notWith)
    {
        foreach (var option in options)
            command.Add(option);
        command.Validators.Add(result =>
        {
            var isFleet = Given(Targets) || result.GetValue(DatabaseUrl) is { Length: > 1 };
            if (Given(Targets) && Given(DatabaseUrl))
                result.AddError("Give the databases either with --targets or with --database-url.");
            foreach (var option in isFleet ? notWith.Where(Given) : [])
                result.AddError($"{option.Name} is for one database.");
            foreach (var option in isFleet ? [] : options.Where(Given))
                result.AddError($"{option.Name} is for many databases: name them with --targets, or with several --database-url.");

            bool Given(Option option) => result.GetResult(option) is { Implicit: false };
        });
    }

    /// <summary>An option whose value is written 50ms, 10s, 5m or 2h. A number alone is seconds.</summary>
    public static Option<TimeSpan?> Duration(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = result =>
        {
            if (TryParse(result.Tokens[0].Value) is { } duration)
                return duration;
            result.AddError($"'{result.Tokens[0].Value}' is not a duration for {name}: write 50ms, 10s, 5m or 2h. A number alone is seconds.");
            return null;
        },
    };

    /// <summary>A duration as it is given on the command line.</summary>
    public static string Written(TimeSpan duration) => string.Create(CultureInfo.InvariantCulture, $"{duration switch
    {
        { TotalMilliseconds: < 1000 } => $"{duration.TotalMilliseconds}ms",
        { TotalSeconds: < 120 } => $"{duration.TotalSeconds}s",
        { TotalMinutes: < 120 } => $"{duration.TotalMinutes}m",
        _ => $"{duration.TotalHours}h",
    }}");

    private static TimeSpan? TryParse(string text)
    {
        var digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        if (!double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return null;
        double? milliseconds = text[digits..] switch
        {
            "ms" => number,
            "s" or "" => number * 1_000,
            "m" => number * 60_000,
            "h" => number * 3_600_000,
            _ => null,
        };
        return milliseconds is <= int.MaxValue ? TimeSpan.FromMilliseconds(milliseconds.Value) : null;
    }

    /// <summary>An option whose value is a whole number.</summary>
    public static Option<T?> Number<T>(string name, string description, string helpName)
        where T : struct, IBinaryInteger<T> => new(name) { Description = description, HelpName = helpName, CustomParser = Number<T> };

    private static T? Number<T>(ArgumentResult result)
        where T : struct, IBinaryInteger<T>
    {
        if (T.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return number;
        result.AddError($"'{result.Tokens[0].Value}' is not a whole number for {((OptionResult)result.Parent!).Option.Name}.");
        return null;
    }

    /// <summary>An option that counts something, from 1 up.</summary>
    public static Option<int> Count(string name, string description, string helpName, int otherwise) => new(name)
    {
        Description = $"{description} Default: {otherwise}.",
        HelpName = helpName,
        DefaultValueFactory = _ => otherwise,
        CustomParser = result =>
        {
            var number = Number<int>(result);
            if (number < 1)
                result.AddError($"{name} takes a number from 1 up.");
            return number ?? otherwise;
        },
    };

    /// <summary>A value of an enumeration, in any case.</summary>
    public static T Choice<T>(ArgumentResult result)
        where T : struct, Enum
    {
        var text = result.Tokens[0].Value;
        var names = Enum.GetNames<T>().ToDictionary(JsonNamingPolicy.KebabCaseLower.ConvertName, StringComparer.OrdinalIgnoreCase);
        if (names.TryGetValue(text, out var name))
            return Enum.Parse<T>(name);
        result.AddError($"'{text}' is not one of: {string.Join(", ", names.Keys)}.");
        return default;
    }
}
