using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace OrgSchema.Online;

/// <summary>Reads the lines of a <see cref="Fingerprint"/> over one connection.</summary>
internal sealed class FactReader(NpgsqlConnection connection, FingerprintScope scope)
{
    // An empty search_path makes the server qualify every name it prints. row_security = off turns rows that a policy
    // hides into an error. The others decide how values become text.
    private static readonly Dictionary<string, string> Pinned = new()
    {
        ["search_path"] = "",
        ["row_security"] = "off",
        ["quote_all_identifiers"] = "off",
        ["TimeZone"] = "UTC",
        ["DateStyle"] = "ISO, YMD",
        ["IntervalStyle"] = "postgres",
        ["bytea_output"] = "hex",
        ["extra_float_digits"] = "1",
    };

    private readonly List<FingerprintLine> _lines = [];

    /// <summary>Reads everything in scope, then gives the session back its settings.</summary>
    public async Task<IReadOnlyList<FingerprintLine>> ReadAsync(CancellationToken cancellationToken)
    {
        var before = await QueryAsync(DatabaseFacts.SessionSettings, Texts(Pinned.Keys), cancellationToken);
        foreach (var (name, value) in Pinned)
            await SetAsync(name, value, cancellationToken);

        foreach (var query in DatabaseFacts.Queries)
            await AddAsync(query, null, cancellationToken);

        var schemas = await ReadSchemasAsync(cancellationToken);
        foreach (var query in (string[])[.. TableFacts.Queries, .. SchemaFacts.Queries])
            await AddAsync(query, schemas, cancellationToken);

        if (scope.Data)
            await AddDataAsync(schemas, cancellationToken);

        foreach (var setting in before)
            await SetAsync(setting[0], setting[1], cancellationToken);

        return _lines;
    }

    private async Task<NpgsqlParameter> ReadSchemasAsync(CancellationToken cancellationToken)
    {
        var schemas = await QueryAsync(SchemaFacts.SchemasInScope, Texts(scope.ExceptSchemas), cancellationToken);
        return new NpgsqlParameter<uint[]>
        {
            TypedValue = [.. schemas.Select(schema => uint.Parse(schema[0], CultureInfo.InvariantCulture))],
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid,
        };
    }

    private async Task AddDataAsync(NpgsqlParameter schemas, CancellationToken cancellationToken)
    {
        await AddAsync(RowFacts.SequenceValues, schemas, cancellationToken);
        foreach (var table in await QueryAsync(RowFacts.Tables, schemas, cancellationToken))
            await AddRowsAsync(table[0], cancellationToken);
    }

    private async Task AddRowsAsync(string table, CancellationToken cancellationToken)
    {
        var limit = new NpgsqlParameter<long> { TypedValue = scope.RowsInFull + 1L };
        var rows = await QueryAsync(RowFacts.RowsOf(table), limit, cancellationToken);
        if (rows.Count > scope.RowsInFull)
            rows = await QueryAsync(RowFacts.DigestOf(table), null, cancellationToken);

        foreach (var row in rows)
            Add(table, row[0]);
    }

    private async Task AddAsync(string query, NpgsqlParameter? parameter, CancellationToken cancellationToken)
    {
        foreach (var row in await QueryAsync(query, parameter, cancellationToken))
            Add(row[0], row[1]);
    }

    private void Add(string subject, string text) => _lines.Add(new FingerprintLine(subject, text.ReplaceLineEndings("\\n")));

    private async Task SetAsync(string name, string value, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(DatabaseFacts.SetSessionSetting, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<List<string[]>> QueryAsync(string query, NpgsqlParameter? parameter, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(query, connection) { CommandTimeout = 0 };
        if (parameter is not null)
            command.Parameters.Add(parameter.Clone());

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<string[]>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]);

        return rows;
    }

    private static NpgsqlParameter<string[]> Texts(IEnumerable<string> values) => new() { TypedValue = [.. values] };
}
