using System.Globalization;
using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>May the bridge be closed? Not while the old application still walks over it.</summary>
internal static class ContractGate
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(NpgsqlConnection connection, TimeSpan quietFor, CancellationToken cancellationToken)
    {
        var use = await BridgeUse.ReadAsync(connection, cancellationToken);
        if (use is null)
        {
            return await BridgeUse.IsUnwatchedAsync(connection, cancellationToken)
                ? [new Finding("bridge-unwatched", "The bridge is there, but not the table of its notes, orgschema.bridge_use: its inserts fail, and whether the old application still needs it cannot be told", "Run 'orgschema verify', which says how to make the table again")]
                : [];
        }

        if (use.LastUsed is { } last && use.Now - last < quietFor)
        {
            return
            [
                new Finding(
                    "bridge-in-use",
                    string.Create(CultureInfo.InvariantCulture, $"The old application inserted a DSO without an organization at {last:yyyy-MM-dd HH:mm}Z ({string.Join(", ", use.By)}): without the bridge that fails"),
                    $"Deploy the new application everywhere, and try again when the bridge was quiet for {Wording.Time(quietFor)}; or give another --quiet-for, or --force with a reason"),
            ];
        }

        return use.Now - use.Since < quietFor
            ? [new Finding("bridge-hardly-watched", $"The bridge was not used, but has been watched for {Wording.Time(use.Now - use.Since)} only", $"Be sure that the old application is gone: something that runs once a day has not been seen in {Wording.Time(quietFor)}", Severity.Warning)]
            : [];
    }
}
