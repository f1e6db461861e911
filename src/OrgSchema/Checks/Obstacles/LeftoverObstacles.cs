using OrgSchema.Online;

namespace OrgSchema;

/// <summary>What an interrupted CREATE INDEX CONCURRENTLY left behind: it costs every write and serves no read.</summary>
internal static class LeftoverObstacles
{
    private const string Sql = """
        -- orgschema preflight: invalid indexes
        SELECT pg_catalog.quote_ident(c.relname), t.relname::text, p.pid
        FROM pg_catalog.pg_index i
        JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
        JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
        LEFT JOIN pg_catalog.pg_stat_progress_create_index p ON p.index_relid = i.indexrelid
        WHERE n.nspname = 'public' AND t.relname IN ('dsos', 'organizations', 'org_members', 'user_profiles')
          AND NOT (i.indisvalid AND i.indisready)
        ORDER BY 2, 1
        """;

    public static IEnumerable<Question> Questions(CheckedDatabase database)
    {
        yield return Question.Of(Sql, row =>
        {
            var (index, table, pid) = (row.GetString(0), row.GetString(1), row.IsDBNull(2) ? (int?)null : row.GetInt32(2));
            return new(
                "invalid-index",
                pid is null ? $"The index public.{index} on public.{table} is invalid: its build was interrupted" : $"The index public.{index} on public.{table} is being built by session {pid}",
                pid is not null ? "Wait until it is finished."
                    : index == "idx_dsos_org_id" && database.IsPending(Versions.IndexDsosOrgId) ? "Nothing to do: the migration drops it and builds it again."
                    : $"DROP INDEX CONCURRENTLY public.{index};",
                Severity.Warning);
        });
    }
}
