using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Whatever the default privileges of a database give to others, the private schema and what is in it belong to the migrating role alone.</summary>
public sealed class PrivateSchemaStaysClosed : DatabaseTest
{
    private readonly string _reporting = $"reporting_{Guid.NewGuid():N}";

    // Grants of anybody but the owner, on the schema, its relations and its functions.
    private const string Open = """
        SELECT o.name || ': ' || a.privilege_type || ' to ' || a.grantee::regrole
        FROM (
            SELECT nspname::text AS name, nspacl AS acl, nspowner AS owner FROM pg_namespace WHERE nspname = 'orgschema'
            UNION ALL
            SELECT relname, relacl, relowner FROM pg_class WHERE relnamespace = to_regnamespace('orgschema') AND relkind IN ('r', 'S', 'v')
            UNION ALL
            SELECT proname, coalesce(proacl, acldefault('f', proowner)), proowner FROM pg_proc WHERE pronamespace = to_regnamespace('orgschema')) AS o
        CROSS JOIN LATERAL aclexplode(o.acl) AS a
        WHERE a.grantee <> o.owner
        """;

    protected override string Schema => $"CREATE ROLE {_reporting}";

    [TearDown]
    public async Task DropRole() => await Database.ExecuteAsSuperuserAsync($"DROP OWNED BY {_reporting} CASCADE; DROP ROLE {_reporting}");

    [TestCase("ALTER DEFAULT PRIVILEGES GRANT USAGE, CREATE ON SCHEMAS TO reporting")]
    [TestCase("ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO PUBLIC, anon")]
    [TestCase("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reporting, PUBLIC")]
    [TestCase("ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO reporting WITH GRANT OPTION")]
    [TestCase("ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO reporting")]
    [TestCase("ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO reporting, anon")]
    [TestCase("""
        ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO reporting;
        ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO reporting;
        ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO reporting
        """)]
    public async Task Whatever_default_privileges_say(string defaults)
    {
        await Database.ExecuteAsync(defaults.Replace("reporting", _reporting, StringComparison.Ordinal));
        await using var migrator = Database.Migrator(typeof(MakesSomethingPrivate), typeof(MakesMoreInSteps));

        await migrator.UpAsync();

        Assert.That(await Database.ColumnAsync<string>(Open), Is.Empty);
        var functions = await Database.ColumnAsync<string>("SELECT proname::text FROM pg_proc WHERE pronamespace = 'orgschema'::regnamespace");
        Assert.That(functions, Is.SupersetOf(new[] { "one", "two" }));
        await migrator.DownAsync();
        Assert.That(await Database.ColumnAsync<string>(Open), Is.Empty);
    }

    [Test]
    public async Task From_the_very_transaction_that_makes_it()
    {
        await Database.ExecuteAsync($"ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO {_reporting}");
        await Database.ExecuteAsSuperuserAsync("""
            CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no revoke''; END';
            CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('REVOKE') EXECUTE FUNCTION public.refuse()
            """);
        await using var migrator = Database.Migrator(typeof(MakesSomethingPrivate));

        Assert.That(() => migrator.UpAsync(), Throws.InstanceOf<Exception>());

        Assert.That(await Database.ScalarAsync<bool>("SELECT to_regnamespace('orgschema') IS NULL"), "it cannot be closed, so it is not made");
    }

    [Test]
    public async Task When_somebody_else_has_made_it_and_lets_this_role_work_there()
    {
        await Database.ExecuteAsSuperuserAsync("CREATE SCHEMA orgschema; GRANT USAGE, CREATE ON SCHEMA orgschema TO postgres");
        await Database.ExecuteAsync($"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {_reporting}");
        await using var migrator = Database.Migrator(typeof(MakesSomethingPrivate));

        await migrator.UpAsync();

        Assert.That(await Database.ColumnAsync<string>($"{Open} AND a.grantee <> 'postgres'::regrole"), Is.Empty);
    }

    [Expand(1)]
    public sealed class MakesSomethingPrivate : OnlineMigration
    {
        public override void Up() => Sql("CREATE TABLE orgschema.notes (id integer); CREATE FUNCTION orgschema.one() RETURNS integer LANGUAGE sql RETURN 1");

        public override void Down() => Sql("DROP TABLE orgschema.notes; DROP FUNCTION orgschema.one()");
    }

    [Expand(2, TransactionBehavior.None)]
    public sealed class MakesMoreInSteps : OnlineMigration
    {
        public override void Up()
        {
            Sql("CREATE TABLE IF NOT EXISTS orgschema.more (id integer)");
            Sql("CREATE OR REPLACE FUNCTION orgschema.two() RETURNS integer LANGUAGE sql RETURN 2");
        }

        public override void Down()
        {
            Sql("DROP TABLE IF EXISTS orgschema.more");
            Sql("DROP FUNCTION IF EXISTS orgschema.two()");
        }
    }
}
