using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace OrgSchema.Testing;

/// <summary>What is lost behind a request.</summary>
public enum Loss
{
    /// <summary>All connections, and no new one gets through: the server cannot tell that from a program that was killed.</summary>
    Process,

    /// <summary>All connections; new ones get through.</summary>
    Network,

    /// <summary>The backend that was asked: an administrator ends it.</summary>
    Backend,
}

/// <summary>Stands between a program and its server, counts what the program asks for, and sees to it that something is lost behind one request.</summary>
/// <remarks>
/// Counted are Query, Execute and Sync: cut behind Execute, a statement outside a transaction has run and not
/// committed; cut behind Sync it has committed, and nobody hears of it.
/// https://www.postgresql.org/docs/current/protocol-message-formats.html
/// </remarks>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly NpgsqlConnectionStringBuilder _server;
    private readonly int _last;
    private readonly Loss _loss;
    private readonly List<(TcpClient Client, TcpClient Server)> _links = [];
    private readonly Task _accepting;

    /// <summary>Starts it.</summary>
    /// <param name="connectionString">The server.</param>
    /// <param name="last">The last request before the loss. Default: nothing is lost.</param>
    /// <param name="loss">What is lost.</param>
    public CuttingProxy(string connectionString, int last = int.MaxValue, Loss loss = Loss.Process)
    {
        // Without encryption every message but the first of a connection has a type.
        _server = new NpgsqlConnectionStringBuilder(connectionString) { SslMode = SslMode.Disable, GssEncryptionMode = GssEncryptionMode.Disable };
        (_last, _loss) = (last, loss);
        _listener.Start();
        ConnectionString = new NpgsqlConnectionStringBuilder(_server.ConnectionString) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.ConnectionString;
        _accepting = AcceptAsync();
    }

    /// <summary>The way to the server through this proxy.</summary>
    public string ConnectionString { get; }

    /// <summary>Requests so far.</summary>
    public int Requests { get; private set; }

    /// <summary>How often the server was asked to answer so far, the login of each connection not counted.</summary>
    public int RoundTrips { get; private set; }

    /// <summary>Connections so far.</summary>
    public int Connections { get; private set; }

    /// <summary>How long an answer is under way. Default: no longer than it is without this proxy.</summary>
    public TimeSpan Distance { get; set; }

    /// <summary>Whether something was lost.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Lets nobody in any more.</summary>
    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        Cut();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            var server = new TcpClient { NoDelay = true };
            await server.ConnectAsync(_server.Host!, _server.Port);
            lock (_links)
            {
                if (IsCut && _loss == Loss.Process)
                {
                    client.Dispose();
                    server.Dispose();
                    continue;
                }

                Connections++;
                client.NoDelay = true;
                _links.Add((client, server));
            }

            _ = CarryAsync(client, server);
        }
    }

    private async Task CarryAsync(TcpClient client, TcpClient server)
    {
        var asking = AskAsync(client, server);
        await AnswerAsync(client, server);
        await asking;
        client.Dispose();
        server.Dispose();
    }

    private async Task AskAsync(TcpClient client, TcpClient server)
    {
        try
        {
            var (from, to) = (client.GetStream(), server.GetStream());
            for (var head = 4; ; head = 5)
            {
                var header = new byte[head];
                await from.ReadExactlyAsync(header);
                var message = new byte[head + BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(head - 4)) - 4];
                header.CopyTo(message, 0);
                await from.ReadExactlyAsync(message.AsMemory(head));
                lock (_links)
                {
                    if (!client.Connected)
                        return;
                    to.Write(message);
                    if (head == 5 && (char)message[0] is 'Q' or 'S')
                        RoundTrips++;
                    if (head == 5 && (char)message[0] is 'Q' or 'E' or 'S' && ++Requests == _last)
                        Lose(server);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or SocketException)
        {
            End(server); // the client has gone
        }
    }

    // What the server still says after a cut is read and thrown away: a reset could overtake what was sent before.
    private async Task AnswerAsync(TcpClient client, TcpClient server)
    {
        var buffer = new byte[8192];
        try
        {
            var from = server.GetStream();
            while (await from.ReadAsync(buffer) is > 0 and var read)
            {
                if (Distance > TimeSpan.Zero)
                    await Task.Delay(Distance);
                if (client.Connected)
                    await TryWriteAsync(client, buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // the server has gone
        }

        client.Close();
    }

    private static async Task TryWriteAsync(TcpClient client, ReadOnlyMemory<byte> answer)
    {
        try
        {
            await client.GetStream().WriteAsync(answer);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // nobody listens any more
        }
    }

    private void Lose(TcpClient asked)
    {
        if (_loss != Loss.Backend)
        {
            IsCut = true;
            Cut();
            return;
        }

        using var administrator = new NpgsqlConnection(_server.ConnectionString);
        administrator.Open();
        using var end = new NpgsqlCommand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_port = $1", administrator) { Parameters = { new() { Value = ((IPEndPoint)asked.Client.LocalEndPoint!).Port } } };
        IsCut = end.ExecuteScalar() is true;
    }

    private void Cut()
    {
        lock (_links)
        {
            foreach (var (client, server) in _links)
            {
                client.Close();
                End(server);
            }

            _links.Clear();
        }
    }

    private static void End(TcpClient server)
    {
        try
        {
            server.Client?.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // it is closed already
        }
    }
}
