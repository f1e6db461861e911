using FsCheck;
using FsCheck.Fluent;

namespace OrgSchema.Tests;

/// <summary>Something that the application or a person writes. Rows are chosen by number among those that are there.</summary>
/// <param name="Kind">What.</param>
/// <param name="Row">Which row.</param>
/// <param name="Other">Which row of the table it refers to.</param>
public sealed record Write(WriteKind Kind, int Row, int Other)
{
    private const string Default = "all-solutions-consulting";

    public static Gen<Write> Any { get; } =
        from kind in Gen.Elements(Enum.GetValues<WriteKind>())
        from row in Gen.Choose(0, 20)
        from other in Gen.Choose(0, 20)
        select new Write(kind, row, other);

    /// <summary>The version from which on it can be made, and no way up would make it again or undo it.</summary>
    public long Needs => Kind switch
    {
        WriteKind.NewOrganization => 20260226000000,
        WriteKind.NewMember or WriteKind.NewRole or WriteKind.MemberGone => 20260226000300,
        WriteKind.NewProfileName => 20260226000400,
        WriteKind.DsoAssigned or WriteKind.OrganizationGone => 20260226000800,
        _ => 0,
    };

    /// <summary>The statement.</summary>
    /// <param name="number">Its place in the history: new rows get their key from it.</param>
    public string Sql(int number) => Kind switch
    {
        WriteKind.NewOrganization => $"INSERT INTO organizations (id, name, slug, created_by, created_at, updated_at) VALUES ({Key(number)}, 'Organization {number}', 'org-{number}', {User(Row)}, {Time(number)}, {Time(number)})",
        WriteKind.OrganizationGone => $"DELETE FROM organizations AS o WHERE o.id = {Organization(Row)} AND o.slug <> '{Default}' AND NOT EXISTS (SELECT FROM dsos AS d WHERE d.org_id = o.id)",
        WriteKind.NewMember => $"INSERT INTO org_members (id, org_id, user_id, role, joined_at) VALUES ({Key(number)}, {Organization(Row)}, {User(Other)}, 'admin', {Time(number)}) ON CONFLICT (org_id, user_id) DO NOTHING",
        WriteKind.NewRole => $"UPDATE org_members SET role = 'member' WHERE id = {Pick("org_members", Row)}",
        // A configured member of the default organization would come again.
        WriteKind.MemberGone => $"DELETE FROM org_members AS m USING organizations AS o WHERE m.id = {Pick("org_members", Row)} AND o.id = m.org_id AND o.slug <> '{Default}'",
        WriteKind.NewProfileName => $"UPDATE user_profiles SET name = 'Name {number}' WHERE id = {Pick("user_profiles", Row)}",
        WriteKind.NewDso => $"INSERT INTO dsos (id, name, created_at, updated_at) VALUES ({Key(number)}, 'DSO {number}', {Time(number)}, {Time(number)})",
        WriteKind.DsoRenamed => $"UPDATE dsos SET name = 'DSO, renamed {number}' WHERE id = {Pick("dsos", Row)}",
        WriteKind.DsoAssigned => $"UPDATE dsos SET org_id = {Organization(Other)} WHERE id = {Pick("dsos", Row)}",
        WriteKind.DsoGone => $"DELETE FROM dsos WHERE id = {Pick("dsos", Row)}",
        WriteKind.NewAccess => $"INSERT INTO user_dso_access (id, user_id, dso_id, role, created_at) SELECT {Key(number)}, {User(Row)}::text, {Pick("dsos", Other)}, 'viewer', {Time(number)} WHERE {User(Row)} <> '{People.Revoked}' ON CONFLICT DO NOTHING",
        _ => $"DELETE FROM auth.users WHERE id = {User(Row)}",
    };

    private static string Organization(int number) => Pick("organizations", number);

    private static string User(int number) => Pick("auth.users", number);

    private static string Pick(string table, int number) => $"(SELECT id FROM {table} ORDER BY id OFFSET {number} % greatest(1, (SELECT count(*) FROM {table})) LIMIT 1)";

    private static string Key(int number) => $"md5('{number}')::uuid";

    private static string Time(int number) => $"timestamptz '2026-03-01 00:00Z' + interval '{number} minutes'";
}

/// <summary>What is written.</summary>
public enum WriteKind
{
    NewOrganization,
    OrganizationGone,
    NewMember,
    NewRole,
    MemberGone,
    NewProfileName,
    NewDso,
    DsoRenamed,
    DsoAssigned,
    DsoGone,
    NewAccess,
    UserGone,
}
