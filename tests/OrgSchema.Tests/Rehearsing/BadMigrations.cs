using OrgSchema.Online;

namespace OrgSchema.Tests;

/// <summary>What a rehearsal is there to find: each is one mistake.</summary>
internal static class BadMigrations
{
    public static readonly Type[] All = [typeof(IndexPlainly), typeof(TouchEveryDso), typeof(RequirePhone), typeof(ForgetTheWayBack), typeof(OpenNotes), typeof(ForgetBehindContract)];

    [Expand(20260226001010)]
    public sealed class IndexPlainly : OnlineMigration
    {
        public override void Up() => Sql("CREATE INDEX idx_dsos_name ON public.dsos (name)", new TableLock("public.dsos", LockMode.Share));

        public override void Down() => Sql("DROP INDEX public.idx_dsos_name", new TableLock("public.dsos", LockMode.AccessExclusive));
    }

    [Expand(20260226001020)]
    public sealed class TouchEveryDso : OnlineMigration
    {
        public override void Up() => Sql("UPDATE public.dsos SET archived = coalesce(archived, false)");

        public override void Down() => Sql("SELECT 1");
    }

    [Expand(20260226001030)]
    public sealed class RequirePhone : OnlineMigration
    {
        public override void Up()
        {
            Sql("ALTER TABLE public.dsos ADD COLUMN phone text DEFAULT '' NOT NULL", new TableLock("public.dsos", LockMode.AccessExclusive));
            Sql("ALTER TABLE public.dsos ALTER COLUMN phone DROP DEFAULT", new TableLock("public.dsos", LockMode.AccessExclusive));
        }

        public override void Down() => Sql("ALTER TABLE public.dsos DROP COLUMN phone", new TableLock("public.dsos", LockMode.AccessExclusive));
    }

    [Expand(20260226001040)]
    public sealed class ForgetTheWayBack : OnlineMigration
    {
        public override void Up() => Sql("CREATE TABLE IF NOT EXISTS public.leftover (id integer PRIMARY KEY); REVOKE ALL ON public.leftover FROM anon, authenticated, service_role");

        public override void Down()
        {
        }
    }

    [Expand(20260226001050)]
    public sealed class OpenNotes : OnlineMigration
    {
        public override void Up() => Sql("CREATE TABLE public.notes (id integer PRIMARY KEY); GRANT SELECT ON public.notes TO anon");

        public override void Down() => Sql("DROP TABLE public.notes");
    }

    [Expand(20260226001110)]
    public sealed class ForgetBehindContract : OnlineMigration
    {
        public override void Up() => Sql("CREATE TABLE IF NOT EXISTS public.late (id integer PRIMARY KEY); REVOKE ALL ON public.late FROM anon, authenticated, service_role");

        public override void Down()
        {
        }
    }
}
