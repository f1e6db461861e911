using Npgsql;
using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

[TestFixture(GrantRegime.Automatic)]
[TestFixture(GrantRegime.Explicit)]
public sealed class TheBaseline(GrantRegime regime)
{
    private const string Owner = "8a84898d-0266-4dc1-b97c-744d70d7a4ec";
    private const string SeesOneDso = "11111111-0000-4000-8000-000000000006";

    private LiveDatabase _database = null!;

    [SetUp]
    public async Task Create() => _database = await LiveDatabase.CreateAsync(regime);

    [TearDown]
    public async Task Drop()
    {
        if (_database is not null)
            await _database.DisposeAsync();
    }

    [Test]
    public async Task The_migrating_role_is_no_superuser_but_passes_row_level_security() =>
        Assert.That(await _database.ScalarAsync<string>("SELECT rolname || rolsuper || rolbypassrls || rolcreaterole FROM pg_roles WHERE rolname = current_user"), Is.EqualTo("postgresfalsetruetrue"));

    [Test]
    public async Task The_migrating_role_owns_the_database_and_the_tables_of_the_application()
    {
        Assert.That(await _database.ScalarAsync<string>("SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = current_database()"), Is.EqualTo("postgres"));
        Assert.That(await _database.ColumnAsync<string>("SELECT DISTINCT tableowner::text FROM pg_tables WHERE schemaname = 'public'"), Is.EqualTo(new[] { "postgres" }));
    }

    [TestCase("ALTER TABLE auth.users ADD COLUMN c int")]
    [TestCase("CREATE INDEX ON auth.users (phone)")]
    [TestCase("COMMENT ON TABLE auth.users IS 'ours'")]
    [TestCase("CREATE TABLE auth.ours ()")]
    public void The_migrating_role_may_not_change_what_is_the_auth_servers(string sql) =>
        Assert.That(() => _database.ExecuteAsync(sql), Throws.TypeOf<PostgresException>().With.Property("SqlState").EqualTo(PostgresErrorCodes.InsufficientPrivilege));

    [Test]
    public async Task The_migrating_role_may_refer_to_the_users_and_read_them()
    {
        await _database.ExecuteAsync("CREATE TABLE t (user_id uuid REFERENCES auth.users (id) ON DELETE CASCADE)");

        Assert.That(await _database.ScalarAsync<long>("SELECT count(*) FROM auth.users"), Is.EqualTo(9));
    }

    [Test]
    public async Task A_new_table_is_born_with_the_grants_of_the_regime()
    {
        await _database.ExecuteAsync("CREATE TABLE t (c int)");

        foreach (var role in new[] { "anon", "authenticated", "service_role" })
        {
            Assert.That(await _database.ScalarAsync<bool>($"SELECT has_table_privilege('{role}', 't', 'SELECT, INSERT, UPDATE, DELETE')"), Is.EqualTo(regime == GrantRegime.Automatic), role);
            Assert.That(await _database.ScalarAsync<bool>($"SELECT has_table_privilege('{role}', 't', 'TRUNCATE')"), Is.True, role);
        }
    }

    [Test]
    public async Task Anon_reads_no_row_either_way()
    {
        await using var anon = await _database.OpenAsync("anon");

        if (regime == GrantRegime.Automatic)
            Assert.That(await anon.ScalarAsync<long>("SELECT count(*) FROM dsos"), Is.Zero);
        else
            Assert.That(() => anon.ScalarAsync<long>("SELECT count(*) FROM dsos"), Throws.TypeOf<PostgresException>().With.Property("SqlState").EqualTo(PostgresErrorCodes.InsufficientPrivilege));
    }

    [TestCase(Owner, 5, 2)]
    [TestCase(SeesOneDso, 1, 1)]
    [TestCase("00000000-0000-4000-8000-000000000000", 0, 0)]
    public async Task A_user_sees_what_their_access_rows_name(string user, int dsos, int activities)
    {
        await using var connection = await _database.OpenAsync("authenticated");
        await connection.ExecuteAsync($"SELECT set_config('request.jwt.claim.sub', '{user}', false)");

        Assert.That(await connection.ScalarAsync<long>("SELECT count(*) FROM dsos"), Is.EqualTo(dsos));
        Assert.That(await connection.ScalarAsync<long>("SELECT count(*) FROM user_dso_access"), Is.EqualTo(dsos));
        Assert.That(await connection.ScalarAsync<long>("SELECT count(*) FROM activities"), Is.EqualTo(activities));
    }

    [Test]
    public async Task A_user_is_known_by_the_newer_form_of_the_claims_too()
    {
        await using var connection = await _database.OpenAsync("authenticated");
        await connection.ExecuteAsync($$"""SELECT set_config('request.jwt.claims', '{"sub": "{{SeesOneDso}}"}', false)""");

        Assert.That(await connection.ColumnAsync<string>("SELECT name FROM dsos"), Is.EqualTo(new[] { "Bright Teeth Partners" }));
    }

    [Test]
    public async Task A_viewer_changes_nothing_and_a_manager_their_dsos()
    {
        await using var connection = await _database.OpenAsync("authenticated");
        await connection.ExecuteAsync($"SELECT set_config('request.jwt.claim.sub', '{SeesOneDso}', false)");
        Assert.That(await connection.ExecuteAsync("UPDATE dsos SET name = name"), Is.Zero);

        await connection.ExecuteAsync($"SELECT set_config('request.jwt.claim.sub', '{Owner}', false)");
        Assert.That(await connection.ExecuteAsync("UPDATE dsos SET name = name"), Is.EqualTo(5));
    }

    [Test]
    public async Task The_server_of_the_application_inserts_and_deletes_with_all_that_hangs_on_it()
    {
        await using var server = await _database.OpenAsync("service_role");
        await server.ExecuteAsync("INSERT INTO dsos (name) VALUES ('new')");
        Assert.That(await server.ExecuteAsync("DELETE FROM dsos WHERE id = 'd5000000-0000-4000-8000-000000000001'"), Is.EqualTo(1));

        Assert.That(await server.ColumnAsync<long>("SELECT count(*) FROM doctors UNION ALL SELECT count(*) FROM activities UNION ALL SELECT count(*) FROM data_rows"), Is.EqualTo(new long[] { 1, 2, 0 }));
    }

    [Test]
    public async Task Every_table_with_an_updated_at_has_its_trigger()
    {
        Assert.That(await _database.ColumnAsync<string>("""
            SELECT c.table_name::text FROM information_schema.columns c
            WHERE c.table_schema = 'public' AND c.column_name = 'updated_at' AND NOT EXISTS (
                SELECT FROM information_schema.triggers t
                WHERE t.event_object_table = c.table_name AND t.trigger_name = 'update_' || c.table_name || '_updated_at')
            """), Is.Empty);
        await _database.ExecuteAsync("UPDATE dsos SET archived = archived");
        Assert.That(await _database.ScalarAsync<bool>("SELECT bool_and(updated_at > '2026-01-01Z') FROM dsos"), Is.True);
    }

    [Test]
    public async Task Every_table_of_the_application_is_there_with_row_level_security() =>
        Assert.That(await _database.ColumnAsync<string>("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND rowsecurity ORDER BY 1"), Is.EqualTo(new[]
        {
            "activities", "client_terminology", "dashboard_metric_configs", "data_columns", "data_rows", "data_tables", "data_templates",
            "doctors", "dsos", "period_data", "period_progress", "task_groups", "tasks", "team_invites", "user_dso_access",
        }));

    [Test]
    public async Task The_settings_of_the_platform_are_in_force()
    {
        Assert.That(await _database.ScalarAsync<string>("SHOW statement_timeout"), Is.EqualTo("2min"));
        await _database.ExecuteAsync("SET session_replication_role = replica");
        Assert.That(await _database.ScalarAsync<string>("SHOW search_path"), Is.EqualTo("\"\\$user\", public, extensions"));
    }

    [Test]
    public async Task Ddl_tells_postgrest()
    {
        await using var listener = await _database.OpenAsync();
        var heard = new TaskCompletionSource<string>();
        listener.Notification += (_, notification) => heard.TrySetResult(notification.Payload);
        await listener.ExecuteAsync("LISTEN pgrst");

        await _database.ExecuteAsync("ALTER TABLE dsos ADD COLUMN c int");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await listener.WaitAsync(patience.Token);

        Assert.That(await heard.Task, Is.EqualTo("reload schema"));
    }

    [Test]
    public async Task A_held_lock_keeps_others_out_until_it_is_let_go()
    {
        const string take = "BEGIN; SET LOCAL lock_timeout = '50ms'; LOCK TABLE dsos IN ACCESS EXCLUSIVE MODE; COMMIT";
        await using (await _database.WithLockedTable("public.dsos"))
            Assert.That(() => _database.ExecuteAsync(take), Throws.TypeOf<PostgresException>().With.Property("SqlState").EqualTo(PostgresErrorCodes.LockNotAvailable));

        Assert.That(() => _database.ExecuteAsync(take), Throws.Nothing);
    }
}
