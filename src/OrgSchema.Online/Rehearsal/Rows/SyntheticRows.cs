using Npgsql;

namespace OrgSchema.Online;

/// <summary>
/// Fills the tables of a copy with rows that are made up on the server: as many as the target is thought to have, as
/// much of it NULL, as much of it the same. Keys, checks and foreign keys hold; no trigger fires.
/// </summary>
internal sealed class SyntheticRows(Session session, IReadOnlyList<TableStatistics> statistics, IReadOnlyList<PinnedValues> pinned, int atMost)
{
    /// <summary>A table that is empty in the target gets some rows, too: nothing can be seen of a migration on an empty one.</summary>
    private const int AtLeast = 20;

    private readonly ValueFinder _finder = new(session);
    private readonly Dictionary<uint, TableShape> _tables = [];
    private readonly Dictionary<string, long> _parents = [];

    /// <summary>Fills all tables of some schemas, parents first.</summary>
    public async Task<IReadOnlyList<FilledTable>> FillAsync(string[] schemas, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync("SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '256MB'; SET temp_buffers = '128MB'", cancellationToken);
        var tables = await TableShape.ReadAllAsync(session, schemas, cancellationToken);
        foreach (var table in tables)
            _tables[table.Id] = table;
        var filled = new List<FilledTable>();
        foreach (var table in TableShape.ParentsFirst(tables))
            filled.Add(await FillAsync(table, cancellationToken));
        await SetSequencesAsync(schemas, cancellationToken);
        foreach (var table in tables)
            await AnalyzeAsync(table, cancellationToken);
        return filled;
    }

    // It runs the expressions of indexes, which may do anything.
    private async Task AnalyzeAsync(TableShape table, CancellationToken cancellationToken)
    {
        try
        {
            await session.ExecuteAsync($"ANALYZE {table.Table}", cancellationToken);
        }
        catch (PostgresException)
        {
            // without statistics the server guesses
        }
    }

    private async Task<FilledTable> FillAsync(TableShape table, CancellationToken cancellationToken)
    {
        var known = statistics.FirstOrDefault(known => known.Table == table.Table);
        var rows = Math.Clamp(known?.Rows ?? 0, Math.Min(AtLeast, atMost), atMost);
        try
        {
            var draft = await DraftAsync(table, known, rows, cancellationToken);
            var inserted = 0L;
            foreach (var values in pinned.Where(values => values.Table.ToString() == table.Table))
                inserted += await session.ExecuteAsync(draft.Pinned(values, inserted), cancellationToken, [.. values.Columns.Select((_, column) => values.Rows.Select(row => row[column]).ToArray())]);
            inserted += await session.ExecuteAsync(draft.Insert(), cancellationToken);
            return new FilledTable(table.Table, inserted, inserted == 0 ? $"no row that was made up passes {string.Join(", ", table.Checks.Select(check => check.Name))}" : null);
        }
        catch (PostgresException e)
        {
            return new FilledTable(table.Table, 0, $"{e.MessageText} ({e.SqlState})");
        }
        catch (NoValueException e)
        {
            return new FilledTable(table.Table, 0, e.Message);
        }
    }

    private async Task<TableDraft> DraftAsync(TableShape table, TableStatistics? known, long rows, CancellationToken cancellationToken)
    {
        var draft = new TableDraft(table, rows);
        foreach (var key in table.ForeignKeys.Where(key => key.Parent != table.Id))
            await ReferToAsync(draft, key, known, cancellationToken);
        foreach (var column in table.Columns.Where(column => !draft.Has(column.Number)))
        {
            var checks = table.Checks.Where(check => check.Columns is [var only] && only == column.Number).ToList();
            if (await _finder.FindAsync(column, checks, cancellationToken) is { } values)
                draft.Set(column, values, known?.Columns.GetValueOrDefault(column.Name));
            else if (column is { IsRequired: true, HasDefault: false })
                throw new NoValueException($"no value is known for {column.Name} {column.Type}{(checks.Count > 0 ? $" that passes {string.Join(", ", checks.Select(check => check.Name))}" : "")}");
        }

        foreach (var key in table.ForeignKeys.Where(key => key.Parent == table.Id))
            draft.ReferToSelf(key, table.IsOptional(key));
        return draft;
    }

    private async Task ReferToAsync(TableDraft draft, ForeignKeyShape key, TableStatistics? known, CancellationToken cancellationToken)
    {
        if (key.Columns.Any(draft.Has))
            return; // a key of more columns has decided
        var (name, count) = _tables.TryGetValue(key.Parent, out var parent) ? await ParentAsync(parent, key, cancellationToken) : ("", 0);
        if (count == 0 && !draft.Table.IsOptional(key))
            throw new NoValueException($"{parent?.Table ?? "the table that it refers to"} is empty");
        draft.ReferTo(key, name, count, draft.Table.Columns.Where(column => key.Columns.Contains(column.Number)).Select(column => known?.Columns.GetValueOrDefault(column.Name)).FirstOrDefault());
    }

    // The keys that are there, numbered, so that children can be spread over them.
    private async Task<(string Name, long Count)> ParentAsync(TableShape parent, ForeignKeyShape key, CancellationToken cancellationToken)
    {
        var name = $"pg_temp.parent_{parent.Id}_{string.Join('_', key.ParentColumns)}";
        if (!_parents.TryGetValue(name, out var count))
        {
            var columns = key.ParentColumns.Select((number, place) => $"{parent.Columns.First(column => column.Number == number).Quoted} AS k{place}");
            await session.ExecuteAsync($"CREATE TABLE {name} AS SELECT pg_catalog.row_number() OVER () AS n, {string.Join(", ", columns)} FROM {parent.Table}", cancellationToken);
            _parents[name] = count = await session.ScalarAsync<long>($"SELECT pg_catalog.count(*) FROM {name}", cancellationToken);
        }

        return (name, count);
    }

    private async Task SetSequencesAsync(string[] schemas, CancellationToken cancellationToken)
    {
        var owned = await session.QueryAsync(
            """
            -- synthetic rows: sequences
            SELECT d.objid::pg_catalog.regclass::text, d.refobjid::pg_catalog.regclass::text, pg_catalog.quote_ident(a.attname)
            FROM pg_catalog.pg_depend AS d
            JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
            JOIN pg_catalog.pg_namespace AS n ON n.oid = s.relnamespace
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i') AND n.nspname = ANY ($1)
            """,
            row => (Sequence: row.GetString(0), Table: row.GetString(1), Column: row.GetString(2)),
            cancellationToken,
            new[] { schemas });
        foreach (var (sequence, table, column) in owned)
            await session.ExecuteAsync($"SELECT pg_catalog.setval({Literal.Of(sequence)}, pg_catalog.max({column})) FROM {table} HAVING pg_catalog.max({column}) > 0", cancellationToken);
    }

    private sealed class NoValueException(string message) : Exception(message);
}
