using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>Functions of the application whose text names what a way down drops. They fail afterwards.</summary>
public sealed class FunctionsThatNameOurs : GrownTest
{
    private const string SignUp = """
        CREATE FUNCTION handle_new_user() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
        'BEGIN INSERT INTO public.user_profiles (id, email) VALUES (NEW.id, NEW.email); RETURN NEW; END';
        CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION handle_new_user();
        """;

    [TestCase(SignUp, "public.handle_new_user()", "public.user_profiles")]
    [TestCase("CREATE FUNCTION mine() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.organizations'",
        "public.mine()", "public.organizations")]
    [TestCase("CREATE SCHEMA app; CREATE PROCEDURE app.leave(who uuid) LANGUAGE plpgsql AS 'BEGIN DELETE FROM \"org_members\" "
        + "WHERE user_id = who; END'", "app.leave(", "public.org_members")]
    [TestCase("CREATE FUNCTION of_dso(dsos) RETURNS uuid LANGUAGE plpgsql AS 'DECLARE x public.dsos; "
        + "BEGIN SELECT d.* INTO x FROM dsos d; RETURN x.org_id; END'", "public.of_dso(", "public.dsos.org_id")]
    public async Task Refuse_the_way_down(string sql, string function, string names)
    {
        await Database.ExecuteAsync(sql);

        var findings = await AssertRefusedAsync(() => Database.RevertAsync(DownTarget.All), function, names);

        var finding = findings.Single(finding => finding.Message.Contains(function, StringComparison.Ordinal));
        Assert.That(finding.Remedy, Does.Contain("--ignore-functions"));
        Assert.That((await RemovalsAsync(DownTarget.All)).Functions.Select(naming => naming.Names), Is.EqualTo(new[] { names }));
    }

    [Test]
    public async Task Are_left_as_they_are_when_that_is_asked_for()
    {
        await Database.ExecuteAsync(SignUp);
        var before = await Database.FingerprintAsync();
        await using var migrator = new Migrator(new MigratorOptions
        {
            ConnectionString = Database.ConnectionString,
            Migrations = MigrationList.All,
            Services = services => services.AddSingleton(new Tenancy()),
            SearchPath = "pg_catalog, public, extensions",
            IgnoreFunctions = true,
        });

        await migrator.DownAsync(DownTarget.All, default);
        await migrator.UpAsync(null, default);

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [TestCase("CREATE FUNCTION other() RETURNS text LANGUAGE sql AS 'SELECT ''my_organizations_2''::text'")]
    [TestCase("CREATE FUNCTION other() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.dsos'")]
    [TestCase("CREATE FUNCTION other() RETURNS text LANGUAGE sql AS 'SELECT ''org_id''::text'")]
    public async Task Of_other_things_are_no_obstacle(string sql)
    {
        await Database.ExecuteAsync(sql);

        await AssertComesBackAsync(DownTarget.All);
    }
}
