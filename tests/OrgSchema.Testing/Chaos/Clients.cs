using NUnit.Framework;

namespace OrgSchema.Testing;

/// <summary>The application at work on a database: DSOs made, renamed and deleted as the old application does it, and people who sign in.</summary>
public sealed class Clients : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Client> _clients;
    private readonly Task _working;
    private readonly ClientTolerance _tolerance;

    /// <summary>Starts them.</summary>
    /// <param name="database">The database.</param>
    /// <param name="seed">Where their decisions come from.</param>
    /// <param name="mayLoseConnections">Whether connections may be lost: they are opened again, and the last write was either done or not.</param>
    /// <param name="elsewhere">Where they look for the database when it is not where it was.</param>
    public Clients(TestDatabase database, int seed, bool mayLoseConnections = false, TestDatabase? elsewhere = null)
    {
        _tolerance = new ClientTolerance(mayLoseConnections, elsewhere);
        _clients =
        [
            new DsoClient(database, number: 1, seed),
            new DsoClient(database, number: 2, seed),
            new SignInClient(database, seed),
        ];
        _working = Task.WhenAll(_clients.Select(client => Task.Run(() => client.WorkAsync(_tolerance, _stop.Token))));
    }

    /// <summary>The SQLSTATE of an error that clients may get at the moment; null: none.</summary>
    public void MayFailWith(string? state) => _tolerance.State = state;

    /// <summary>Fails the test when a client got an error that it may not get.</summary>
    public void AssertUndisturbed() => Assert.That(_clients.SelectMany(client => client.Errors), Is.Empty, "errors of clients");

    /// <summary>Ends when each of them has written something.</summary>
    /// <exception cref="TimeoutException">One still has not, after <see cref="Awaiting.Bound"/>.</exception>
    public Task UntilAllHaveWorkedAsync() => Task.WhenAll(_clients.Select(client => client.HasWorked)).WaitAsync(Awaiting.Bound);

    /// <summary>Lets them stop, and compares what they were told with what is there.</summary>
    /// <returns>Writes that the server had acknowledged.</returns>
    public async Task<int> AssertNothingLostAsync()
    {
        await _stop.CancelAsync();
        await _working;
        AssertUndisturbed();
        foreach (var client in _clients)
            Assert.That(await client.LostAsync(_tolerance), Is.Empty, $"acknowledged writes of {client} that are not there");
        Assert.That(_clients.Select(client => client.Acknowledged), Has.All.GreaterThan(0), "every client has worked");
        return _clients.Sum(client => client.Acknowledged);
    }

    /// <summary>Stops them.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _working;
        _stop.Dispose();
    }
}

/// <summary>What clients take as it comes.</summary>
internal sealed class ClientTolerance(bool lostConnections, TestDatabase? elsewhere)
{
    public bool LostConnections { get; } = lostConnections;

    public TestDatabase? Elsewhere { get; } = elsewhere;

    public string? State { get; set; }
}
