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

    public static string CreateFunction(string slug) => $"""
        DO $make$
        BEGIN
            EXECUTE pg_catalog.format($function$
                CREATE OR REPLACE FUNCTION orgschema.fill_dsos_org_id() RETURNS trigger
                LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $body$
                BEGIN
                    IF NEW.org_id IS NULL THEN
                        NEW.org_id := %L;
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
