using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>The files that <c>script --format supabase</c> writes, sent as <c>supabase db push</c> does, and its list of what was pushed.</summary>
public sealed class ScriptsForSupabase
{
    private const string Folder = "supabase/migrations";

    private LiveDatabase _database = null!;
    private ProgramUnderTest _program = null!;

    [SetUp]
    public async Task Create()
    {
        _database = await LiveDatabase.CreateAsync().WithCrowdAsync();
        await _database.ExecuteAsync("INSERT INTO supabase_migrations.schema_migrations (version, name) VALUES ('20250101000000', 'theirs')");
        _program = new ProgramUnderTest(_database);
    }

    [TearDown]
    public async Task Drop()
    {
        _program.Dispose();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Do_what_migrate_does_and_are_recorded()
    {
        await using var migrated = await _database.CopyAsync();
        await migrated.MigrateAsync();
        await _program.RunAsync(0, "script", "--format", "supabase", "--record");

        await PushAsync();

        foreach (var database in (LiveDatabase[])[_database, migrated])
            await database.ExecuteAsync("DELETE FROM supabase_migrations.schema_migrations");
        (await _database.LikenessAsync()).AssertSameAs(await migrated.LikenessAsync());
        Assert.That((await _program.RunAsync(0, "migrate")).Output, Does.Contain("Nothing is pending"));
    }

    [Test]
    public async Task Leave_the_contract_to_whoever_asks_for_it()
    {
        await _program.RunAsync(0, "script", "--format", "supabase");
        Assert.That(Files(), Has.None.Contain("close_org_id_bridge"));

        await _program.RunAsync(0, "script", "--format", "supabase", "--contract");

        Assert.That(Files(), Has.One.Contain("close_org_id_bridge"));
    }

    [Test]
    public async Task Are_recorded_with_their_versions_and_go_with_them()
    {
        await _program.RunAsync(0, "migrate", "--record-supabase", Folder);

        Assert.That(await VersionsAsync(), Is.EqualTo(new[] { "20250101000000" }.Concat(Files().Select(Version))));
        Assert.That(Files(), Has.Some.Contain("index_dsos_org_id"));
        await _program.RunAsync(0, "migrate", "down", "--to", "20260226000600", "--record-supabase", Folder);
        Assert.That(await VersionsAsync(), Is.EqualTo(new[] { "20250101000000" }.Concat(Files().Select(Version))));
        Assert.That(Files(), Has.None.Contain("index_dsos_org_id").And.Some.Contain("reference_organization"));
    }

    [Test]
    public async Task Are_recorded_when_a_database_is_taken_over()
    {
        await _database.MigrateAsync();
        await _database.ExecuteAsync("DELETE FROM orgschema.schema_version");

        await _program.RunAsync(0, "baseline", "--record-supabase", Folder);

        Assert.That(await VersionsAsync(), Is.EqualTo(new[] { "20250101000000" }.Concat(Files().Select(Version))));
        Assert.That(Files(), Has.Some.Contain("require_dsos_org_id"));
    }

    [Test]
    public async Task List_that_is_not_there_is_told_before_anything_is_done()
    {
        await _database.ExecuteAsync("DROP TABLE supabase_migrations.schema_migrations");

        var refused = await _program.RunAsync(2, "migrate", "--record-supabase", Folder);

        Assert.That(refused.Error, Does.Contain("There is no supabase_migrations.schema_migrations"));
        Assert.That(await _database.ScalarAsync<bool>("SELECT to_regclass('public.organizations') IS NULL"));
    }

    [Test]
    public async Task File_that_was_edited_is_told_before_anything_is_done()
    {
        await _program.RunAsync(0, "script", "--format", "supabase", "--out", Folder);
        var edited = Files()[^1];
        await File.AppendAllTextAsync(Path.Combine(_program.Folder, Folder, edited), "-- edited\n");

        var refused = await _program.RunAsync(2, "migrate", "--record-supabase", Folder, "--output", "json");

        Assert.That(refused.Json.GetProperty("error").GetString(), Does.Contain($"{edited} exists with another text"));
        Assert.That(await _database.ScalarAsync<bool>("SELECT to_regclass('public.organizations') IS NULL"));
    }

    [Test]
    public async Task List_that_cannot_be_written_in_the_end_is_told_after_what_was_applied_and_written_by_the_next_run()
    {
        await _database.ExecuteAsync("ALTER TABLE supabase_migrations.schema_migrations ADD CONSTRAINT closed CHECK (version NOT LIKE '2026022%')");

        var failed = await _program.RunAsync(1, "migrate", "--record-supabase", Folder, "--output", "json");

        Assert.That(failed.Json.GetProperty("error").GetString(), Does.Contain("does not list what is applied").And.Contain("closed"));
        Assert.That(failed.Json.GetProperty("changed").GetString(), Does.Contain("Applied up to 20260226001000"));
        await _database.ExecuteAsync("ALTER TABLE supabase_migrations.schema_migrations DROP CONSTRAINT closed");
        await _program.RunAsync(0, "migrate", "--record-supabase", Folder);
        Assert.That(await VersionsAsync(), Is.EqualTo(new[] { "20250101000000" }.Concat(Files().Select(Version))));
    }

    // The statements of a file and its row in the list are one pipeline, so one transaction: https://github.com/supabase/cli, pkg/migration/file.go
    private async Task PushAsync()
    {
        await using var connection = await _database.OpenAsync();
        foreach (var file in Files())
        {
            var sql = await File.ReadAllTextAsync(Path.Combine(_program.Folder, Folder, file));
            Assert.That(() => connection.ExecuteAsync($"{sql}INSERT INTO supabase_migrations.schema_migrations (version) VALUES ('{Version(file)}')"), Throws.Nothing, file);
        }
    }

    private IReadOnlyList<string> Files() => [.. Directory.EnumerateFiles(Path.Combine(_program.Folder, Folder)).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private Task<IReadOnlyList<string>> VersionsAsync() => _database.ColumnAsync<string>("SELECT version FROM supabase_migrations.schema_migrations ORDER BY 1");

    private static string Version(string file) => file.Split('_')[0];
}
