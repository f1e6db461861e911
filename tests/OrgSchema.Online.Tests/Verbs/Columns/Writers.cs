using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Two versions of an application at work on one table: each writes rows of its own, and knows what the server has acknowledged.</summary>
internal sealed class Writers(TestDatabase database, string role) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _errors = [];
    private readonly List<Task> _working = [];
    private readonly Dictionary<int, string> _acknowledged = [];
    private int _next;

    /// <summary>Acknowledged values of a row, by its key.</summary>
    public IReadOnlyDictionary<int, string> Acknowledged
    {
        get
        {
            lock (_acknowledged)
                return new Dictionary<int, string>(_acknowledged);
        }
    }

    /// <summary>Starts one that writes again and again.</summary>
    /// <param name="first">Its first key; it uses some hundred.</param>
    /// <param name="write">The statement that gives a row a value, with <c>$1</c> and <c>$2</c>; with an upsert also a new row.</param>
    /// <param name="value">The n-th value.</param>
    /// <param name="read">Reads the value of the row <c>$1</c> as text.</param>
    public Task StartAsync(int first, string write, Func<int, string> value, string read)
    {
        var hasWorked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _working.Add(Task.Run(() => WorkAsync(first, write, value, read, hasWorked)));
        return hasWorked.Task.WaitAsync(Awaiting.Bound);
    }

    /// <summary>Stops them. Fails the test if one got an error, or a row that it has written is not as it was acknowledged.</summary>
    /// <param name="read">Reads the value of the row <c>$1</c> as text.</param>
    public async Task AssertNothingLostAsync(string read)
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_working);
        Assert.That(_errors, Is.Empty, "errors of clients");
        Assert.That(_acknowledged, Is.Not.Empty);
        await using var connection = await database.OpenAsync();
        foreach (var (key, value) in _acknowledged)
            Assert.That(await ReadAsync(connection, read, key), Is.EqualTo(value), $"row {key}");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_working);
        _stop.Dispose();
    }

    private async Task WorkAsync(int first, string write, Func<int, string> value, string read, TaskCompletionSource hasWorked)
    {
        await using var connection = await database.OpenAsync(role);
        var random = new Random(ChaosForm.Seed + first);
        while (!_stop.IsCancellationRequested)
        {
            var (key, text) = (first + random.Next(100), value(Interlocked.Increment(ref _next)));
            try
            {
                await using var command = new NpgsqlCommand(write, connection) { Parameters = { new() { Value = key }, new() { Value = text } } };
                if (await command.ExecuteNonQueryAsync() != 1)
                    throw new InvalidOperationException("no row");
                lock (_acknowledged)
                    _acknowledged[key] = text;
                if (await ReadAsync(connection, read, key) is var found && found != text)
                    throw new InvalidOperationException($"wrote '{text}', reads '{found}'");
                hasWorked.TrySetResult();
            }
            catch (Exception e)
            {
                lock (_errors)
                    _errors.Add($"{e.GetType().Name}: {e.Message} in: {write}");
                hasWorked.TrySetResult();
            }

            await Task.Delay(random.Next(2, 6), CancellationToken.None);
        }
    }

    private static async Task<string?> ReadAsync(NpgsqlConnection connection, string read, int key)
    {
        await using var command = new NpgsqlCommand(read, connection) { Parameters = { new() { Value = key } } };
        return await command.ExecuteScalarAsync() as string;
    }
}
