using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class MistakesOnTheCommandLine
{
    private static readonly string[] Commands = ["migrate", "status", "plan", "preflight", "verify", "seed"];

    // One for all: nothing gets as far as changing it.
    private static LiveDatabase Database { get; set; } = null!;

    // Not hexadecimal, so that nothing else looks like it; with what must be encoded in a URL.
    private readonly string _password = $"{PostgresServer.NewPassword()}@:/;='";

    private ProgramUnderTest Orgschema { get; set; } = null!;

    [OneTimeSetUp]
    public static async Task Create() => Database = await LiveDatabase.CreateAsync();

    [OneTimeTearDown]
    public static ValueTask Drop() => Database.DisposeAsync();

    [SetUp]
    public void CreateHome() => Orgschema = new ProgramUnderTest(Database);

    [TearDown]
    public void DeleteHome() => Orgschema.Dispose();

    [TestCaseSource(nameof(Commands))]
    public Task Wrong_password(string command) => TellsAsync("refuses the login of user 'postgres'", With(password: _password), command);

    [TestCaseSource(nameof(Commands))]
    public Task Refused_port(string command)
    {
        using var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        var port = ((IPEndPoint)nobody.LocalEndpoint).Port;
        nobody.Stop();
        return TellsAsync("the connection was refused", With(port: port, password: _password), command);
    }

    [TestCaseSource(nameof(Commands))]
    public Task Unknown_host(string command) =>
        TellsAsync(command == "seed" ? "is not a local database" : "The host 'db.example.invalid' is not known", With(host: "db.example.invalid", password: _password) + "?sslmode=verify-full", command);

    [TestCaseSource(nameof(Commands))]
    public Task UnknownDatabase(string command) => TellsAsync("There is no database 'nowhere'", With(database: "nowhere"), command);

    [TestCase("postgress://", "starts with 'postgress://'")]
    [TestCase("postgres:/", "cannot be read")]
    [TestCase("http://", "starts with 'http://'")]
    public Task Typo_in_the_scheme(string scheme, string message) => TellsAsync(message, With(password: _password).Replace("postgres://", scheme, StringComparison.Ordinal), "migrate");

    [Test]
    public Task Password_that_is_not_encoded() =>
        TellsAsync("database URL", $"postgres://postgres:{_password}@localhost:5432/app", "migrate");

    [Test]
    public Task Unknown_parameter() => TellsAsync("a parameter 'sslmod' that is not known", With(password: _password) + "?sslmod=require", "migrate");

    [Test]
    public Task Typo_in_a_connection_string() => TellsAsync("The connection string cannot be read", $"Host=localhost;Pasword={_password}", "migrate");

    [Test]
    public Task Option_that_is_not_known() => TellsAsync("'--bogus'", Database.Url, "migrate", "--bogus");

    [TestCase("--databas-url")]
    [TestCase("--bogus", "--databas-url")]
    public Task Typo_in_the_option_before_a_url(params string[] options) => TellsAsync($"'{options[^1]}'", Database.Url, ["migrate", .. options, With(password: _password)]);

    [Test]
    public Task Typo_in_the_option_that_holds_a_url() => TellsAsync("'--databas-url'", Database.Url, "migrate", $"--databas-url={With(password: _password)}");

    [Test]
    public Task Url_without_an_option() => TellsAsync("Give a database with --database-url", Database.Url, "migrate", With(password: _password));

    [Test]
    public Task Encryption_that_the_server_does_not_have() => TellsAsync("No SSL enabled connection from this host is configured.\n", With() + "?sslmode=require", "migrate");

    [Test]
    public Task Command_that_is_not_known() => TellsAsync("error: Unrecognized command or argument 'migrat'.", Database.Url, "migrat");

    [Test]
    public Task Version_that_is_not_known() => TellsAsync("There is no migration with version 20260226000001.", Database.Url, "migrate", "--to", "20260226000001");

    [TestCase("migrate", "--to")]
    [TestCase("migrate", "--batch-size")]
    [TestCase("migrate", "--workers")]
    [TestCase("plan", "--down")]
    [TestCase("migrate", "--max-wal-held")]
    [TestCase("log", "--last")]
    public Task Number_that_is_none(string command, string option) => TellsAsync($"'latest' is not a whole number for {option}.", Database.Url, command, option, "latest");

    [TestCase("soon")]
    [TestCase("5 days")]
    [TestCase("-1s")]
    public Task Duration_that_is_none(string duration) => TellsAsync("is not a duration for --lock-budget: write 50ms, 10s, 5m or 2h.", Database.Url, "migrate", "--lock-budget", duration);

    [Test]
    public Task Output_that_is_not_known() => TellsAsync("'xml' is not one of: text, json.", Database.Url, "status", "--output", "xml");

    [Test]
    public async Task Configuration_that_is_empty()
    {
        await File.WriteAllTextAsync(Path.Combine(Orgschema.Folder, "orgschema.json"), "");
        await TellsAsync("orgschema.json: is empty; write {} to take the defaults", Database.Url, "migrate");
    }

    [Test]
    public Task Configuration_that_is_a_folder()
    {
        Directory.CreateDirectory(Path.Combine(Orgschema.Folder, "orgschema.json"));
        return TellsAsync("orgschema.json: cannot be read", Database.Url, "migrate");
    }

    [Test]
    public async Task Configuration_with_several_mistakes()
    {
        await File.WriteAllTextAsync(Path.Combine(Orgschema.Folder, "orgschema.json"), """{ "owner": "alan", "organization": { "slug": "All Solutions" }, "admin": [] }""");
        await TellsAsync("The configuration has 3 mistakes:", Database.Url, "migrate");
    }

    [Test]
    public Task Configuration_that_is_not_there() => TellsAsync("elsewhere.json: there is no such file", Database.Url, "migrate", "--config", "elsewhere.json");

    private static string With(string? host = null, int? port = null, string? password = null, string? database = null)
    {
        var url = new Uri(Database.Url);
        return $"postgres://postgres:{(password is null ? url.UserInfo.Split(':')[1] : Uri.EscapeDataString(password))}@{host ?? url.Host}:{port ?? url.Port}/{database ?? Database.Name}";
    }

    // One clear message: what happened, that nothing was changed, and mostly what to do; no stack trace and no password.
    private async Task TellsAsync(string message, string url, params string[] arguments)
    {
        Orgschema.KeepSecret($"postgres://postgres:{Uri.EscapeDataString(_password)}@localhost/app");
        Orgschema.Environment["ORGSCHEMA_DATABASE_URL"] = url;
        var result = await Orgschema.RunAsync(2, arguments);
        Assert.That(result.Output, arguments is ["migrate", ..] ? Does.Not.Contain("applied") : Is.Empty);
        Assert.That(result.Error, Does.StartWith("error: ").And.Contain(message).And.Contain("Nothing was changed."));
        Assert.That(result.Error, Does.Not.Match(@"^\s+at \w").And.Not.Contain("Exception").And.Not.Contain(".cs:line"));
        Assert.That(result.Error.Split("error: "), Has.Length.EqualTo(2), "one message");
    }
}
