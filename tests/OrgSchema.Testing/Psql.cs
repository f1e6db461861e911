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
        var (exitCode, _, error) = await RunAsync(folder.Path, ["--quiet", "--file", file, database.Url]);
        return (exitCode, error);
    }

    /// <summary>Runs it.</summary>
    /// <param name="home">The home folder: nothing of this user's counts.</param>
    /// <param name="arguments">Beside <c>--no-psqlrc</c>.</param>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string home, params string[] arguments)
    {
        var start = new ProcessStartInfo("psql", ["--no-psqlrc", .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["HOME"] = home;
        try
        {
            using var psql = Process.Start(start)!;
            var output = psql.StandardOutput.ReadToEndAsync();
            var error = await psql.StandardError.ReadToEndAsync();
            await psql.WaitForExitAsync();
            return (psql.ExitCode, await output, error);
        }
        catch (Win32Exception)
        {
            Assert.Ignore("There is no psql on this machine.");
            throw;
        }
    }
}
