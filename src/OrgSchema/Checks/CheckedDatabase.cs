using Npgsql;

namespace OrgSchema;

/// <summary>Configuration, applied versions and structure of the database under test.</summary>
internal sealed class CheckedDatabase(Tenancy tenancy, IReadOnlySet<long> applied)
{
    public Tenancy Tenancy { get; } = tenancy;

    /// <summary>View that this role has of <c>auth.users</c>.</summary>
    public AuthUsers.View Users { get; private set; }

    /// <summary>Structure that most questions start from; null if it could not be read.</summary>
    public Structure? Structure { get; private set; }

    public bool IsApplied(long version) => applied.Contains(version);

    public bool IsPending(params ReadOnlySpan<long> versions)
    {
        foreach (var version in versions)
        {
            if (!IsApplied(version))
                return true;
        }

        return false;
    }

    /// <summary>Whether this version is the next one, so that what exists of it may be what an interrupted run has left.</summary>
    public bool IsNext(long version) => applied.Count > 0 && Versions.All.All(other => applied.Contains(other) == other < version);

    /// <summary>Looks at what is there, in one round trip.</summary>
    public Task LookAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => QuestionBatch.SendAsync(
        connection,
        [new(AuthUsers.Sql), .. Structure.Commands()],
        async reader =>
        {
            Users = AuthUsers.Of(await reader.RowsAsync(row => row.GetBoolean(0), cancellationToken));
            return Structure = await Structure.ReadAsync(reader, cancellationToken);
        },
        cancellationToken);
}
