using OrgSchema.Online;

namespace OrgSchema;

/// <summary>
/// The bridge: the old application inserts DSOs without an organization, and gets the default one. One migration makes
/// it, another removes it, and each has the other's statements as its Down.
/// </summary>
/// <remarks>The organization's id is written into the function when it is made, so that renaming the slug later breaks no insert.</remarks>
internal static class OrgIdBridge
{
    public static readonly TableLock TriggerLock = new("public.dsos", LockMode.ShareRowExclusive);

    public static readonly TableLock DropLock = new("public.dsos", LockMode.AccessExclusive);

    /// <summary>When the bridge was used, by the minute: a row for each role and application.</summary>
    public const string CreateUse = """
        CREATE TABLE IF NOT EXISTS orgschema.bridge_use (used_at timestamptz NOT NULL, role text NOT NULL, application text NOT NULL)
        """;

    public const string IndexUse = "CREATE INDEX IF NOT EXISTS bridge_use_used_at_idx ON orgschema.bridge_use (used_at)";

    public const string DropUse = "DROP TABLE IF EXISTS orgschema.bridge_use";

    // Inserts must not wait for each other: whoever gets the advisory lock of this minute notes it, the others go on. There is
    // no unique key, because ON CONFLICT fails under REPEATABLE READ when it meets a row that is newer than the snapshot;
    // and under SERIALIZABLE nothing is read, because a read would make two inserts conflict.
    public static string CreateFunction(string slug) => $"""
        DO $make$
        BEGIN
            EXECUTE pg_catalog.format($function$
                CREATE OR REPLACE FUNCTION orgschema.fill_dsos_org_id() RETURNS trigger
                LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $body$
                DECLARE
                    minute CONSTANT timestamptz := pg_catalog.date_trunc('minute', pg_catalog.clock_timestamp());
                    who CONSTANT text := coalesce(nullif(pg_catalog.current_setting('role'), 'none'), session_user);
                    what CONSTANT text := pg_catalog.current_setting('application_name');
                BEGIN
                    IF NEW.org_id IS NOT NULL THEN
                        RETURN NEW;
                    END IF;
                    NEW.org_id := %L;
                    IF pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('bridge_use' || minute || who || what, 0)) AND (
                        pg_catalog.current_setting('transaction_isolation') = 'serializable'
                        OR NOT EXISTS (SELECT FROM orgschema.bridge_use AS u WHERE u.used_at = minute AND u.role = who AND u.application = what))
                    THEN
                        INSERT INTO orgschema.bridge_use (used_at, role, application) VALUES (minute, who, what);
                    END IF;
                    RETURN NEW;
                END
                $body$
                $function$, (SELECT o.id FROM public.organizations AS o WHERE o.slug = {Literal.Of(slug)}));
        END
        $make$
        """;

    public const string CloseFunction = "REVOKE ALL ON FUNCTION orgschema.fill_dsos_org_id() FROM PUBLIC";

    public const string CreateTrigger = """
        CREATE OR REPLACE TRIGGER fill_dsos_org_id BEFORE INSERT ON public.dsos
        FOR EACH ROW EXECUTE FUNCTION orgschema.fill_dsos_org_id()
        """;

    public const string DropTrigger = "DROP TRIGGER IF EXISTS fill_dsos_org_id ON public.dsos";

    public const string DropFunction = "DROP FUNCTION IF EXISTS orgschema.fill_dsos_org_id()";
}
