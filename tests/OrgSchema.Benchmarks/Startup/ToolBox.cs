using System.Globalization;
using System.Text.RegularExpressions;
using CliWrap;
using CliWrap.Buffered;
using Npgsql;

namespace OrgSchema.Benchmarks;

/// <summary>The other tools, each with the same SQL in the files that it wants. <c>build/fetch-tools</c> fetches them.</summary>
internal sealed partial class ToolBox
{
    private readonly NpgsqlConnectionStringBuilder _target;
    private readonly string _url;
    private readonly string _psql;
    private readonly string _folder;
    private readonly IReadOnlyList<(long Version, string Name, string Sql)> _files;
    private readonly List<Tool> _tools = [];
    private readonly List<MissingTool> _missing = [];

    private ToolBox(BenchServer server, string folder, IReadOnlyList<(long, string, string)> files)
    {
        _target = new NpgsqlConnectionStringBuilder(server.ConnectionString(LocalPostgres.Baseline.MigratingRole));
        (_url, _psql, _folder, _files) = (server.Url, server.Psql, folder, files);
    }

    public IReadOnlyList<Tool> Tools => _tools;

    public IReadOnlyList<MissingTool> Missing => _missing;

    /// <summary>Files that were written by <c>script --format supabase</c>: one for what needs a transaction, one for each statement that must have none.</summary>
    public int Files => _files.Count;

    /// <summary>The files themselves, in order.</summary>
    public IEnumerable<string> Paths => Directory.GetFiles(FolderOf("supabase"), "*.sql").Order(StringComparer.Ordinal);

    /// <summary>Writes each tool's files below the folder.</summary>
    public static async Task<ToolBox> OpenAsync(BenchServer server, string folder, CancellationToken cancellationToken)
    {
        var scripts = Path.Combine(folder, "supabase");
        await Processes.RunAsync([.. MigrationProcess.Program, "script", "--format", "supabase", "--out", scripts], Processes.Target(server.Url), cancellationToken);
        var files = Directory.GetFiles(scripts, "*.sql").Order(StringComparer.Ordinal)
            .Select(file => (File: Path.GetFileNameWithoutExtension(file).Split('_', 2), Sql: File.ReadAllText(file)))
            .Select(file => (long.Parse(file.File[0], CultureInfo.InvariantCulture), file.File[1], file.Sql))
            .ToList();
        var box = new ToolBox(server, folder, files);
        await box.AddDbmateAsync(cancellationToken);
        await box.AddSqitchAsync(cancellationToken);
        await box.AddGrateAsync(cancellationToken);
        box.AddLibraries();
        return box;
    }

    private async Task AddDbmateAsync(CancellationToken cancellationToken)
    {
        if (Find("dbmate") is not { } dbmate)
            return;
        Write("dbmate", file => $"{file.Version}_{file.Name}.sql", file => $"-- migrate:up transaction:false\n{file.Sql}\n-- migrate:down\n");
        await AddAsync("dbmate", "a program in Go", [dbmate, "--version"], [dbmate, "--url", $"{_url}?sslmode=disable", "--migrations-dir", FolderOf("dbmate"), "--no-dump-schema", "migrate"], cancellationToken);
    }

    private async Task AddSqitchAsync(CancellationToken cancellationToken)
    {
        if (Find("sqitch") is not { } sqitch)
            return;
        Write("sqitch", file => $"deploy/{file.Version}_{file.Name}.sql", file => file.Sql);
        File.WriteAllText(Path.Combine(FolderOf("sqitch"), "sqitch.conf"), $"[core]\n\tengine = pg\n[engine \"pg\"]\n\tclient = {_psql}\n[user]\n\tname = Bench\n\temail = bench@example.com\n");
        File.WriteAllText(
            Path.Combine(FolderOf("sqitch"), "sqitch.plan"),
            $"%syntax-version=1.0.0\n%project=bench\n\n{string.Concat(_files.Select((file, at) => $"{file.Version}_{file.Name} 2026-02-26T00:{at:00}:00Z Bench <bench@example.com> # {file.Name}\n"))}");
        await AddAsync("sqitch", "a program in Perl that runs psql", [sqitch, "--version"], [sqitch, "--chdir", FolderOf("sqitch"), "deploy", $"db:pg://{_target.Username}@{_target.Host}:{_target.Port}/{_target.Database}"], cancellationToken);
    }

    private async Task AddGrateAsync(CancellationToken cancellationToken)
    {
        if (Find("grate") is not { } grate)
            return;
        Write("grate", file => $"up/{file.Version}_{file.Name}.sql", file => file.Sql);
        await AddAsync("grate", "a .NET tool", [grate, "--version"], [grate, "--databasetype", "postgresql", "--connectionstring", _target.ConnectionString, "--files", FolderOf("grate"), "--silent", "--createdatabase=false", "--schema", "grate"], cancellationToken);
    }

    // Libraries, in a small console program of ours that does nothing else.
    private void AddLibraries()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "OrgSchema.Benchmarks.Others.dll");
        // Evolve wants to be told, in the first line, what must not be in a transaction; for the others it is a comment.
        Write("libraries", file => $"V{file.Version}__{file.Name}.sql", file => $"-- evolve-tx-off\n{file.Sql}");
        foreach (var (name, assembly) in ((string, string)[])[("DbUp", "dbup-core"), ("Evolve", "Evolve"), ("FluentMigrator", "FluentMigrator")])
        {
            var version = System.Reflection.AssemblyName.GetAssemblyName(Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll")).Version;
            _tools.Add(new(name, $"{version?.ToString(3)}, a library in a console program, JIT", ["dotnet", program, name, _target.ConnectionString, FolderOf("libraries")], new Dictionary<string, string?>()));
        }
    }

    private async Task AddAsync(string name, string kind, string[] version, string[] command, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string?> { ["PGPASSWORD"] = _target.Password, ["SQITCH_PASSWORD"] = _target.Password, ["TZ"] = "UTC", ["LC_ALL"] = "C.UTF-8", ["LANG"] = "C.UTF-8" };
        var said = await Cli.Wrap(version[0]).WithArguments(version[1..]).WithEnvironmentVariables(environment).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(cancellationToken);
        _tools.Add(new(name, $"{Number().Match(said.StandardOutput)}, {kind}", command, environment));
    }

    private string FolderOf(string tool) => Path.Combine(_folder, tool);

    private void Write(string tool, Func<(long Version, string Name, string Sql), string> name, Func<(long Version, string Name, string Sql), string> text)
    {
        foreach (var file in _files)
        {
            var path = Path.Combine(FolderOf(tool), name(file));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text(file));
        }
    }

    [GeneratedRegex(@"\d+(\.\d+)+")]
    private static partial Regex Number();

    private string? Find(string tool)
    {
        string[] places = [Path.GetFullPath("artifacts/tools"), .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)];
        var found = places.Select(place => Path.Combine(place, tool)).FirstOrDefault(File.Exists);
        if (found is null)
            _missing.Add(new(tool, "not on this machine: build/fetch-tools could not fetch it"));
        return found;
    }
}
