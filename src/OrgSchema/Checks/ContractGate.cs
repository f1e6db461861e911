using System.Globalization;
using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>May the bridge be closed? Not while the old application still walks over it.</summary>
internal static class ContractGate
{
    private const string Sql = $"""
        -- contract gate: column and bridge
        SELECT coalesce((SELECT NOT a.attnotnull FROM pg_catalog.pg_attribute AS a
                         WHERE a.attrelid = pg_catalog.to_regclass('public.dsos') AND a.attname = 'org_id' AND NOT a.attisdropped), true),
               b.oid IS NOT NULL,
               pg_catalog.to_regclass('orgschema.bridge_use') IS NOT NULL,
               coalesce((SELECT {BridgeUse.HasOtherBody} FROM pg_catalog.pg_proc AS p WHERE p.oid = b.oid), false)
        FROM pg_catalog.to_regprocedure('orgschema.fill_dsos_org_id()') AS b (oid)
        """;

    public static async Task<IReadOnlyList<Finding>> RunAsync(NpgsqlConnection connection, TimeSpan quietFor, CancellationToken cancellationToken)
    {
        var (mayBeNull, hasBridge, hasNotes, isChanged) = await LookAsync(connection, cancellationToken);
        if (mayBeNull)
        {
            return
            [
                new Finding(
                    "rows-would-break",
                    "Column public.dsos.org_id is not NOT NULL, as RequireDsosOrgId made it. Without the bridge, rows that the old version inserts "
                        + "would silently belong to no organization",
                    "Run 'orgschema verify', which shows the fix"),
            ];
        }

        if (hasBridge && !hasNotes)
        {
            return
            [
                new Finding(
                    "bridge-unwatched",
                    "The bridge exists without the table of its notes, orgschema.bridge_use: its inserts fail, "
                        + "and it is unknown whether the old version still needs it",
                    "Run 'orgschema verify', which shows how to recreate the table"),
            ];
        }

        if (isChanged)
        {
            return
            [
                new Finding(
                    "bridge-changed",
                    "Function orgschema.fill_dsos_org_id() is not that of this version: it may not record each use",
                    "Run 'orgschema verify', which shows how to recreate it; then wait until the bridge was unused"),
            ];
        }

        if (!hasBridge || await BridgeUse.ReadAsync(connection, cancellationToken) is not { } use)
            return [];

        // A use is noted by its minute: it may be nearly a minute younger than that.
        if (use.LastUsed is { } last && quietFor > TimeSpan.Zero && use.Now - last < quietFor + TimeSpan.FromMinutes(1))
        {
            return
            [
                new Finding(
                    "bridge-in-use",
                    string.Create(CultureInfo.InvariantCulture, $"The old application inserted a DSO without an organization at {last:yyyy-MM-dd HH:mm}Z ")
                        + $"({string.Join(", ", use.By)}): without the bridge that fails",
                    $"Deploy the new version everywhere, and retry when the bridge has been unused for {Wording.Time(quietFor)}; "
                        + "or give another --quiet-for, or --force with a reason"),
            ];
        }

        return use.Now - use.Since < quietFor
            ? [
                new Finding(
                    "bridge-hardly-watched",
                    $"The bridge was not used, but has only been watched for {Wording.Time(use.Now - use.Since)}",
                    $"Make sure that the old version is retired: a daily job may not have run in {Wording.Time(quietFor)}",
                    Severity.Warning),
            ]
            : [];
    }

    private static async Task<(bool MayBeNull, bool HasBridge, bool HasNotes, bool IsChanged)> LookAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new NpgsqlParameter<string>("bridge", OrgIdBridge.Body) } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetBoolean(0), reader.GetBoolean(1), reader.GetBoolean(2), reader.GetBoolean(3));
    }
}
