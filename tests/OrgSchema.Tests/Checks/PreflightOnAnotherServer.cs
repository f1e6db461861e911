using Npgsql;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests.Checks;

/// <summary>What is the whole server's matter, and must not be the other tests'.</summary>
public sealed class PreflightOnAnotherServer
{
    private ScratchServer _server = null!;
    private LiveDatabase _database = null!;

    [SetUp]
    public async Task Start()
    {
        _server = await ScratchServer.StartAsync(new() { ["max_prepared_transactions"] = "1" });
        _database = await LiveDatabase.CreateAsync(_server);
    }

    [TearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [Test]
    public async Task Role_of_the_API_that_is_not_there_is_an_error()
    {
        await _database.ExecuteAsSuperuserAsync("ALTER ROLE anon RENAME TO nobody_at_all");

        Assert.That(await FindAsync(), Is.EqualTo(new[] { ("baseline-role-missing", Severity.Error) }));
    }

    [Test]
    public async Task Role_with_too_few_connections_is_an_error()
    {
        await _database.ExecuteAsSuperuserAsync("ALTER ROLE postgres CONNECTION LIMIT 1");

        Assert.That(await FindAsync(), Is.EqualTo(new[] { ("connection-limit", Severity.Error) }));
    }

    [Test]
    public async Task Role_that_may_not_silence_triggers_is_told_when_it_matters_and_brings_all_back()
    {
        await _database.ExecuteAsSuperuserAsync("REVOKE SET ON PARAMETER session_replication_role FROM postgres");
        await _database.MigrateAsync();
        await _database.ExecuteAsync("INSERT INTO organizations (name, slug) VALUES ('Third', 'third'); UPDATE dsos SET org_id = o.id FROM organizations AS o WHERE o.slug = 'third' AND archived");
        const string Places = "SELECT d.id || ' ' || o.name FROM dsos AS d JOIN organizations AS o ON o.id = d.org_id ORDER BY 1";
        var before = await _database.ColumnAsync<string>(Places);
        Assert.That(await FindAsync(), Has.No.Member(("right-silence-triggers", Severity.Warning)), "nothing is in the archive");
        await _database.RevertAsync(DownTarget.All);

        Assert.That(await FindAsync(), Is.EqualTo(new[] { ("right-silence-triggers", Severity.Warning) }));

        await _database.MigrateAsync();
        Assert.That(await _database.ColumnAsync<string>(Places), Is.EqualTo(before));
    }

    [Test]
    public async Task Prepared_transaction_is_a_warning()
    {
        await _database.ExecuteAsSuperuserAsync("BEGIN; UPDATE public.dsos SET name = name; PREPARE TRANSACTION 'forgotten'");

        Assert.That(await FindAsync(), Is.EqualTo(new[] { ("prepared-transaction", Severity.Warning) }));
    }

    [Test]
    public async Task Standby_is_an_error()
    {
        await using var standby = await _server.AddStandbyAsync();

        Assert.That(await FindAsync(standby), Is.EqualTo(new[] { ("server-standby", Severity.Error) }));
    }

    private async Task<IEnumerable<(string Id, Severity Severity)>> FindAsync(ScratchServer? server = null)
    {
        await using var connection = new NpgsqlConnection((server is null ? _database : _database.On(server)).ConnectionString);
        await connection.OpenAsync();
        return (await Preflight.RunAsync(connection, new Tenancy(), ByHand.UpTo(0), MissingUsers.Refuse, CancellationToken.None)).Select(finding => (finding.Id, finding.Severity));
    }
}
