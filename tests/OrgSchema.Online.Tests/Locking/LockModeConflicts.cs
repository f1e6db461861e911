using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>The table of the manual as we have it, against the server's own.</summary>
public sealed class LockModeConflicts : DatabaseTest
{
    protected override string Schema => "CREATE TABLE public.people (id integer)";

    [TestCaseSource(nameof(Modes))]
    public async Task Server_agrees(LockMode held)
    {
        await using var holder = await Database.WithLockedTable("public.people", held.SqlName());
        await using var other = await Database.OpenAsync();
        var refused = new List<LockMode>();
        foreach (var wanted in Modes)
        {
            if (!await IsGrantedAsync(other, wanted))
                refused.Add(wanted);
        }

        Assert.That(held.ConflictsWith(), Is.EquivalentTo(refused));
        Assert.That(held.BlocksReads(), Is.EqualTo(refused.Contains(LockMode.AccessShare)));
        Assert.That(held.BlocksWrites(), Is.EqualTo(refused.Contains(LockMode.RowExclusive)));
    }

    [TestCaseSource(nameof(Modes))]
    public async Task Catalog_calls_it_so(LockMode mode)
    {
        await using var holder = await Database.WithLockedTable("public.people", mode.SqlName());

        Assert.That(
            await holder.Connection.ColumnAsync<string>("SELECT mode FROM pg_catalog.pg_locks WHERE relation = 'public.people'::regclass AND pid = pg_catalog.pg_backend_pid()"),
            Is.EqualTo(new[] { mode.CatalogName() }));
    }

    private static LockMode[] Modes => Enum.GetValues<LockMode>();

    private static async Task<bool> IsGrantedAsync(NpgsqlConnection connection, LockMode mode)
    {
        await connection.ExecuteAsync("BEGIN");
        try
        {
            await connection.ExecuteAsync($"LOCK TABLE public.people IN {mode.SqlName()} MODE NOWAIT");
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return false;
        }
        finally
        {
            await connection.ExecuteAsync("ROLLBACK");
        }
    }
}
