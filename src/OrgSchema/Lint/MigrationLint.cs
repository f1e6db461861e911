using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Runs this program's migrations on a throw-away database, there and back, and finds what is wrong with them.</summary>
internal static class MigrationLint
{
    public static async Task<IReadOnlyList<TracedFinding>> RunAsync(Job job, CancellationToken cancellationToken)
    {
        List<TracedStatement> traced = [];
        await using var migrator = TracedMigrator.Create(job.Options() with { Verify = null, ReconnectBudget = TimeSpan.Zero }, traced.Add);
        List<TracedFinding> found = [.. (await WayBack.FindAsync(migrator, cancellationToken)).Select(finding => new TracedFinding(finding, Statement: null))];
        if (found.Any(finding => Explanation(finding) is null))
            return found; // a migration that throws cannot be run, either
        await using var connection = await job.Target.OpenAsync(cancellationToken);
        await FollowAsync(token => migrator.UpAsync(null, token));
        await FollowAsync(migrator.ContractAsync);
        await FollowAsync(token => migrator.DownAsync(DownTarget.All, token));
        return found;

        async Task FollowAsync(Func<CancellationToken, Task> run)
        {
            traced.Clear();
            var before = await SchemaState.ReadAsync(connection, api: null, cancellationToken);
            await run(cancellationToken);
            found.AddRange(await TraceFindings.FindAsync(connection, before, [.. traced], api: null, cancellationToken));
        }
    }

    /// <summary>Why a finding is meant to be; null if it is not.</summary>
    public static string? Explanation(TracedFinding found) =>
        Meant.FirstOrDefault(meant => meant.Id == found.Finding.Id && found.Finding.Message.Contains(meant.What, StringComparison.Ordinal)).Why;

    private static readonly (string Id, string What, string Why)[] Meant =
    [
        ("irreversible-down", "BackfillDsosOrgId", "The values are dropped with their column, which the Down of AddOrgIdToDsos archives."),
        ("lock-held-over-scan", "public.user_profiles is held while public.user_profiles", "Only the new version writes there, and it is not running during a rollback; readers do not wait."),
        ("whole-table-update", "public.user_profiles", "The rows go to the archive with the table, under a lock that the old application does not know of."),
        ("redundant-index", "public.idx_org_members_org_id", "The research names it, and applications may look for it; org_members stays small."),
    ];
}
