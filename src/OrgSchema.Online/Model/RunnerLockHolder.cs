using System.Globalization;
using System.Net;

namespace OrgSchema.Online;

/// <summary>The session that migrates this database at the moment.</summary>
/// <param name="ProcessId">Its process on the server.</param>
/// <param name="User">Role; null where this role may not know.</param>
/// <param name="Application">Program, version, command and operator, as the run itself has set it.</param>
/// <param name="Client">Address of the client.</param>
/// <param name="Since">When its session began, by the server's clock.</param>
/// <param name="IsForeign">Whether its role may not act for the migrating one: it is no run of this program, whatever it calls itself.</param>
public sealed record RunnerLockHolder(
    int ProcessId, string? User, string? Application, IPAddress? Client, DateTime? Since, bool IsForeign = false)
{
    /// <summary>One line for people.</summary>
    public override string ToString() => string.Join(", ", new[]
    {
        $"pid {ProcessId}",
        User is null ? null : $"user {User}",
        string.IsNullOrEmpty(Application) ? null : $"'{Application}'",
        Client is null ? null : $"from {Client}",
        Since is null ? null : string.Create(CultureInfo.InvariantCulture, $"since {Since:yyyy-MM-dd HH:mm:ss}Z"),
    }.OfType<string>());
}
