using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using OrgSchema.LocalPostgres;

namespace OrgSchema.Tests;

/// <summary>A registry of npm on the loopback that has one PostgreSQL.</summary>
internal sealed class FakeMirror : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly byte[] _archive;

    /// <param name="installation">The folder whose content is handed out, with <c>native</c> below it.</param>
    /// <param name="version">What it says it is, as the packages are numbered.</param>
    public FakeMirror(string installation, string version)
    {
        _archive = Archive(installation);
        Package = new PinnedPackage("any", version, $"sha512-{Convert.ToBase64String(SHA512.HashData(_archive))}");
        using (var port = new TcpListener(IPAddress.Loopback, 0))
        {
            port.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)port.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add(Url + "/");
        _listener.Start();
        _ = ServeAsync();
    }

    public string Url { get; }

    /// <summary>What it has.</summary>
    public PinnedPackage Package { get; }

    public int Served { get; private set; }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            var content = Answer(context.Request.Url!.AbsolutePath);
            context.Response.StatusCode = content is null ? 404 : 200;
            context.Response.ContentLength64 = content?.Length ?? 0;
            if (content is not null && context.Request.HttpMethod == "GET")
                await context.Response.OutputStream.WriteAsync(content);
            context.Response.Close();
        }
    }

    private byte[]? Answer(string path)
    {
        if (path != $"/{Package.Path}")
            return null;
        Served++;
        return _archive;
    }

    private static byte[] Archive(string installation)
    {
        using var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.NoCompression, leaveOpen: true))
            TarFile.CreateFromDirectory(installation, gzip, includeBaseDirectory: true);
        return archive.ToArray();
    }
}
