using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace OrgSchema.Tests;

/// <summary>A Maven repository on the loopback that has one PostgreSQL, for whatever machine asks.</summary>
internal sealed class FakeMirror : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly byte[] _jar;
    private readonly string _version;

    /// <param name="installation">The folder whose content is handed out.</param>
    /// <param name="version">What it says it is, as zonkyio numbers it.</param>
    public FakeMirror(string installation, string version)
    {
        _version = version;
        _jar = Jar(installation);
        using (var port = new TcpListener(IPAddress.Loopback, 0))
        {
            port.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)port.LocalEndpoint).Port}/maven2";
        }

        _listener.Prefixes.Add(Url + "/");
        _listener.Start();
        _ = ServeAsync();
    }

    public string Url { get; }

    /// <summary>What a SHA-256 file says; <see langword="null"/>: the truth.</summary>
    public string? Checksum { get; init; }

    public int JarsServed { get; private set; }

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
        if (path.EndsWith("/maven-metadata.xml", StringComparison.Ordinal))
            return Encoding.UTF8.GetBytes($"<metadata><versioning><versions><version>16.1.0</version><version>{_version}</version></versions></versioning></metadata>");
        if (path.EndsWith($"-{_version}.jar.sha256", StringComparison.Ordinal))
            return Encoding.UTF8.GetBytes(Checksum ?? Convert.ToHexStringLower(SHA256.HashData(_jar)));
        if (!path.EndsWith($"-{_version}.jar", StringComparison.Ordinal))
            return null;
        JarsServed++;
        return _jar;
    }

    private static byte[] Jar(string installation)
    {
        using var tar = new MemoryStream();
        using (var gzip = new GZipStream(tar, CompressionLevel.NoCompression, leaveOpen: true))
            TarFile.CreateFromDirectory(installation, gzip, includeBaseDirectory: false);

        var jar = new MemoryStream();
        using (var zip = new ZipArchive(jar, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("postgres-any.txz", CompressionLevel.NoCompression).Open();
            entry.Write(tar.ToArray());
        }

        return jar.ToArray();
    }
}
