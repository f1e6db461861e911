using System.Text;

namespace OrgSchema.Online;

/// <summary>
/// Owner, rights and settings of the target's database, and settings of its roles. What the target says is data; the statements are written here.
/// </summary>
internal sealed record CopiedSettings(
    string Owner, IReadOnlyList<(string Right, string? Role)> Rights, IReadOnlyList<(string? Role, bool InDatabase, string Name, string Value)> Settings)
{
    private const string OwnerSql = """
        -- schema copy: owner of the database
        SELECT pg_catalog.pg_get_userbyid(datdba)::text FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
        """;

    private const string RightsSql = """
        -- schema copy: rights on the database
        SELECT a.privilege_type, CASE WHEN a.grantee <> 0 THEN pg_catalog.pg_get_userbyid(a.grantee)::text END
        FROM pg_catalog.pg_database AS d, pg_catalog.aclexplode(d.datacl) AS a
        WHERE d.datname = pg_catalog.current_database() AND a.privilege_type IN ('CREATE', 'CONNECT', 'TEMPORARY') ORDER BY 1, 2
        """;

    private const string SettingsSql = """
        -- schema copy: settings
        SELECT CASE WHEN s.setrole <> 0 THEN pg_catalog.pg_get_userbyid(s.setrole)::text END, s.setdatabase <> 0,
               pg_catalog.split_part(c.entry, '=', 1), pg_catalog.substr(c.entry, pg_catalog.strpos(c.entry, '=') + 1)
        FROM pg_catalog.pg_db_role_setting AS s CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c (entry)
        WHERE s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
          AND (s.setrole = 0 OR pg_catalog.pg_get_userbyid(s.setrole) !~ '^pg_')
        ORDER BY 1, 2, 3
        """;

    // What the server loads, runs, reads or writes on its machine, and as whom a session begins.
    private static readonly string[] Dangerous =
        ["librar", "command", "director", "file", "dynamic_library_path", "provider", "role", "session_authorization", "allow_system_table_mods"];

    public static async Task<CopiedSettings> ReadAsync(Session target, CancellationToken cancellationToken) => new(
        (await target.ScalarAsync<string>(OwnerSql, cancellationToken))!,
        await target.QueryAsync(RightsSql, row => (row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1)), cancellationToken),
        await target.QueryAsync(
            SettingsSql, row => (row.IsDBNull(0) ? null : row.GetString(0), row.GetBoolean(1), row.GetString(2), row.GetString(3)), cancellationToken));

    /// <summary>Whether a parameter does nothing outside of the database.</summary>
    public static bool IsHarmless(string parameter) => parameter == "session_replication_role" || parameter.Contains('.', StringComparison.Ordinal)
        || !Dangerous.Any(part => parameter.Contains(part, StringComparison.OrdinalIgnoreCase));

    /// <summary>A parameter's name; one of an extension has two parts.</summary>
    public static string Quoted(string parameter) => string.Join('.', parameter.Split('.', 2).Select(QualifiedName.Quoted));

    /// <summary>Who owns the database: the first statement, because the schema public is theirs.</summary>
    public Recreated OwnerOf(string database) =>
        new("owner of the database", $"ALTER DATABASE {QualifiedName.Quoted(database)} OWNER TO {QualifiedName.Quoted(Owner)}");

    /// <summary>The other statements, for a database of another name.</summary>
    public IEnumerable<Recreated> StatementsFor(string database) =>
    [
        .. Rights.Select(of => new Recreated(
            "rights on the database",
            $"GRANT {of.Right} ON DATABASE {QualifiedName.Quoted(database)} TO {(of.Role is null ? "PUBLIC" : QualifiedName.Quoted(of.Role))}")),
        .. Settings.Where(setting => IsHarmless(setting.Name)).Select(setting => new Recreated(
            $"setting {setting.Name}",
            $"ALTER {Whose(setting.Role, setting.InDatabase, QualifiedName.Quoted(database))} "
                + $"SET {Quoted(setting.Name)} TO {ValueOf(setting.Name, setting.Value)}")),
    ];

    /// <summary>What of them a copy has not.</summary>
    public IEnumerable<Omission> Omissions() => Settings.Where(setting => !IsHarmless(setting.Name)).Select(setting => setting.Name).Distinct()
        .Select(name => new Omission($"setting {name}", "what the target has written must not reach beyond the copy"));

    private static string Whose(string? role, bool inDatabase, string database) =>
        role is null ? $"DATABASE {database}" : $"ROLE {QualifiedName.Quoted(role)}{(inDatabase ? $" IN DATABASE {database}" : "")}";

    // Settings of one's own may be secrets: their values are not copied. A list is stored as one text, its elements quoted as names.
    private static string ValueOf(string name, string value) => name switch
    {
        _ when name.Contains('.', StringComparison.Ordinal) => "'left out'",
        "search_path" or "temp_tablespaces" => string.Join(", ", Elements(value).DefaultIfEmpty("").Select(element => Literal.Of(element))),
        _ => Literal.Of(value),
    };

    private static List<string> Elements(string list)
    {
        var (elements, element, quoted, any) = (new List<string>(), new StringBuilder(), false, false);
        for (var i = 0; i < list.Length; i++)
        {
            var c = list[i];
            if (c == '"' && quoted && i + 1 < list.Length && list[i + 1] == '"')
                element.Append(list[i++]);
            else if (c == '"')
                (quoted, any) = (!quoted, true);
            else if (c == ',' && !quoted)
                Take();
            else if (quoted || !char.IsWhiteSpace(c))
                element.Append(c);
        }

        Take();
        return elements;

        void Take()
        {
            if (any || element.Length > 0)
                elements.Add(element.ToString());
            element.Clear();
            any = false;
        }
    }
}
