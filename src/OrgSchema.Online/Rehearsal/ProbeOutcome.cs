using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>What one statement of a probe did.</summary>
/// <param name="Probe">Name of the probe.</param>
/// <param name="Statement">The statement.</param>
/// <param name="Error">Why it failed, with the SQLSTATE; null: it did not.</param>
/// <param name="Rows">Rows returned or changed.</param>
/// <param name="Columns">What it returned, by column: the type, and a digest of the values that does not depend on their order.</param>
public sealed record ProbeOutcome(string Probe, FileStatement Statement, string? Error, long Rows, IReadOnlyDictionary<string, string> Columns)
{
    /// <summary>Sends probes, each in a transaction that is rolled back, each statement in a savepoint.</summary>
    /// <param name="connection">An open connection without a transaction, as a role that may become every role of the probes.</param>
    /// <param name="probes">The probes.</param>
    /// <param name="cancellationToken">Cancels it; nothing of it stays.</param>
    /// <returns>An outcome for every statement, in order.</returns>
    public static async Task<IReadOnlyList<ProbeOutcome>> ReadAsync(NpgsqlConnection connection, IReadOnlyList<Probe> probes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(probes);
        var outcomes = new List<ProbeOutcome>();
        foreach (var probe in probes)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var refused = await BecomeAsync(connection, probe, cancellationToken);
            foreach (var statement in probe.Statements)
                outcomes.Add(refused is null ? await SendAsync(transaction, probe, statement, cancellationToken) : Failed(probe, statement, refused));
            await transaction.RollbackAsync(CancellationToken.None);
        }

        return outcomes;
    }

    private static async Task<PostgresException?> BecomeAsync(NpgsqlConnection connection, Probe probe, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_catalog.set_config('request.jwt.claims', $1, true), pg_catalog.set_config('role', $2, true)", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = probe.Claims ?? "" });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = probe.Role });
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
            return null;
        }
        catch (PostgresException e)
        {
            return e;
        }
    }

    private static async Task<ProbeOutcome> SendAsync(NpgsqlTransaction transaction, Probe probe, FileStatement statement, CancellationToken cancellationToken)
    {
        const string savepoint = "probe";
        await transaction.SaveAsync(savepoint, cancellationToken);
        try
        {
            return await SendAsync(transaction.Connection!, probe, statement, cancellationToken);
        }
        catch (PostgresException e) when (!cancellationToken.IsCancellationRequested)
        {
            await transaction.RollbackAsync(savepoint, cancellationToken);
            return Failed(probe, statement, e);
        }
    }

    private static async Task<ProbeOutcome> SendAsync(NpgsqlConnection connection, Probe probe, FileStatement statement, CancellationToken cancellationToken)
    {
        // As text: any type will do, also one that Npgsql does not know.
        await using var command = new NpgsqlCommand(statement.Sql, connection) { AllResultTypesAreUnknown = true };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var sums = new ulong[reader.FieldCount];
        var rows = 0L;
        for (; await reader.ReadAsync(cancellationToken); rows++)
        {
            for (var column = 0; column < sums.Length; column++)
                sums[column] += Digest(reader.IsDBNull(column) ? null : reader.GetString(column));
        }

        var columns = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var column = 0; column < sums.Length; column++)
            columns.TryAdd(reader.GetName(column), string.Create(CultureInfo.InvariantCulture, $"{reader.GetPostgresType(column).DisplayName} {sums[column]:x16}"));
        await reader.CloseAsync();
        return new ProbeOutcome(probe.Name, statement, null, reader.RecordsAffected >= 0 ? reader.RecordsAffected : rows, columns);
    }

    // A sum of digests: a row that is there twice counts twice.
    private static ulong Digest(string? value) => BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(value is null ? "NULL" : $"'{value}")));

    private static ProbeOutcome Failed(Probe probe, FileStatement statement, PostgresException e) =>
        new(probe.Name, statement, $"{e.SqlState}: {e.MessageText}", 0, new Dictionary<string, string>());
}
