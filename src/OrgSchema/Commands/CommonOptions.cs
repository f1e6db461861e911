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
    public static readonly Option<string[]> DatabaseUrl = new("--database-url")
    {
        Description = "The target: a postgres:// URL or an Npgsql connection string. Default: $ORGSCHEMA_DATABASE_URL, else $DATABASE_URL, else the local PostgreSQL.",
        HelpName = "URL",
        Recursive = true,
    };

    public static readonly Option<OutputFormat> Output = new("--output")
    {
        Description = "text, or json: one document on standard output, progress as JSON lines on standard error.",
        HelpName = "text|json",
        Recursive = true,
        CustomParser = result => Choice<OutputFormat>(result),
    };

    public static readonly Option<string?> Config = new("--config")
    {
        Description = "The configuration. Default: orgschema.json in the current folder, if there is one.",
        HelpName = "FILE",
        Recursive = true,
    };

    public static readonly Option<bool> Verbose = new("--verbose") { Description = "Show where in the program an error came from.", Recursive = true };

    public static readonly Option<MissingUsers?> MissingUsers = new("--missing-users")
    {
        Description = "What to do when a configured user does not exist: refuse, or skip and say so. Default: refuse; on a local database skip.",
        HelpName = "refuse|skip",
        CustomParser = result => Choice<MissingUsers>(result),
    };

    public static readonly Option<bool> AcceptTarget = new("--accept-target") { Description = "Go on although the configuration has last migrated another database." };

    public static readonly Option<DirectoryInfo?> RecordSupabase = new("--record-supabase")
    {
        Description = "Afterwards, bring the Supabase command line's own list of versions up to date, and write the files that go with it to its supabase/migrations.",
        HelpName = "DIR",
    };

    public static readonly Option<TimeSpan?> LockTimeout = Duration("--lock-timeout", "How long one attempt waits in a lock queue, and so the longest that one attempt makes a client wait. Default: 50ms.");

    public static readonly Option<TimeSpan?> LockBudget = Duration("--lock-budget", "How long a step keeps trying to get its locks. Default: 10m.");

    public static readonly Option<TimeSpan?> Wait = Duration("--wait", "How long to wait for another run to end. Default: 60s.");

    public static readonly Option<bool> Strict = new("--strict") { Description = "Refuse to run when an applied migration has changed since, or a pending one is older than the newest applied. Default: warn." };

    public static readonly Option<bool> NoQueryText = new("--no-query-text") { Description = "Report blockers without the text of their queries." };

    public static readonly Option<TimeSpan?> ReconnectBudget = Duration("--reconnect-budget", "How long to keep trying after a connection was lost. Default: 2m; 0s gives up at once.");

    public static readonly Option<int?> BatchSize = Number<int>("--batch-size", "Rows of a backfill's first batch. Default: 1000; later ones follow --batch-duration.", "ROWS");

    public static readonly Option<TimeSpan?> BatchDuration = Duration("--batch-duration", "How long a batch should take, and so how long a client may wait for one of its rows. Default: 50ms.");

    public static readonly Option<TimeSpan?> BatchPause = Duration("--batch-pause", "Rest between two batches. Default: 1ms; longer while clients wait for rows.");

    public static readonly Option<int?> Workers = Number<int>("--workers", "Workers of a backfill, each on its own range of keys and with a connection of its own. Default: 1.", "N");

    public static readonly Option<TimeSpan?> MaxReplicaLag = Duration("--max-replica-lag", "How far a replica may be behind before a backfill waits for it. Default: 10s.");

    public static readonly Option<long?> MaxWalHeld = Number<long>("--max-wal-held", "MiB of WAL that a slot or a failing archiver may hold back before a backfill waits. Default: 1024.", "MIB");

    public static readonly Option<FileInfo?> Targets = new("--targets")
    {
        Description = "Many databases: a file with one URL a line, 'name = URL' if you like, and # comments. Or give several --database-url.",
        HelpName = "FILE",
    };

    public static readonly Option<string?> Canary = new("--canary")
    {
        Description = "Of many databases, the one that comes first and alone; if it fails, no other is touched. Default: the first of the list.",
        HelpName = "NAME",
    };

    public static readonly Option<int> Parallel = Count(
        "--parallel", "Of many databases, how many at once. Each takes two connections, and on a shared server the work of one core.", "N", new FleetOptions().Parallel);

    public static readonly Option<bool> KeepGoing = new("--keep-going") { Description = "Of many databases, go on with the others when one fails that is not the canary. Default: start no more." };

    /// <summary>Options of every command.</summary>
    public static IEnumerable<Option> Everywhere => [DatabaseUrl, Output, Config, Verbose];

    /// <summary>Options of the commands that change the database.</summary>
    public static IEnumerable<Option> OfRuns =>
    [
        MissingUsers, AcceptTarget, RecordSupabase, Strict, LockTimeout, LockBudget, Wait, ReconnectBudget, NoQueryText,
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

    /// <summary>An option whose value is written 50ms, 10s, 5m or 2h.</summary>
    public static Option<TimeSpan?> Duration(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = result =>
        {
            if (TryParse(result.Tokens[0].Value) is { } duration)
                return duration;
            result.AddError($"'{result.Tokens[0].Value}' is not a duration for {name}: write 50ms, 10s, 5m or 2h.");
            return null;
        },
    };

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
