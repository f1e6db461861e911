namespace OrgSchema.Online;

/// <summary>Rows of the private schema that say which migrations are applied, or stopped half-way. Not who ran them.</summary>
internal sealed record CopiedVersions(QualifiedName Table, string Rows)
{
    public static async Task<IReadOnlyList<CopiedVersions>> ReadAsync(Session target, string schema, CancellationToken cancellationToken)
    {
        var copied = new List<CopiedVersions>();
        foreach (var (table, row) in ((string, string)[])
        [
            ("schema_version", "pg_catalog.to_jsonb(t)"),
            ("run_log", "pg_catalog.to_jsonb(t) || '{\"operator\": \"\", \"error\": null, \"reason\": null}'"),
        ])
        {
            var name = new QualifiedName(schema, table);
            if (await target.ScalarAsync<bool>(Catalog.TableExists(name), cancellationToken))
                copied.Add(new CopiedVersions(name, (await target.ScalarAsync<string>($"SELECT coalesce(pg_catalog.jsonb_agg({row}), '[]')::text FROM {name} AS t", cancellationToken))!));
        }

        return copied;
    }

    public async Task WriteAsync(Session copy, CancellationToken cancellationToken)
    {
        if (!await copy.ScalarAsync<bool>(Catalog.TableExists(Table), cancellationToken))
            return;
        await copy.ExecuteAsync($"INSERT INTO {Table} OVERRIDING SYSTEM VALUE SELECT * FROM pg_catalog.jsonb_populate_recordset(NULL::{Table}, $1::jsonb)", cancellationToken, Rows);
        if (Table.Name == "run_log")
            await copy.ExecuteAsync($"SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence('{Table}', 'id'), 1 + coalesce((SELECT pg_catalog.max(id) FROM {Table}), 0))", cancellationToken);
    }
}
