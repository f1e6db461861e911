using System.Collections.Concurrent;
using CliWrap;
using CliWrap.Buffered;
using Npgsql;
using NUnit.Framework;
using OrgSchema.LocalPostgres;

namespace OrgSchema.Testing;

/// <summary>What <c>pg_dump --schema-only</c> writes: a witness that none of us has written.</summary>
public static class SchemaDump
{
    private static readonly ConcurrentDictionary<int, Task<string?>> Programs = new();

    /// <summary>Dumps the definitions of a database. Without a pg_dump that is new enough the test is ignored.</summary>
    public static async Task<string> DumpAsync(this TestDatabase database, params string[] options)
    {
        var superuser = new NpgsqlConnectionStringBuilder(database.SuperuserConnectionString);
        var dump = await Cli.Wrap(await ProgramFor(database))
            .WithArguments([
                "--schema-only", "--host", superuser.Host!, "--port", $"{superuser.Port}", "--username", superuser.Username!, "--dbname", database.Name,
                .. options])
            .WithEnvironmentVariables(environment => environment.Set("PGPASSWORD", superuser.Password))
            .ExecuteBufferedAsync();
        // Newer ones put a random word around the dump.
        return string.Join('\n', dump.StandardOutput.Split('\n').Where(line =>
            !line.StartsWith("\\restrict", StringComparison.Ordinal) && !line.StartsWith("\\unrestrict", StringComparison.Ordinal)));
    }

    private static async Task<string> ProgramFor(TestDatabase database)
    {
        var server = await database.ScalarAsync<int>("SELECT current_setting('server_version_num')::int / 10000");
        if (await Programs.GetOrAdd(server, FindAsync) is { } program)
            return program;
        Assert.Ignore($"There is no pg_dump for PostgreSQL {server} on this machine.");
        throw new InvalidOperationException();
    }

    // pg_dump refuses a server newer than itself. That of Debian's /usr/bin is a script around one in another folder.
    private static async Task<string?> FindAsync(int server)
    {
        var folders = new PostgresSearch().Folders.OrderBy(folder => folder == "/usr/bin");
        foreach (var program in folders.Select(folder => Path.Combine(folder, "pg_dump")).Where(File.Exists))
        {
            var version = await Cli.Wrap(program).WithArguments("--version").ExecuteBufferedAsync();
            if (int.TryParse(version.StandardOutput.Split(' ')[2].Split('.')[0], out var major) && major >= server)
                return program;
        }

        return null;
    }
}
