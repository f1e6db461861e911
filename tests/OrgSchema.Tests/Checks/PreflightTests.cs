using System.Globalization;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests.Checks;

/// <summary>Preflight names what would stop a run here, before anything changes.</summary>
public sealed class PreflightTests
{
    private static readonly Tenancy Shipped = new();

    public static IEnumerable<long> Versions => [0, .. ByHand.Steps.Keys];

    [TestCaseSource(nameof(Versions))]
    public async Task Nothing_is_in_the_way_on_a_clean_database(long version)
    {
        await using var database = version == 0 ? await LiveDatabase.CreateAsync() : await ByHand.MigratedTo(version);

        Assert.That(await PreflightAsync(database, version), Is.Empty);
    }

    [TestCase("DROP TABLE public.user_dso_access CASCADE", "baseline-table-missing")]
    [TestCase("ALTER TABLE public.user_dso_access RENAME TO a; CREATE VIEW public.user_dso_access AS SELECT * FROM public.a; ALTER VIEW public.user_dso_access OWNER TO postgres", "baseline-table-kind")]
    [TestCase("ALTER TABLE public.dsos RENAME COLUMN name TO title", "baseline-column-missing")]
    [TestCase("ALTER TABLE public.dsos ALTER COLUMN name TYPE jsonb USING to_jsonb(name)", "baseline-column-type")]
    [TestCase("ALTER TABLE public.dsos DROP CONSTRAINT dsos_pkey CASCADE", "baseline-key-missing")]
    [TestCase("ALTER TABLE public.dsos DROP CONSTRAINT dsos_pkey CASCADE, ADD UNIQUE (id), ALTER COLUMN id DROP NOT NULL", "baseline-key-missing")]
    [TestCase("ALTER TABLE public.dsos DROP CONSTRAINT dsos_pkey CASCADE, ADD UNIQUE (id) DEFERRABLE", "baseline-key-missing")]
    [TestCase("ALTER TABLE auth.users DROP CONSTRAINT users_pkey CASCADE, ADD UNIQUE (id), ALTER COLUMN id DROP NOT NULL", "baseline-key-missing")]
    [TestCase("DROP FUNCTION public.update_updated_at_column() CASCADE", "baseline-function-missing")]
    [TestCase("ALTER FUNCTION public.update_updated_at_column() RENAME TO old; CREATE FUNCTION public.update_updated_at_column() RETURNS int LANGUAGE sql AS 'SELECT 1'", "baseline-function-type")]
    [TestCase("CREATE TABLE public.organizations (id int PRIMARY KEY)", "name-taken")]
    [TestCase("CREATE VIEW public.org_members AS SELECT 1 AS one", "name-taken")]
    [TestCase("CREATE TYPE public.user_profiles AS ENUM ('a')", "name-taken")]
    [TestCase("CREATE INDEX idx_organizations_slug ON public.dsos (name)", "name-taken")]
    [TestCase("CREATE INDEX idx_dsos_org_id ON public.dsos (name)", "name-taken")]
    [TestCase("CREATE INDEX idx_dsos_org_id ON public.doctors (dso_id)", "name-taken")]
    [TestCase("ALTER TABLE public.dsos ADD CONSTRAINT dsos_org_id_fkey CHECK (name <> '')", "name-taken")]
    [TestCase("CREATE TRIGGER fill_dsos_org_id BEFORE UPDATE ON public.dsos FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column()", "name-taken")]
    [TestCase("ALTER TABLE public.dsos ADD COLUMN org_id text", "column-type")]
    [TestCase("DELETE FROM auth.users WHERE id = '6559957c-2ce6-4cea-aa15-f79fb401a685'", "users-missing")]
    [TestCase("REVOKE REFERENCES ON auth.users FROM postgres", "right-auth-users")]
    [TestCase("REVOKE DELETE ON public.user_dso_access FROM postgres, anon, authenticated, service_role", "right-user-dso-access")]
    [TestCase("ALTER TABLE public.dsos OWNER TO supabase_auth_admin", "right-own-dsos")]
    [TestCase("ALTER SCHEMA public OWNER TO supabase_admin; REVOKE CREATE ON SCHEMA public FROM pg_database_owner", "right-create-in-public")]
    [TestCase("GRANT CREATE ON SCHEMA public TO postgres; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO supabase_admin', current_database()); END $$", "right-create-schema")]
    [TestCase("CREATE SCHEMA orgschema; REVOKE ALL ON SCHEMA orgschema FROM postgres", "right-private-schema")]
    [TestCase("CREATE SCHEMA orgschema; GRANT ALL ON SCHEMA orgschema TO postgres; CREATE TABLE orgschema.schema_version ()", "right-private-schema")]
    [TestCase("REVOKE EXECUTE ON FUNCTION public.update_updated_at_column() FROM PUBLIC, postgres, anon, authenticated, service_role; ALTER FUNCTION public.update_updated_at_column() OWNER TO supabase_auth_admin", "right-trigger-function")]
    public async Task An_obstacle_is_an_error(string change, string expected)
    {
        await using var database = await LiveDatabase.CreateAsync();
        await AsSuperuserAsync(database, change);

        var errors = (await PreflightAsync(database)).Where(finding => finding.Severity == Severity.Error).ToList();

        Assert.That(errors.Select(finding => finding.Id), Is.EqualTo(new[] { expected }), string.Join('\n', errors));
    }

    [TestCase("ALTER TABLE public.dsos DROP CONSTRAINT dsos_pkey CASCADE")]
    [TestCase("ALTER TABLE public.dsos DROP CONSTRAINT dsos_pkey CASCADE, ADD UNIQUE (id), ALTER COLUMN id DROP NOT NULL")]
    [TestCase("ALTER TABLE public.dsos DROP CONSTRAINT dsos_pkey CASCADE, ALTER COLUMN id DROP NOT NULL")]
    public async Task A_key_is_mended_by_the_remedy_that_the_migrating_role_can_run(string change)
    {
        await using var database = await LiveDatabase.CreateAsync();
        await AsSuperuserAsync(database, change);
        var finding = (await PreflightAsync(database)).Single();

        foreach (var statement in finding.Remedy.Split('\n').Skip(1))
            await database.ExecuteAsync(statement);

        Assert.That(await PreflightAsync(database), Is.Empty);
    }

    [Test]
    public async Task A_key_that_the_role_cannot_mend_names_whom_to_ask()
    {
        await using var database = await LiveDatabase.CreateAsync();
        await AsSuperuserAsync(database, "ALTER TABLE auth.users DROP CONSTRAINT users_pkey CASCADE, ADD UNIQUE (id), ALTER COLUMN id DROP NOT NULL");

        var finding = (await PreflightAsync(database)).Single();

        Assert.That(finding.Message, Does.StartWith("auth.users.id is unique, but allows NULL"));
        Assert.That(finding.Remedy, Does.Contain("Only supabase_auth_admin, the owner of auth.users").And.Contain("SET NOT NULL"));
    }

    [TestCase("ALTER TABLE public.dsos ADD COLUMN org_id uuid", "column-exists")]
    [TestCase("UPDATE auth.users SET deleted_at = now() WHERE id = '8a84898d-0266-4dc1-b97c-744d70d7a4ec'", "user-deleted")]
    public async Task A_doubt_is_a_warning(string change, string expected)
    {
        await using var database = await LiveDatabase.CreateAsync();
        await AsSuperuserAsync(database, change);

        Assert.That((await PreflightAsync(database)).Select(finding => (finding.Id, finding.Severity)), Is.EqualTo(new[] { (expected, Severity.Warning) }));
    }

    [TestCase(Severity.Error)]
    [TestCase(Severity.Warning)]
    public async Task A_disk_that_is_too_small_is_told_where_the_server_is_on_this_machine(Severity severity)
    {
        await using var database = await LiveDatabase.CreateAsync();
        var folder = await ServerFolderAsync(database);
        var rows = severity == Severity.Error ? 1e15 : new DriveInfo(folder).AvailableFreeSpace / 200.0;
        await AsSuperuserAsync(database, string.Create(CultureInfo.InvariantCulture, $"UPDATE pg_class SET reltuples = {rows} WHERE oid = 'public.dsos'::regclass"));

        Assert.That((await PreflightAsync(database)).Select(finding => (finding.Id, finding.Severity)), Is.EqualTo(new[] { ("disk-space", severity) }));
    }

    [Test]
    public async Task A_disk_that_cannot_be_known_is_no_obstacle()
    {
        await using var database = await LiveDatabase.CreateAsync();
        await AsSuperuserAsync(database, "UPDATE pg_class SET reltuples = 1e15 WHERE oid = 'public.dsos'::regclass");
        await using var connection = await database.OpenAsync("service_role");

        Assert.That((await Preflight.RunAsync(connection, Shipped, ByHand.UpTo(0), MissingUsers.Refuse, CancellationToken.None)).Select(finding => finding.Id), Has.None.EqualTo("disk-space"));
    }

    [Test]
    public async Task Every_obstacle_is_in_one_report()
    {
        await using var database = await LiveDatabase.CreateAsync();
        await AsSuperuserAsync(database, "CREATE TABLE public.organizations (); ALTER TABLE public.dsos ADD COLUMN org_id text; REVOKE REFERENCES ON auth.users FROM postgres; DELETE FROM auth.users");

        Assert.That((await PreflightAsync(database)).Select(finding => finding.Id), Is.EqualTo(new[] { "right-auth-users", "users-missing", "name-taken", "column-type" }));
    }

    [Test]
    public async Task A_step_that_was_interrupted_is_no_obstacle()
    {
        await using var database = await ByHand.MigratedTo(20260226000500);
        await database.ExecuteAsync("ALTER TABLE public.dsos ADD CONSTRAINT dsos_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations (id) ON DELETE RESTRICT NOT VALID; CREATE INDEX idx_dsos_org_id ON public.dsos (org_id)");

        Assert.That(await PreflightAsync(database, 20260226000500), Is.Empty);
    }

    [Test]
    public async Task Missing_users_are_named_and_may_be_skipped()
    {
        await using var database = await LiveDatabase.CreateAsync();
        var tenancy = Shipped with { Owner = new("aaaaaaaa-0000-4000-8000-000000000001") };

        var refused = (await PreflightAsync(database, tenancy: tenancy)).Single();
        var skipped = (await PreflightAsync(database, tenancy: tenancy, missingUsers: MissingUsers.Skip)).Single();

        Assert.Multiple(() =>
        {
            Assert.That(refused.Message, Is.EqualTo("auth.users has no owner aaaaaaaa-0000-4000-8000-000000000001"));
            Assert.That(refused.Severity, Is.EqualTo(Severity.Error));
            Assert.That(skipped.Severity, Is.EqualTo(Severity.Warning));
        });
    }

    [Test]
    public async Task Users_that_the_role_may_not_see_are_not_said_to_be_missing()
    {
        await using var database = await LiveDatabase.CreateAsync();
        await AsSuperuserAsync(database, "GRANT USAGE ON SCHEMA auth TO authenticated; GRANT SELECT, REFERENCES ON auth.users TO authenticated");
        await using var connection = await database.OpenAsync("authenticated");

        var findings = await Preflight.RunAsync(connection, Shipped, ByHand.UpTo(0), MissingUsers.Refuse, CancellationToken.None);

        Assert.That(findings.Select(finding => finding.Id), Has.Member("users-hidden").And.No.Member("users-missing"));
        Assert.That(findings.Select(finding => finding.Id), Has.Member("rows-hidden").And.Member("sessions-hidden").And.Member("right-own-dsos"));
    }

    [TestCase("created_by = '6559957c-2ce6-4cea-aa15-f79fb401a685'", "slug-taken")]
    [TestCase("created_by = NULL", "")]
    public async Task A_slug_of_a_stranger_is_refused_and_our_own_is_not(string change, string expected)
    {
        await using var database = await ByHand.MigratedTo(20260226000300);
        await database.ExecuteAsync($"DELETE FROM public.org_members; UPDATE public.organizations SET {change}");

        var ids = (await PreflightAsync(database, 20260226000200)).Select(finding => finding.Id);

        Assert.That(string.Join(' ', ids), Is.EqualTo(expected));
    }

    [Test]
    public async Task An_organization_that_the_owner_took_over_is_not_a_strangers()
    {
        await using var database = await ByHand.MigratedTo(20260226000300);
        await database.ExecuteAsync("UPDATE public.organizations SET created_by = '6559957c-2ce6-4cea-aa15-f79fb401a685'");

        Assert.That(await PreflightAsync(database, 20260226000200), Is.Empty);
    }

    [Test]
    public async Task A_slug_that_was_changed_in_between_is_refused()
    {
        await using var database = await ByHand.MigratedTo(20260226000300);

        var ids = (await PreflightAsync(database, 20260226000300, Shipped with { OrganizationSlug = "acme" })).Select(finding => finding.Id);

        Assert.That(ids, Is.EqualTo(new[] { "slug-unknown" }));
    }

    [Test]
    public async Task A_blocker_is_named()
    {
        await using var database = await LiveDatabase.CreateAsync();
        await using var locked = await database.WithLockedTable("public.dsos");
        await using var harmless = await database.WithLockedTable("auth.users");
        await database.UntilOldAsync(locked, "1 second");

        var finding = (await PreflightAsync(database)).Single();

        Assert.Multiple(() =>
        {
            Assert.That((finding.Id, finding.Severity), Is.EqualTo(("blocker", Severity.Warning)));
            Assert.That(finding.Message, Does.Match(@"^Session \d+ \(user \S+, application 'stranger', idle in transaction, transaction of \d+ s\) holds or waits for ACCESS SHARE on public\.dsos$"));
            Assert.That(finding.Remedy, Does.Match(@"pg_terminate_backend\(\d+\)"));
        });
    }

    [Test]
    public async Task A_table_that_is_locked_against_readers_does_not_hang_the_report()
    {
        await using var database = await LiveDatabase.CreateAsync();
        await using var locked = await database.WithLockedTable("auth.users", "ACCESS EXCLUSIVE");
        await database.UntilOldAsync(locked, "1 second");

        Assert.That((await PreflightAsync(database)).Select(finding => finding.Id), Is.EqualTo(new[] { "table-locked", "blocker" }));
    }

    [Test]
    public async Task A_catalog_that_may_not_be_read_is_one_finding_and_what_does_not_need_it_is_answered()
    {
        await using var database = await LiveDatabase.CreateAsync();
        await AsSuperuserAsync(database, "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_get_triggerdef(oid) FROM PUBLIC");
        await AsSuperuserAsync(database, "DELETE FROM auth.users WHERE id = '6559957c-2ce6-4cea-aa15-f79fb401a685'");

        var findings = await PreflightAsync(database);

        Assert.That(findings.Select(finding => finding.Id), Is.EqualTo(new[] { "not-permitted", "users-missing" }));
        Assert.That(findings[0].Message, Is.EqualTo("A check could not run: permission denied for function pg_get_triggerdef"));
    }

    [Test]
    public async Task An_invalid_index_of_ours_needs_nothing_and_one_of_others_does()
    {
        await using var database = await ByHand.MigratedTo(20260226000500);
        await database.ExecuteAsync("CREATE INDEX idx_dsos_org_id ON public.dsos (org_id); CREATE INDEX theirs ON public.dsos (name)");
        await AsSuperuserAsync(database, "UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid IN ('public.idx_dsos_org_id'::regclass, 'public.theirs'::regclass)");

        var findings = await PreflightAsync(database, 20260226000600);

        Assert.That(findings.Where(finding => finding.Id == "invalid-index").Select(finding => finding.Remedy), Is.EqualTo(new[]
        {
            "Nothing to do: the migration drops it and builds it again.",
            "DROP INDEX CONCURRENTLY public.theirs;",
        }));
    }

    [TestCase("SET default_transaction_read_only = on", "server-read-only")]
    [TestCase("SET session_replication_role = replica", "replication-role")]
    public async Task A_session_that_cannot_work_is_refused(string change, string expected)
    {
        await using var database = await LiveDatabase.CreateAsync();
        await using var connection = new NpgsqlConnection(database.SuperuserConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync(change);

        var findings = await Preflight.RunAsync(connection, Shipped, ByHand.UpTo(0), MissingUsers.Refuse, CancellationToken.None);

        Assert.That(findings.Select(finding => finding.Id), Is.EqualTo(new[] { expected }));
    }

    [Test]
    public async Task Too_few_connections_are_refused()
    {
        await using var database = await LiveDatabase.CreateAsync();
        await AsSuperuserAsync(database, $"ALTER DATABASE \"{database.Name}\" CONNECTION LIMIT 1");

        Assert.That((await PreflightAsync(database)).Select(finding => finding.Id), Is.EqualTo(new[] { "connection-limit" }));
    }

    [Test]
    public async Task Rows_hidden_by_forced_row_security_are_told()
    {
        await using var database = await LiveDatabase.CreateAsync();
        await database.ExecuteAsync("ALTER TABLE public.dsos FORCE ROW LEVEL SECURITY");

        Assert.That(await PreflightAsync(database), Is.Empty, "postgres bypasses row level security");
        await using var connection = await database.OpenAsync("authenticated");
        Assert.That(
            (await Preflight.RunAsync(connection, Shipped, ByHand.UpTo(0), MissingUsers.Refuse, CancellationToken.None)).Select(finding => finding.Message),
            Has.Member("Role authenticated sees only some rows of public.dsos, because row level security applies to it"));
    }

    [Test]
    public async Task Nothing_is_changed_and_no_transaction_stays_open()
    {
        await using var database = await LiveDatabase.CreateAsync();
        await using var connection = await database.OpenAsync();
        var before = await connection.ScalarAsync<string>("SHOW search_path");

        await Preflight.RunAsync(connection, Shipped, ByHand.UpTo(0), MissingUsers.Refuse, CancellationToken.None);

        Assert.That(await connection.ScalarAsync<string>("SHOW search_path"), Is.EqualTo(before));
        Assert.That(await connection.ScalarAsync<string>("SHOW transaction_read_only"), Is.EqualTo("off"));
    }

    private static async Task<IReadOnlyList<Finding>> PreflightAsync(LiveDatabase database, long version = 0, Tenancy? tenancy = null, MissingUsers missingUsers = MissingUsers.Refuse)
    {
        await using var connection = await database.OpenAsync();
        return await Preflight.RunAsync(connection, tenancy ?? Shipped, ByHand.UpTo(version), missingUsers, CancellationToken.None);
    }

    private static async Task<string> ServerFolderAsync(LiveDatabase database)
    {
        await using var connection = new NpgsqlConnection(database.SuperuserConnectionString);
        await connection.OpenAsync();
        var folder = (await connection.ScalarAsync<string>("SHOW data_directory"))!;
        if (!Directory.Exists(folder))
            Assert.Ignore("The server is not on this machine.");
        return folder;
    }

    private static async Task AsSuperuserAsync(LiveDatabase database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.SuperuserConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync(sql);
    }
}
