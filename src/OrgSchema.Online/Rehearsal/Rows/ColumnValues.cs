using System.Globalization;
using System.Text.RegularExpressions;

namespace OrgSchema.Online;

/// <summary>The values of a column, by the number of the row.</summary>
/// <param name="Capacity">How many there are; <see cref="Endless"/>: another one for each number.</param>
/// <param name="At">SQL for the value at a number from 1 up, which is SQL, too.</param>
internal sealed record ColumnValues(long Capacity, Func<string, string> At)
{
    public const long Endless = long.MaxValue;
}

/// <summary>Finds values for a column: first forms that have another value for each row, then single values. The server says which of them its checks allow.</summary>
internal sealed partial class ValueFinder(Session session)
{
    private const string Number = "{n}";
    private static readonly long[] Samples = [1, 2, 7, 42, 999, 100_000];

    /// <summary>Values that pass these checks; null if none is known.</summary>
    public async Task<ColumnValues?> FindAsync(ColumnShape column, IReadOnlyList<CheckShape> checks, CancellationToken cancellationToken)
    {
        if (column.Labels.Length == 0)
        {
            foreach (var form in Forms(column))
            {
                if (await PassesAsync(column, checks, $"unnest(ARRAY[{string.Join(", ", Samples)}]::bigint[]) AS g(n)", form.Replace(Number, "g.n", StringComparison.Ordinal), cancellationToken))
                    return new ColumnValues(CapacityOf(column), number => $"({form.Replace(Number, $"({number})", StringComparison.Ordinal)})::{column.Type}");
            }
        }

        var allowed = new List<string>();
        foreach (var value in Values(column, checks).Distinct())
        {
            var literal = $"{Literal.Of(value)}::{column.BaseType}";
            if (await PassesAsync(column, checks, "(SELECT) AS g", literal, cancellationToken))
                allowed.Add(literal);
        }

        return allowed.Count switch
        {
            0 => null,
            1 => new ColumnValues(1, _ => $"{allowed[0]}::{column.Type}"),
            var count => new ColumnValues(count, number => $"((ARRAY[{string.Join(", ", allowed)}])[1 + (({number}) - 1) % {count}])::{column.Type}"),
        };
    }

    private async Task<bool> PassesAsync(ColumnShape column, IReadOnlyList<CheckShape> checks, string from, string value, CancellationToken cancellationToken)
    {
        var conditions = string.Join(" AND ", checks.Select(check => $"(({check.Condition}) IS NOT FALSE)").DefaultIfEmpty("true"));
        // In the check of a domain the value is called VALUE.
        var names = checks.Any(check => check.IsOfDomain) && column.Name != "value" ? $"v.x AS {column.Quoted}, v.x AS value" : $"v.x AS {column.Quoted}";
        try
        {
            return await session.ScalarAsync<bool>(
                $"SELECT coalesce(pg_catalog.bool_and({conditions}), false) FROM (SELECT {names} FROM {from}, LATERAL (SELECT ({value})::{column.BaseType} AS x) AS v) AS r",
                cancellationToken);
        }
        catch (Npgsql.PostgresException)
        {
            return false; // the type does not take it, or the check cannot be asked about it
        }
    }

    private static long CapacityOf(ColumnShape column) => column switch
    {
        { Base: "bool" } => 2,
        { Base: "int2" } => 30_000,
        { Length: >= 0 and < 10 } => (long)Math.Pow(10, column.Length),
        _ => ColumnValues.Endless,
    };

    private static IEnumerable<string> Forms(ColumnShape column) => column.Base switch
    {
        "uuid" => [Uuid],
        "int8" or "int4" or "oid" or "float4" or "float8" => [Number],
        "int2" => [$"1 + {Number} % 30000"],
        "numeric" => [Number, $"{Number} % 100", $"{Number} % 10", $"({Number} % 100) / 100.0"],
        "bool" => [$"{Number} % 2 = 0"],
        // Later columns get later times: an end comes after its beginning.
        "timestamptz" or "timestamp" => [$"timestamptz '2025-01-01 00:00:00Z' + {Number} % 20000000 * interval '1 second' + {column.Number} * interval '1 day'"],
        "date" => [$"date '2025-01-01' + ({Number} % 300)::integer + {column.Number}"],
        "time" => [$"time '00:00' + {Number} % 80000 * interval '1 second'"],
        "interval" => [$"{Number} * interval '1 second'"],
        "json" or "jsonb" => [$"pg_catalog.jsonb_build_object('n', {Number})"],
        "bytea" => [$"pg_catalog.int8send({Number})"],
        "inet" => [$"inet '10.0.0.0' + {Number}"],
        "text" or "varchar" or "bpchar" or "citext" or "name" => Texts(column).Select(form => column.Length >= 0 ? $"pg_catalog.\"right\"({form}, {column.Length})" : form),
        _ => [],
    };

    private const string Uuid = $"('00000000-0000-4000-8000-' || pg_catalog.lpad(pg_catalog.to_hex({Number}), 12, '0'))::uuid";

    // The name of the column decides which comes first: other columns and triggers may take it by its word.
    private static IEnumerable<string> Texts(ColumnShape column)
    {
        var name = Literal.Of(column.Name);
        (string Named, string Form)[] forms =
        [
            ("(^|_)id$|_by$", $"({Uuid})::text"),
            ("mail", $"'user' || {Number} || '@example.invalid'"),
            ("url|link|website", $"'https://example.invalid/' || {Number}"),
            ("phone|fax|mobile", $"'+1555' || pg_catalog.lpad({Number}::text, 7, '0')"),
            ("slug|code|key", $"{name} || '-' || {Number}"),
            ("", $"{name} || ' ' || {Number}"),
            ("", $"'x' || {Number}"),
            ("", $"pg_catalog.upper('x' || {Number})"),
            ("", $"pg_catalog.lpad({Number}::text, 12, '0')"),
            ("", $"{Number}::text"),
        ];
        return forms.OrderByDescending(form => form.Named.Length > 0 && Regex.IsMatch(column.Name, form.Named)).ThenBy(form => form.Named.Length > 0).Select(form => form.Form);
    }

    // What a check mentions is what it is about; numbers between and beside those, too.
    private static IEnumerable<string> Values(ColumnShape column, IReadOnlyList<CheckShape> checks)
    {
        var mentioned = checks.SelectMany(check => Quoted().Matches(check.Condition)).Select(match => match.Groups[1].Value.Replace("''", "'", StringComparison.Ordinal)).ToList();
        var numbers = checks.SelectMany(check => Digits().Matches(check.Condition)).Select(match => decimal.Parse(match.Value, CultureInfo.InvariantCulture)).Distinct().Take(8).ToList();
        var near = numbers.SelectMany(number => new[] { number, number - 1, number + 1 });
        var between = numbers.Count > 1 ? Enumerable.Range(1, 12).Select(step => Math.Round(numbers.Min() + ((numbers.Max() - numbers.Min()) * step / 13))) : [];
        return
        [
            .. column.Labels, .. mentioned,
            .. near.Concat(between).Distinct().Order().Select(number => number.ToString(CultureInfo.InvariantCulture)),
            "0", "1", "-1", "true", "false", "a", "A", "", "{}", "[]", "2025-06-01", "00:00", "1 day", "empty", "127.0.0.1", "10.0.0.0/8", "08:00:2b:01:02:03", "(0,0)", "0/0", "en",
        ];
    }

    [GeneratedRegex("'((?:[^']|'')*)'")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(?<![\w'.])\d+(\.\d+)?(?![\w'])")]
    private static partial Regex Digits();
}
