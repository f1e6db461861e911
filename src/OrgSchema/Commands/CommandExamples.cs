namespace OrgSchema;

/// <summary>What people type: the example at the end of each command's help, and on its page.</summary>
internal static class CommandExamples
{
    private static readonly Dictionary<string, string> Examples = new(StringComparer.Ordinal)
    {
        ["orgschema"] = "orgschema preflight\norgschema plan\norgschema migrate",
        ["orgschema migrate"] = "orgschema migrate --to 20260226000500",
        ["orgschema migrate up"] = "orgschema migrate up --dry-run",
        ["orgschema migrate down"] = "orgschema migrate down --to 20260226000200",
        ["orgschema migrate contract"] = "orgschema migrate contract --quiet-for 48h",
        ["orgschema status"] = "orgschema status --exit-code",
        ["orgschema plan"] = "orgschema plan --format markdown > plan.md",
        ["orgschema preflight"] = "orgschema preflight --output json",
        ["orgschema verify"] = "orgschema verify --roles",
        ["orgschema rehearse"] = "orgschema rehearse --rows 1000000 --budget 50ms --report rehearsal.html",
        ["orgschema baseline"] = "orgschema baseline --dry-run",
        ["orgschema backfill"] = "orgschema backfill status",
        ["orgschema backfill pause"] = "orgschema backfill pause",
        ["orgschema backfill resume"] = "orgschema backfill resume",
        ["orgschema backfill slow"] = "orgschema backfill slow --rest 2s",
        ["orgschema backfill status"] = "orgschema backfill status --output json",
        ["orgschema archive"] = "orgschema archive list",
        ["orgschema archive list"] = "orgschema archive list --output json",
        ["orgschema archive show"] = "orgschema archive show user_dso_access --limit 5",
        ["orgschema archive export"] = "orgschema archive export user_dso_access --file access.csv",
        ["orgschema log"] = "orgschema log --last 5",
        ["orgschema script"] = "orgschema script --format supabase --out supabase/migrations",
        ["orgschema lint"] = "orgschema lint 001_customers.sql 002_orders.sql",
        ["orgschema explain"] = "orgschema explain lock-held-over-scan",
        ["orgschema seed"] = "orgschema seed",
        ["orgschema db"] = "orgschema db start",
        ["orgschema db start"] = "orgschema db start",
        ["orgschema db stop"] = "orgschema db stop",
        ["orgschema db reset"] = "orgschema db reset --baseline",
        ["orgschema db url"] = "psql \"$(orgschema db url)\"",
        ["orgschema db psql"] = "orgschema db psql -- -c 'SELECT name, org_id FROM dsos'",
        ["orgschema new"] = "orgschema new AddLogoToOrganizations",
    };

    /// <summary>The example of a command; null if it has none.</summary>
    /// <param name="path">The command as it is typed, such as <c>orgschema migrate down</c>.</param>
    public static string? Of(string path) => Examples.GetValueOrDefault(path);
}
