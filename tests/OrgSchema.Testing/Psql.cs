using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;

namespace OrgSchema.Testing;

/// <summary>psql, as a person runs it who was handed a file. Without psql on this machine the test is ignored.</summary>
public static class Psql
{
    /// <summary>Runs a text on a database as the role that migrates.</summary>
    /// <returns>Exit code, and what psql has written to standard error.</returns>
    public static async Task<(int ExitCode, string Error)> PsqlAsync(this TestDatabase database, string sql)
    {
        using var folder = new ScratchFolder();
        var file = Path.Combine(folder.Path, "script.sql");
        await File.WriteAllTextAsync(file, sql);
        var start = new ProcessStartInfo("psql", ["--no-psqlrc", "--quiet", "--file", file, database.Url])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        try
        {
            using var psql = Process.Start(start)!;
            var output = psql.StandardOutput.ReadToEndAsync();
            var error = await psql.StandardError.ReadToEndAsync();
            await output;
            await psql.WaitForExitAsync();
            return (psql.ExitCode, error);
        }
        catch (Win32Exception)
        {
            Assert.Ignore("There is no psql on this machine.");
            throw;
        }
    }
}
