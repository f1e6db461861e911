using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>A server with a certificate of a private authority, asked by psql and by this toolkit with the same words.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
[Parallelizable(ParallelScope.Self)]
public sealed class ConnectionsAsLibpqMakesThem
{
    private static readonly string?[] Modes = [null, "disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
    private static readonly string?[] Roots = [null, "right.crt", "other.crt"];
    private static readonly string[] Hosts = ["localhost", "127.0.0.1"]; // the certificate is for the first one
    private static readonly string[] More = ["", "channel_binding=require", "channel_binding=disable"];

    private readonly ScratchFolder _folder = new();
    private ScratchServer _server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        await TestServer.GetAsync(); // without a PostgreSQL these are ignored too
        _server = await ScratchServer.StartAsync();
        using var authority = Authority("the right one");
        using var other = Authority("another one");
        using var key = RSA.Create(2048);
        using var certificate = Certificate(authority, key);
        await File.WriteAllTextAsync(_folder["right.crt"], authority.ExportCertificatePem());
        await File.WriteAllTextAsync(_folder["other.crt"], other.ExportCertificatePem());
        await WriteAsync("server.key", key.ExportRSAPrivateKeyPem());
        await WriteAsync("server.crt", certificate.ExportCertificatePem());
        await AskAsync("ALTER SYSTEM SET ssl = on");
        await AskAsync("SELECT pg_reload_conf()");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await (_server?.DisposeAsync() ?? default);
        _folder.Dispose();
    }

    [Test]
    public async Task Are_as_strict_and_as_secret(
        [ValueSource(nameof(Modes))] string? mode, [ValueSource(nameof(Roots))] string? root, [ValueSource(nameof(Hosts))] string host)
    {
        foreach (var more in More)
        {
            var parameters = new[] { mode is null ? "" : $"sslmode={mode}", root is null ? "" : $"sslrootcert={_folder[root]}", more }.Where(given => given.Length > 0);
            var connection = new NpgsqlConnectionStringBuilder(_server.Server.ConnectionString());
            var url = $"postgres://{connection.Username}:{connection.Password}@{host}:{connection.Port}/postgres?{string.Join('&', parameters)}";

            var (theirs, ours) = (await OfPsqlAsync(url), await OfOursAsync(url));

            Assert.That(ours, Is.EqualTo(theirs).Or.EqualTo(Outcome.Refused).Or.EqualTo(LessOpen(theirs, mode, more)), url);
        }
    }

    // Where nothing has to be verified, libpq goes on in plain text after a certificate of another authority, and with 'allow' it does not try TLS
    // although channel binding needs it. A secret connection is not less.
    private static Outcome LessOpen(Outcome theirs, string? mode, string more)
    {
        var needsNothing = mode is null or "allow" or "prefer";
        return needsNothing && (theirs == Outcome.Plain || more == "channel_binding=require") ? Outcome.Secret : theirs;
    }

    private const string IsSecret = "SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()";

    private enum Outcome
    {
        Refused,
        Plain,
        Secret,
    }

    private async Task<Outcome> OfPsqlAsync(string url)
    {
        var (exitCode, output, _) = await Psql.RunAsync(_folder.Path, "-Atc", IsSecret, url);
        return exitCode != 0 ? Outcome.Refused : output.Trim() == "t" ? Outcome.Secret : Outcome.Plain;
    }

    private static async Task<Outcome> OfOursAsync(string url)
    {
        try
        {
            await using var connection = await OneConnection.OpenAsync(OneConnection.To(DatabaseUrl.Parse(url).ConnectionString), default);
            return await connection.ScalarAsync<bool>(IsSecret) ? Outcome.Secret : Outcome.Plain;
        }
        catch (Exception e) when (e is NpgsqlException or TargetException or System.Security.Authentication.AuthenticationException)
        {
            return Outcome.Refused;
        }
    }

    // The server's user writes it: nobody else may read a key.
    private Task WriteAsync(string file, string text) =>
        AskAsync(string.Join('\n', $"COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; umask 077; cat > {file} <<END", text, "END'"));

    private async Task AskAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_server.Server.ConnectionString());
        await connection.OpenAsync();
        await connection.ExecuteAsync(sql);
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 Certificate(X509Certificate2 authority, RSA key)
    {
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        return request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(12), RandomNumberGenerator.GetBytes(8));
    }
}
