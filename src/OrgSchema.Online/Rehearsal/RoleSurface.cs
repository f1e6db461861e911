using System.Data;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>What a <see cref="SurfaceLine"/> is about.</summary>
public enum SurfaceKind
{
    /// <summary>What the role may do beyond all grants.</summary>
    Role,

    /// <summary>Privileges on a schema.</summary>
    Schema,

    /// <summary>Privileges on a table, view or foreign table.</summary>
    Table,

    /// <summary>Privileges on a column.</summary>
    Column,

    /// <summary>Whether the role may call a function.</summary>
    Function,

    /// <summary>Privileges on a sequence.</summary>
    Sequence,

    /// <summary>Whether row level security of a table is off, on or forced. Of no role.</summary>
    RowSecurity,

    /// <summary>A policy of a table. Of no role.</summary>
    Policy,

    /// <summary>What a policy answers when the role does what it has the privilege for.</summary>
    Failure,
}

/// <summary>One thing that a role can do.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Subject">The object, qualified, such as <c>public.dsos.org_id</c>.</param>
/// <param name="Role">The role; empty: whoever asks.</param>
/// <param name="What">Effective privileges, however they were granted, or what else there is to say.</param>
/// <param name="Table">The table that the object is or belongs to; empty: none.</param>
public sealed record SurfaceLine(SurfaceKind Kind, string Subject, string Role, string What, string Table = "");

/// <summary>A difference between two surfaces.</summary>
/// <param name="Before">As it was; null: it was not.</param>
/// <param name="After">As it is; null: it is no more.</param>
public sealed record SurfaceChange(SurfaceLine? Before, SurfaceLine? After)
{
    /// <summary>What it is about.</summary>
    public SurfaceLine Line => After ?? Before!;

    /// <summary>Object, role, and what was and is.</summary>
    public override string ToString() =>
        $"{Line.Subject}{(Line.Role.Length == 0 ? "" : $", {Line.Role}")}: {Before?.What ?? "nothing"} -> {After?.What ?? "nothing"}";
}

/// <summary>What some roles can do in some schemas: effective privileges, row level security, and policies that fail.</summary>
public sealed class RoleSurface
{
    private readonly Dictionary<(SurfaceKind, string, string), SurfaceLine> _byKey;

    private RoleSurface(IReadOnlyList<SurfaceLine> lines)
    {
        Lines = lines;
        _byKey = lines.ToDictionary(Key);
    }

    /// <summary>Everything that they can, by kind, object and role.</summary>
    public IReadOnlyList<SurfaceLine> Lines { get; }

    /// <summary>Reads it, in a transaction where nothing can be changed. Policies are tried out: see <see cref="PolicyTrial"/>.</summary>
    /// <param name="connection">An open connection without a transaction, as a role that may become the others.</param>
    /// <param name="roles">The roles; one that does not exist can do nothing.</param>
    /// <param name="schemas">The schemas.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public static async Task<RoleSurface> ReadAsync(NpgsqlConnection connection, IReadOnlyList<string> roles, IReadOnlyList<string> schemas, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using (var readOnly = new NpgsqlCommand("SET TRANSACTION READ ONLY", connection))
            await readOnly.ExecuteNonQueryAsync(cancellationToken);
        var lines = new List<SurfaceLine>();
        await using (var command = new NpgsqlCommand(SurfaceSql.Lines, connection) { Parameters = { Texts(roles), Texts(schemas) } })
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
                lines.Add(new SurfaceLine(Enum.Parse<SurfaceKind>(reader.GetString(0)), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4)));
        }

        var trial = await PolicyTrial.RunAsync(connection, roles, schemas, trusted: [], cancellationToken);
        lines.AddRange(trial.Failures.GroupBy(failure => (failure.Table, failure.Role)).Select(of =>
            new SurfaceLine(SurfaceKind.Failure, $"policies of {of.Key.Table}", of.Key.Role, string.Join("; ", of.Select(failure => $"{failure.Command} fails with {failure.SqlState}: {failure.Message}")), of.Key.Table)));
        return new RoleSurface([.. lines.OrderBy(line => line.Kind).ThenBy(line => line.Subject, StringComparer.Ordinal).ThenBy(line => line.Role, StringComparer.Ordinal)]);

        static NpgsqlParameter Texts(IReadOnlyList<string> values) => new NpgsqlParameter<string[]> { TypedValue = [.. values] };
    }

    /// <summary>Whether a role has any privilege on a table or on one of its columns, whatever its policies leave of it.</summary>
    public bool Reaches(string role, string table) =>
        Lines.Any(line => line.Kind is SurfaceKind.Table or SurfaceKind.Column && line.Role == role && line.Table == table);

    /// <summary>What is not as it was. Columns of a table speak only where they do not say the same as the table.</summary>
    public IReadOnlyList<SurfaceChange> ChangesSince(RoleSurface before)
    {
        ArgumentNullException.ThrowIfNull(before);
        return
        [
            .. from line in Lines.UnionBy(before.Lines, Key)
               let change = new SurfaceChange(before._byKey.GetValueOrDefault(Key(line)), _byKey.GetValueOrDefault(Key(line)))
               where change.Before?.What != change.After?.What && !IsSaidByTable(change, before)
               orderby line.Kind, line.Subject, line.Role
               select change,
        ];
    }

    /// <summary>What nobody has said should be open and now is: a table that a role reaches and did not, and one that has lost its row level security.</summary>
    /// <param name="before">The surface before the migrations.</param>
    /// <param name="roles">Roles that anybody can have, such as <c>anon</c> and <c>authenticated</c>.</param>
    /// <param name="declared">What the migrations have declared.</param>
    public IReadOnlyList<Finding> OpenedSince(RoleSurface before, IReadOnlyList<string> roles, IReadOnlyList<DeclaredGrant> declared)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(declared);
        return
        [
            .. from table in Lines.Where(line => line.Kind == SurfaceKind.RowSecurity)
               from role in roles
               where Reaches(role, table.Table) && !before.Reaches(role, table.Table)
                   && !declared.Any(grant => grant.Table.ToString() == table.Table && grant.Roles.Contains(role))
               select new Finding(FindingCatalog.TableOpenToApi.Id, $"{table.Table} has become reachable for {role}, and no migration says so", $"Say it in the migration, with GrantOnly, or REVOKE ALL ON {table.Table} FROM {role};"),
            .. from change in ChangesSince(before)
               where change is { Line.Kind: SurfaceKind.RowSecurity, Before: { What: not "off" }, After.What: "off" } && roles.Any(role => Reaches(role, change.Line.Table))
               select new Finding(FindingCatalog.RowSecurityOff.Id, $"{change.Line.Table} has lost its row level security, and {string.Join(" and ", roles.Where(role => Reaches(role, change.Line.Table)))} can reach it", $"ALTER TABLE {change.Line.Table} ENABLE ROW LEVEL SECURITY;"),
            .. Lines.Where(line => line.Kind == SurfaceKind.Failure && !before._byKey.ContainsKey(Key(line)))
                .Select(line => new Finding(PolicyFailure.IdOf(line.What), $"The {line.Subject} fail for {line.Role}: {line.What}", PolicyFailure.Remedy)),
        ];
    }

    // Whoever gets or loses a privilege on a table gets or loses it on its columns.
    private bool IsSaidByTable(SurfaceChange column, RoleSurface before)
    {
        var table = (SurfaceKind.Table, column.Line.Table, column.Line.Role);
        var (was, now) = (before._byKey.GetValueOrDefault(table)?.What, _byKey.GetValueOrDefault(table)?.What);
        return column.Line.Kind == SurfaceKind.Column && was != now && Covers(was, column.Before?.What) && Covers(now, column.After?.What);

        static bool Covers(string? table, string? column) => column is null || (table is not null && column.Split(", ").All(table.Split(", ").Contains));
    }

    private static (SurfaceKind, string, string) Key(SurfaceLine line) => (line.Kind, line.Subject, line.Role);
}
