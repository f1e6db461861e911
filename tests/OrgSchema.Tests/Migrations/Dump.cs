using CliWrap;
using CliWrap.Buffered;
using Npgsql;
using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>What <c>pg_dump --schema-only</c> writes: a witness that none of us has written.</summary>
[TestFixture(GrantRegime.Automatic)]
[TestFixture(GrantRegime.Explicit)]
public sealed class Dump(GrantRegime regime)
{
    [Test]
    public async Task Is_the_same_after_everything_is_taken_back_and_after_a_purge_to_the_letter()
    {
        await using var database = await LiveDatabase.CreateAsync(regime);
        var before = await DumpAsync(database);
        Assert.That(before, Does.Contain("CREATE TABLE public.dsos"));

        await database.MigrateAsync();
        Assert.That(await DumpAsync(database, "--exclude-schema=orgschema"), Does.Contain("CREATE TABLE public.organizations"));
        await database.ContractAsync();
        await database.RevertAsync(DownTarget.All);
        Assert.That(await DumpAsync(database, "--exclude-schema=orgschema"), Is.EqualTo(before));

        await using var migrator = database.Migrator();
        await migrator.PurgeAsync(default);
        Assert.That(await DumpAsync(database), Is.EqualTo(before));
    }

    private static async Task<string> DumpAsync(LiveDatabase database, params string[] options)
    {
        var superuser = new NpgsqlConnectionStringBuilder(database.SuperuserConnectionString);
        var dump = await Cli.Wrap(await ProgramFor(database))
            .WithArguments(["--schema-only", "--host", superuser.Host!, "--port", $"{superuser.Port}", "--username", superuser.Username!, "--dbname", database.Name, .. options])
            .WithEnvironmentVariables(environment => environment.Set("PGPASSWORD", superuser.Password))
            .ExecuteBufferedAsync();
        // Newer ones put a random word around the dump.
        return string.Join('\n', dump.StandardOutput.Split('\n').Where(line => !line.StartsWith("\\restrict", StringComparison.Ordinal) && !line.StartsWith("\\unrestrict", StringComparison.Ordinal)));
    }

    // pg_dump refuses a server newer than itself.
    private static async Task<string> ProgramFor(LiveDatabase database)
    {
        var server = await database.ScalarAsync<int>("SELECT current_setting('server_version_num')::int / 10000");
        foreach (var program in new PostgresSearch().Folders.Select(folder => Path.Combine(folder, "pg_dump")).Where(File.Exists))
        {
            var version = await Cli.Wrap(program).WithArguments("--version").ExecuteBufferedAsync();
            if (int.TryParse(version.StandardOutput.Split(' ')[2].Split('.')[0], out var major) && major >= server)
                return program;
        }

        Assert.Ignore($"There is no pg_dump for PostgreSQL {server} on this machine.");
        throw new InvalidOperationException();
    }
}
