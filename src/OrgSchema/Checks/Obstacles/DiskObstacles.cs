using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Room on the disk of a server on this machine. Of any other it cannot be known, and nothing is said.</summary>
internal static class DiskObstacles
{
    // Bytes a row, with their WAL: an index entry where no two rows have the same organization; and, measured on 1,000,000
    // rows, an archived key and value with its index (103) and its WAL (219).
    private const double Index = 2 * 40;
    private const double Archive = 330;

    // The folder is shown to members of pg_read_all_settings. A table that was never analyzed has no number of rows: -1.
    private const string Sql = """
        -- orgschema preflight: disk
        SELECT pg_catalog.pg_backend_pid(),
               coalesce(nullif(pg_catalog.pg_tablespace_location(coalesce(nullif(c.reltablespace, 0), d.dattablespace)), ''), s.setting),
               CASE WHEN c.reltuples >= 0 THEN c.reltuples::double precision ELSE pg_catalog.pg_relation_size(c.oid) / 80 END
        FROM pg_catalog.pg_class c
        CROSS JOIN pg_catalog.pg_database d
        CROSS JOIN pg_catalog.pg_settings s
        WHERE c.oid = pg_catalog.to_regclass('public.dsos') AND d.datname = pg_catalog.current_database() AND s.name = 'data_directory'
        """;

    public static IEnumerable<Question> Questions(CheckedDatabase database)
    {
        if (database.IsPending(Versions.AddOrgIdToDsos, Versions.IndexDsosOrgId))
            yield return Question.Of(Sql, row => (row.GetInt32(0), row.GetString(1), row.GetDouble(2)), tables => tables.SelectMany(Judge));
    }

    private static IEnumerable<Finding> Judge((int Pid, string Folder, double Rows) dsos)
    {
        var (pid, folder, rows) = dsos;
        if (Free(pid, folder) is not { } free)
            yield break;
        if (free < rows * Index)
            yield return Finding(free, folder, $"the index on public.dsos takes up to {Bytes(rows * Index)}", Severity.Error);
        else if (free < rows * (Index + Archive))
        {
            yield return Finding(
                free, folder, $"a rollback, which archives public.dsos.org_id, would take up to {Bytes(rows * Archive)} more", Severity.Warning);
        }
    }

    private static Finding Finding(long free, string folder, string use, Severity severity) =>
        new("disk-space", $"The disk of {folder} has {Bytes(free)} free; {use}, with its WAL", "Free or enlarge the disk first.", severity);

    // A folder of that name here is the server's only if the process that serves us is one of this machine, too.
    private static long? Free(int pid, string folder)
    {
        try
        {
            using var server = Process.GetProcessById(pid);
            return server.ProcessName.StartsWith("postgres", StringComparison.Ordinal) ? new DriveInfo(folder).AvailableFreeSpace : null;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Bytes(double bytes) => bytes < 1e9
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:#,0.#} MB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:#,0.#} GB");
}
