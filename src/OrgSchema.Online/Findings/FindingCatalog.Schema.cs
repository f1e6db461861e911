namespace OrgSchema.Online;

/// <summary>What statements leave behind.</summary>
public static partial class FindingCatalog
{
    internal static FindingKind NotValidNeverValidated => new(
        "not-valid-never-validated",
        "A new constraint is NOT VALID in the end.",
        "Old rows may break it, the planner does not trust it, and a dump that is restored may fail at it.",
        "ALTER TABLE ... VALIDATE CONSTRAINT, in a statement of its own: it blocks neither readers nor writers.")
    {
        Severity = Severity.Warning,
        Bad = """
            SET lock_timeout = '50ms';
            ALTER TABLE public.orders ADD CONSTRAINT orders_note_check CHECK (length(note) < 1000) NOT VALID;
            """,
        Good = """
            SET lock_timeout = '50ms';
            ALTER TABLE public.orders ADD CONSTRAINT orders_note_check CHECK (length(note) < 1000) NOT VALID;
            ALTER TABLE public.orders VALIDATE CONSTRAINT orders_note_check;
            """,
    };

    internal static FindingKind SetNullOnRequiredColumn => new(
        "set-null-on-required-column",
        "A foreign key is ON DELETE SET NULL, and its column is NOT NULL.",
        "No referenced row can be deleted: the error speaks of a null value, not of the rows that are in the way.",
        "ON DELETE RESTRICT, which says what is in the way, or CASCADE; or leave the column nullable.")
    {
        Bad = """
            SET lock_timeout = '50ms';
            ALTER TABLE public.orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES public.customers ON DELETE SET NULL NOT VALID;
            ALTER TABLE public.orders VALIDATE CONSTRAINT orders_customer;
            """,
        Good = """
            SET lock_timeout = '50ms';
            ALTER TABLE public.orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES public.customers ON DELETE RESTRICT NOT VALID;
            ALTER TABLE public.orders VALIDATE CONSTRAINT orders_customer;
            """,
    };

    internal static FindingKind RequiredColumnBreaksInserts => new(
        "required-column-breaks-inserts",
        "An INSERT that names the columns of before, tried and taken back, fails because a new column is NOT NULL, or one that was nullable and is left out.",
        "The old version of the application, which does not know the column, can no longer insert rows (23502).",
        "Keep a default, or a BEFORE INSERT trigger that fills the column, until the old version is gone.")
    {
        Bad = """
            SET lock_timeout = '50ms';
            ALTER TABLE public.orders ADD COLUMN state text NOT NULL DEFAULT 'open';
            ALTER TABLE public.orders ALTER COLUMN state DROP DEFAULT;
            """,
        Good = """
            SET lock_timeout = '50ms';
            ALTER TABLE public.orders ADD COLUMN state text NOT NULL DEFAULT 'open';
            """,
    };

    internal static FindingKind RedundantIndex => new(
        "redundant-index",
        "A new index has the same columns as another, or the first columns of a unique one.",
        "Every write pays for both, and one of them is never needed.",
        "Leave it out, or drop the other.")
    {
        Severity = Severity.Warning,
        Bad = "CREATE INDEX CONCURRENTLY orders_by_id ON public.orders (id);",
        Good = "CREATE INDEX CONCURRENTLY orders_by_customer ON public.orders (customer_id, id);",
    };

    internal static FindingKind GrantsNotDecided => new(
        "grants-not-decided",
        "A new table of an exposed schema has the privileges that default privileges give, and no others.",
        "Who reaches it depends on the age of the project: on one everybody with the public key, on another not even the service role.",
        "REVOKE and GRANT explicitly, in the migration that makes the table: the verb GrantOnly.")
    {
        Bad = """
            CREATE TABLE public.invoices (id integer PRIMARY KEY);
            ALTER TABLE public.invoices ENABLE ROW LEVEL SECURITY;
            """,
        Good = """
            CREATE TABLE public.invoices (id integer PRIMARY KEY);
            ALTER TABLE public.invoices ENABLE ROW LEVEL SECURITY;
            REVOKE ALL ON public.invoices FROM PUBLIC, anon, authenticated;
            GRANT ALL ON public.invoices TO service_role;
            """,
    };

    internal static FindingKind TableOpenToApi => new(
        "table-open-to-api",
        "A role of the public API can now read or write a table that has no row level security.",
        "Everybody who has the public key, which is in every browser, reads or writes all its rows.",
        "Revoke what the role does not need, or enable row level security and write a policy.")
    {
        Bad = """
            CREATE TABLE public.invoices (id integer PRIMARY KEY);
            GRANT SELECT ON public.invoices TO anon;
            """,
        Good = """
            CREATE TABLE public.invoices (id integer PRIMARY KEY, owner text);
            ALTER TABLE public.invoices ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own ON public.invoices FOR SELECT TO authenticated USING (owner = current_user);
            GRANT SELECT ON public.invoices TO authenticated;
            """,
    };

    internal static FindingKind PolicyReadsItsTable => new(
        "policy-reads-its-table",
        "A query under the policies of a table fails with 42P17: infinite recursion.",
        "Nobody who is under the policy can use the table at all.",
        "Read the table in a SECURITY DEFINER function that the policy calls, or write the policy without reading it.")
    {
        Bad = """
            SET lock_timeout = '50ms';
            CREATE POLICY team ON public.customers FOR SELECT TO authenticated USING (name IN (SELECT c.name FROM public.customers AS c));
            """,
        Good = """
            SET lock_timeout = '50ms';
            CREATE POLICY own ON public.customers FOR SELECT TO authenticated USING (name = current_user);
            """,
    };

    internal static FindingKind IrreversibleDown => new(
        "irreversible-down",
        "The Down of a migration is empty, or throws.",
        "When the new version must be taken back, there is no tested way: somebody writes one at night.",
        "Write Down, and keep what it removes: ArchiveAndDropColumn, ArchiveAndDropTable.")
    {
        Language = "csharp",
        Bad = """
            public override void Up() => Sql("ALTER TABLE public.orders ADD COLUMN state text", new TableLock("public.orders", LockMode.AccessExclusive));

            public override void Down() { }
            """,
        Good = """
            public override void Up() => Sql("ALTER TABLE public.orders ADD COLUMN state text", new TableLock("public.orders", LockMode.AccessExclusive));

            public override void Down() => ArchiveAndDropColumn("public.orders", "state");
            """,
    };
}
