namespace OrgSchema.Online;

/// <summary>What statements do while they run.</summary>
public static partial class FindingCatalog
{
    internal static FindingKind StatementFailed => new(
        "statement-failed",
        "The server refuses a statement.",
        "The file stops here, half applied if it is not one transaction.",
        "Correct the statement. One that may run a second time asks first, with IF NOT EXISTS or in a DO block.")
    {
        Bad = "ALTER TABLE public.orders ADD COLUMN note text;",
        Good = """
            SET lock_timeout = '50ms';
            ALTER TABLE public.orders ADD COLUMN IF NOT EXISTS note text;
            """,
    };

    internal static FindingKind ConcurrentlyInTransaction => new(
        "concurrently-in-transaction",
        "The server refuses a statement because it is in a transaction, or in one text with others, which is the same.",
        "CREATE INDEX CONCURRENTLY and its like commit several times; they cannot be undone with the rest, so the server does not let them in.",
        "Send it alone: a file, a migration or a command of its own, without BEGIN.")
    {
        Bad = """
            BEGIN;
            CREATE INDEX CONCURRENTLY orders_note ON public.orders (note);
            COMMIT;
            """,
        Good = "CREATE INDEX CONCURRENTLY orders_note ON public.orders (note);",
    };

    internal static FindingKind MissingLockTimeout => new(
        "missing-lock-timeout",
        "A statement takes a lock that readers or writers of a table wait for, and lock_timeout is 0.",
        "While somebody holds the table in a long transaction, the statement waits, and everybody who comes after it waits behind it: the application stops.",
        "Set a short lock_timeout before it, and try again when it is over.")
    {
        Bad = "ALTER TABLE public.orders ADD COLUMN state text;",
        Good = """
            SET lock_timeout = '50ms';
            ALTER TABLE public.orders ADD COLUMN state text;
            """,
    };

    internal static FindingKind LockHeldOverScan => new(
        "lock-held-over-scan",
        "A transaction holds SHARE ROW EXCLUSIVE or more on a table that was there before, and a big table is read from end to end before it commits.",
        "Readers or writers of the locked table wait for as long as the scan takes, which grows with the table.",
        "Add constraints NOT VALID and validate them in a statement of their own; prove SET NOT NULL by a valid CHECK first; commit before anything is read.")
    {
        Bad = """
            SET lock_timeout = '50ms';
            ALTER TABLE public.orders ADD CONSTRAINT orders_note_check CHECK (length(note) < 1000);
            """,
        Good = """
            SET lock_timeout = '50ms';
            ALTER TABLE public.orders ADD CONSTRAINT orders_note_check CHECK (length(note) < 1000) NOT VALID;
            ALTER TABLE public.orders VALIDATE CONSTRAINT orders_note_check;
            """,
    };

    internal static FindingKind DdlAndDataInOneTransaction => new(
        "ddl-and-data-in-one-transaction",
        "A transaction holds SHARE ROW EXCLUSIVE or more on a table that was there before, and another of its statements changes a hundred rows or more.",
        "The lock is held until the last row is changed and everything is committed.",
        "Commit the change of the table, then change the rows, in batches.")
    {
        Bad = """
            BEGIN;
            SET LOCAL lock_timeout = '50ms';
            ALTER TABLE public.orders ADD COLUMN state text;
            UPDATE public.orders SET state = 'open' WHERE id <= 500;
            COMMIT;
            """,
        Good = """
            SET lock_timeout = '50ms';
            ALTER TABLE public.orders ADD COLUMN state text;
            UPDATE public.orders SET state = 'open' WHERE id BETWEEN 1 AND 500;
            UPDATE public.orders SET state = 'open' WHERE id BETWEEN 501 AND 1000;
            """,
    };

    internal static FindingKind IndexBlocksWrites => new(
        "index-blocks-writes",
        "A statement takes SHARE on a table that was there before, as CREATE INDEX and REINDEX do.",
        "Nobody can write to the table while the index is built.",
        "CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY, outside a transaction; look afterwards whether the index is valid.")
    {
        Bad = """
            SET lock_timeout = '50ms';
            CREATE INDEX orders_note ON public.orders (note);
            """,
        Good = "CREATE INDEX CONCURRENTLY orders_note ON public.orders (note);",
    };

    internal static FindingKind TableRewritten => new(
        "table-rewritten",
        "A statement gives a big table a new file: it writes the table and all its indexes anew, or empties it.",
        "Nobody can read or write the table meanwhile, it needs twice its space on disk, and replicas get all of it.",
        "Add a new column, fill it in batches, and switch the application over; a default that is a constant rewrites nothing.")
    {
        Bad = """
            SET lock_timeout = '50ms';
            ALTER TABLE public.orders ALTER COLUMN id TYPE bigint;
            """,
        Good = """
            SET lock_timeout = '50ms';
            ALTER TABLE public.orders ADD COLUMN long_id bigint;
            """,
    };

    internal static FindingKind WholeTableUpdate => new(
        "whole-table-update",
        "One statement updates or deletes nine tenths or more of the rows of a big table.",
        "All those rows stay locked until it commits, the table doubles in size, and replicas fall behind.",
        "Batches by primary key, each committed: the verb Backfill. A constant for all rows: add the column with that default, and drop the default.")
    {
        Bad = "UPDATE public.orders SET paid = true;",
        Good = "UPDATE public.orders SET paid = true WHERE id BETWEEN 1 AND 500;",
    };

    internal static FindingKind BackfillFiresTriggers => new(
        "backfill-fires-triggers",
        "Many rows are updated in a table with a row trigger that fires on every UPDATE, and session_replication_role does not silence it.",
        "The trigger does its work for every row: updated_at says that all rows have just changed, and whoever follows it reads them all again.",
        "Let the trigger fire for its own columns only (UPDATE OF), or fill the column by a constant default, or, where the role may, under session_replication_role = replica.")
    {
        Severity = Severity.Warning,
        Bad = "UPDATE public.customers SET email = lower(email) WHERE id <= 1500;",
        Good = """
            SET lock_timeout = '50ms';
            CREATE OR REPLACE TRIGGER customers_changed BEFORE UPDATE OF name ON public.customers
            FOR EACH ROW EXECUTE FUNCTION public.customer_changed();
            UPDATE public.customers SET email = lower(email) WHERE id <= 1500;
            """,
    };
}
