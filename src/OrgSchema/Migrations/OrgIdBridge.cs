using OrgSchema.Online;

namespace OrgSchema;

/// <summary>
/// The bridge: the old application inserts DSOs without an organization, and gets the default one. One migration makes
/// it, another removes it, and each has the other's statements as its Down.
/// </summary>
/// <remarks>The organization's id is written into the function when it is made, so that renaming the slug later breaks no insert.</remarks>
public static class OrgIdBridge
{
    public static readonly TableLock TriggerLock = new("public.dsos", LockMode.ShareRowExclusive);

    public static readonly TableLock DropLock = new("public.dsos", LockMode.AccessExclusive);

    /// <summary>Which organizations of a DSO <c>d</c> nobody has chosen: none, and the default one, which the bridge gives.</summary>
    public static string Unchosen(string slug) => $"d.org_id IS NULL OR d.org_id = (SELECT o.id FROM public.organizations AS o WHERE o.slug = {Literal.Of(slug)})";

    /// <summary>When the bridge was used, by the minute: at least one row for each role and application.</summary>
    public const string CreateUse = """
        CREATE TABLE IF NOT EXISTS orgschema.bridge_use (used_at timestamptz NOT NULL, role text NOT NULL, application text NOT NULL)
        """;

    public const string IndexUse = "CREATE INDEX IF NOT EXISTS bridge_use_used_at_idx ON orgschema.bridge_use (used_at)";

    // A publication of all tables takes in this one, too. Nothing changes or deletes its rows; if somebody does, the server must not refuse it.
    public const string IdentifyUse = "ALTER TABLE orgschema.bridge_use REPLICA IDENTITY FULL";

    public const string DropUse = "DROP TABLE IF EXISTS orgschema.bridge_use";

    // Body of the function, with %L for the organization.
    // Inserts must not wait for each other: those that begin a minute together may each note it. There is no unique key, because
    // ON CONFLICT fails under REPEATABLE READ when it meets a row that is newer than the snapshot; and under SERIALIZABLE nothing is
    // read, because a read would make two inserts conflict. There is no advisory lock, because anybody could take it and keep a use
    // from being noted. It is one statement, because a connection plans each the first time that it inserts: OFFSET 0 keeps the minute
    // from being asked for twice.
    public const string Body = """

        BEGIN
            NEW.org_id := %L;
            INSERT INTO orgschema.bridge_use (used_at, role, application)
            SELECT n.minute, n.who, n.what
            FROM (SELECT pg_catalog.date_trunc('minute', pg_catalog.clock_timestamp()) AS minute,
                         coalesce(nullif(pg_catalog.current_setting('role'), 'none'), session_user) AS who,
                         pg_catalog.current_setting('application_name') AS what OFFSET 0) AS n
            WHERE pg_catalog.current_setting('transaction_isolation') = 'serializable'
               OR NOT EXISTS (SELECT FROM orgschema.bridge_use AS u WHERE u.used_at = n.minute AND u.role = n.who AND u.application = n.what);
            RETURN NEW;
        END

        """;

    public static string CreateFunction(string slug) => $"""
        DO $make$
        BEGIN
            EXECUTE pg_catalog.format($function$
        CREATE OR REPLACE FUNCTION orgschema.fill_dsos_org_id() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $body${Body}$body$
                $function$, (SELECT o.id FROM public.organizations AS o WHERE o.slug = {Literal.Of(slug)}));
        END
        $make$
        """;

    public const string CloseFunction = "REVOKE ALL ON FUNCTION orgschema.fill_dsos_org_id() FROM PUBLIC";

    public const string CreateTrigger = """
        CREATE OR REPLACE TRIGGER fill_dsos_org_id BEFORE INSERT ON public.dsos
        FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION orgschema.fill_dsos_org_id()
        """;

    public const string DropTrigger = "DROP TRIGGER IF EXISTS fill_dsos_org_id ON public.dsos";

    public const string DropFunction = "DROP FUNCTION IF EXISTS orgschema.fill_dsos_org_id()";
}
