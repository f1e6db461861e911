using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class GrantingOnly : DatabaseTest
{
    protected override string Schema => "CREATE TABLE public.people (id integer PRIMARY KEY, name text)";

    [TestCase("", TestName = "Nothing_granted_before")]
    [TestCase("GRANT ALL ON public.people TO anon, authenticated, service_role, PUBLIC", TestName = "Everything_granted_before")]
    [TestCase("GRANT SELECT (name), UPDATE (name) ON public.people TO anon, PUBLIC", TestName = "Columns_granted_before")]
    [TestCase("GRANT SELECT ON public.people TO service_role WITH GRANT OPTION", TestName = "Granted_with_grant_option_before")]
    public async Task Only_the_named_role_gets_the_named_privileges(string before)
    {
        await Database.ExecuteAsync($"{before};");
        await using var migrator = Database.Migrator(typeof(ServiceOnly));

        await migrator.UpAsync();

        Assert.That(await Database.ScalarAsync<string>("SELECT relacl::text FROM pg_catalog.pg_class WHERE oid = 'public.people'::regclass"), Is.EqualTo("{postgres=arwdDxt/postgres,service_role=ar/postgres}").Or.EqualTo("{postgres=arwdDxtm/postgres,service_role=ar/postgres}"));
        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute WHERE attrelid = 'public.people'::regclass AND attacl <> '{}'"), Is.Zero);
    }

    [Expand(1)]
    public sealed class ServiceOnly : OnlineMigration
    {
        public override void Up() => GrantOnly("public.people", to: ["service_role"], nothingTo: ["anon", "authenticated"], privileges: "SELECT, INSERT");

        public override void Down() => GrantOnly("public.people", to: ["service_role"], nothingTo: ["anon", "authenticated"]);
    }
}
