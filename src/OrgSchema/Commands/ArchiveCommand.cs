using System.CommandLine;
using Npgsql;
using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary><c>archive</c>: reads what migrations have archived.</summary>
internal static class ArchiveCommand
{
    private const string Schema = "orgschema";

    private const string NoRows = "SELECT WHERE false";

    private enum Format
    {
        Csv,

        /// <summary>CSV whose cells a spreadsheet takes for text, never for a formula.</summary>
        SafeCsv,
        Json,
    }

    public static Command Create()
    {
        var list = new Command("list", "List the archives, with rows and dates.");
        list.SetAction(async (parsed, token) =>
        {
            var job = await Job.OpenAsync(parsed, token);
            await using var migrator = job.Migrator();
            var archives = await migrator.ArchivesAsync(token);
            job.Terminal.Show(new ArchivesDocument(job.Target.ToString(), archives), JsonDocuments.Default.ArchivesDocument, Wording.Archives(archives));
            return ExitCode.Done;
        });
        return new Command("archive", "Show or export what migrations have removed. The next migrate restores it.") { list, Show(), Export() };
    }

    private static Command Show()
    {
        var name = Name();
        var limit = CommonOptions.Count("--limit", "Show this many rows, newest first.", "ROWS", otherwise: 20);
        var show = new Command("show", "Show an archive: definitions as SQL, then rows.") { name, limit };
        show.SetAction((parsed, token) => WithArchiveAsync(parsed, name, async (job, connection, archive) =>
        {
            var rows = $"{archive.Query(Schema, newestFirst: true)} LIMIT {parsed.GetValue(limit)}";
            if (job.Terminal.IsJson)
            {
                await WriteJsonAsync(connection, archive.Rows > 0 ? rows : NoRows, Console.Out, token);
                return;
            }

            foreach (var definition in archive.Definitions)
                job.Terminal.Text.WriteLine(Wording.ArchivedDefinition(definition));
            if (archive.Rows == 0)
                return;

            await using var command = new NpgsqlCommand(rows, connection) { AllResultTypesAreUnknown = true };
            await using var reader = await command.ExecuteReaderAsync(token);
            var table = new Table().Border(TableBorder.Simple);
            for (var column = 0; column < reader.FieldCount; column++)
                table.AddColumn(Markup.Escape(reader.GetName(column)));
            while (await reader.ReadAsync(token))
                table.AddRow([.. Enumerable.Range(0, reader.FieldCount).Select(column => Markup.Escape(reader.IsDBNull(column) ? "" : reader.GetString(column)))]);
            job.Terminal.Text.Write(table);
        }, token));
        return show;
    }

    private static Command Export()
    {
        var name = Name();
        var format = new Option<Format?>("--format")
        {
            Description = "csv, json, or safe-csv: CSV with an apostrophe before cells that a spreadsheet would take for a formula. "
                + "Default: csv; json with --output json.",
            HelpName = "csv|safe-csv|json",
            CustomParser = result => CommonOptions.Choice<Format>(result),
        };
        var file = new Option<FileInfo?>("--file") { Description = "The file to write. Default: standard output.", HelpName = "FILE" };
        var export = new Command("export", "Write all rows of an archive as CSV or JSON.") { name, format, file };
        export.SetAction((parsed, token) => WithArchiveAsync(parsed, name, async (job, connection, archive) =>
        {
            var (to, chosen) = (parsed.GetValue(file), parsed.GetValue(format) ?? (job.Terminal.IsJson ? Format.Json : Format.Csv));
            if (to is null && chosen != Format.Json && job.Terminal.IsJson)
                throw new RequestException("With --output json there is one JSON document on standard output, and no CSV.", "Add --file FILE, or leave out --format.");
            await using (var writer = await Interruptible.RunAsync(() => Create(to), token) ?? new StreamWriter(Console.OpenStandardOutput()))
            {
                var rows = archive.Rows > 0 ? archive.Query(Schema, newestFirst: false) : NoRows;
                if (chosen == Format.Json)
                    await WriteJsonAsync(connection, rows, writer, token);
                else if (chosen == Format.SafeCsv)
                    await CopyAsync(connection, $"COPY ({await WithoutFormulasAsync(connection, rows, token)}) TO STDOUT (FORMAT csv, HEADER)", writer, token);
                else
                    await CopyAsync(connection, $"COPY ({rows}) TO STDOUT (FORMAT csv, HEADER)", writer, token);
            }

            if (to is not null)
                job.Terminal.Show(new ExportDocument(archive.Name, to.FullName), JsonDocuments.Default.ExportDocument, Wording.Exported(archive.Name, to.FullName));
        }, token));
        return export;
    }

    private static StreamWriter? Create(FileInfo? file)
    {
        try
        {
            return file?.CreateText();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RequestException($"'{file}' cannot be written: {e.Message}", "Give --file a place where you may write.");
        }
    }

    private static Argument<string> Name() => new("NAME") { Description = "The archive, as shown by 'archive list'." };

    private static async Task<int> WithArchiveAsync(ParseResult parsed, Argument<string> name, Func<Job, NpgsqlConnection, ArchiveContents, Task> read, CancellationToken cancellationToken)
    {
        var job = await Job.OpenAsync(parsed, cancellationToken);
        await using var migrator = job.Migrator();
        var archives = await migrator.ArchivesAsync(cancellationToken);
        var asked = parsed.GetRequiredValue(name);
        var archive = archives.FirstOrDefault(archive => archive.Name == asked || archive.Name == $"archive_{asked}")
            ?? throw new RequestException($"There is no archive '{asked}'.", archives.Count == 0 ? "The archive is empty." : $"There are: {string.Join(", ", archives.Select(archive => archive.Name))}.");
        // A big archive takes longer than questions may, on either side.
        var patient = job.Target with { Connection = new(job.Target.Connection.ConnectionString) { CommandTimeout = 0 } };
        await using var connection = await patient.OpenAsync(cancellationToken);
        await using (var unbounded = new NpgsqlCommand("BEGIN READ ONLY; SET LOCAL statement_timeout = 0", connection))
            await unbounded.ExecuteNonQueryAsync(cancellationToken);
        await read(job, connection, archive);
        return ExitCode.Done;
    }

    // Row by row: the server makes no value of more than 1 GB, and an archive may have more rows than fit into memory here.
    private static async Task WriteJsonAsync(NpgsqlConnection connection, string rows, TextWriter writer, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT pg_catalog.to_jsonb(r)::text FROM ({rows}) AS r", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var before = "[\n";
        while (await reader.ReadAsync(cancellationToken))
        {
            await writer.WriteAsync($"{before}{reader.GetString(0)}");
            before = ",\n";
        }

        await writer.WriteLineAsync(before == "[\n" ? "[]" : "\n]");
    }

    // https://owasp.org/www-community/attacks/CSV_Injection; a number stays one.
    private static async Task<string> WithoutFormulasAsync(NpgsqlConnection connection, string rows, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT r.* FROM ({rows}) AS r LIMIT 0", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        using var builder = new NpgsqlCommandBuilder();
        var columns = Enumerable.Range(0, reader.FieldCount).Select(place => builder.QuoteIdentifier(reader.GetName(place)));
        return $"SELECT {string.Join(", ", columns.Select(Safe))} FROM ({rows}) AS r";

        static string Safe(string column) =>
            $"CASE WHEN r.{column}::text ~ '^[=+@\t\r-]' AND r.{column}::text !~ '^[+-]?[0-9.]+$' THEN '''' ELSE '' END || r.{column}::text AS {column}";
    }

    private static async Task CopyAsync(NpgsqlConnection connection, string copy, TextWriter writer, CancellationToken cancellationToken)
    {
        using var reader = await connection.BeginTextExportAsync(copy, cancellationToken);
        var buffer = new char[1 << 16];
        while (await reader.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            await writer.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
    }
}
