using System.Text.RegularExpressions;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>The migrations on the pages of docs/recipes: each does what its page says of it.</summary>
public sealed partial class Recipes : DatabaseTest
{
    private static readonly string Folder = Path.Combine(Repository.Root, "docs", "recipes");

    protected override string Schema => """
        CREATE TYPE public.order_state AS ENUM ('open', 'sent');
        CREATE TABLE public.customers (id integer PRIMARY KEY, name text);
        CREATE TABLE public.orders (
            id integer PRIMARY KEY, number integer, customer_id integer, reference text, note text, amount integer, closed boolean,
            placed_at timestamptz, period int4range, state public.order_state DEFAULT 'open');
        CREATE INDEX orders_by_note ON public.orders (note);
        CREATE UNIQUE INDEX orders_number ON public.orders (number);
        CREATE TABLE public.events (id integer, kind integer);
        INSERT INTO public.customers SELECT n, 'customer ' || n FROM pg_catalog.generate_series(1, 5) AS n;
        INSERT INTO public.orders SELECT n, n, 1 + n % 5, 'r' || n, 'note ' || n, n, false, pg_catalog.now() FROM pg_catalog.generate_series(1, 400) AS n;
        ANALYZE;
        """;

    private static IEnumerable<TestCaseData> All =>
        from page in Directory.GetFiles(Folder, "*.md").Order(StringComparer.Ordinal)
        from block in Block().Matches(File.ReadAllText(page))
        select new TestCaseData(block.Groups["kind"].Value, block.Groups["code"].Value)
            .SetArgDisplayNames(Path.GetFileName(page), block.Groups["kind"].Value, Class().Match(block.Groups["code"].Value).Groups["name"].Value);

    [TestCaseSource(nameof(All))]
    public async Task Does_what_its_page_says(string kind, string code)
    {
        await using var migrator = new TestMigrator(
            Database.Options([.. CompiledRecipe.Of(code)]) with { SmallTableRows = 0, SmallTableBytes = 0 });

        if (kind == "refused")
        {
            Assert.ThrowsAsync<PreflightException>(() => migrator.UpAsync());
            return;
        }

        await migrator.UpAsync();
        if (kind == "rewritten")
        {
            Assert.That(await Database.ScalarAsync<bool>("SELECT transactional FROM orgschema.run_log"), Is.False);
            return;
        }

        await migrator.ContractAsync();
        if (!code.Contains("ForwardOnlyMigration", StringComparison.Ordinal))
            await migrator.DownAsync();
    }

    [GeneratedRegex(@"```csharp ?(?<kind>\w*)\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"class (?<name>\w+)")]
    private static partial Regex Class();
}
