using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>Two databases see the same writes, and one of them goes down and up in between: at the end they are the same.</summary>
public sealed class RoundTrips
{
    private static int Histories => int.TryParse(Environment.GetEnvironmentVariable("ORGSCHEMA_ROUND_TRIPS"), CultureInfo.InvariantCulture, out var number) ? number : 6;

    private LiveDatabase _start = null!;

    [SetUp]
    public async Task Create()
    {
        _start = await LiveDatabase.CreateAsync();
        await _start.MigrateAsync();
        // The time of a write is its place in the history; a run of ours has none, so that a trigger it fired would fail.
        // When a creator is gone, nobody has changed the organization: one that was in the archive at that time cannot tell when.
        await _start.ExecuteAsSuperuserAsync("""
            CREATE OR REPLACE FUNCTION public.update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF to_jsonb(OLD) ->> 'created_by' IS NOT NULL AND to_jsonb(NEW) ->> 'created_by' IS NULL THEN
                    RETURN NEW;
                END IF;

                NEW.updated_at = current_setting('test.now', true)::timestamptz;
                RETURN NEW;
            END $$
            """);
        await _start.ExecuteAsync("""
            SET test.now = '2026-02-28Z';
            INSERT INTO organizations (name, slug, created_by) SELECT 'Early ' || n, 'early-' || n, (SELECT id FROM auth.users ORDER BY id OFFSET n LIMIT 1) FROM generate_series(1, 3) AS n;
            INSERT INTO org_members (org_id, user_id, role) SELECT o.id, u.id, 'admin' FROM organizations AS o CROSS JOIN auth.users AS u WHERE o.slug LIKE 'early-%';
            UPDATE dsos AS d SET org_id = o.id FROM organizations AS o WHERE o.slug = 'early-' || right(d.id::text, 1)
            """);
    }

    [TearDown]
    public async Task Drop() => await _start.DisposeAsync();

    [Test]
    public void Lose_nothing_whatever_is_written_meanwhile() => Prop
        .ForAll(Arb.From(AnyHistory, Shorter), history => TravelAsync(history).GetAwaiter().GetResult())
        .Check(Config.QuickThrowOnFailure.WithMaxTest(Histories).WithStartSize(8).WithEndSize(20));

    [Test]
    public async Task Lose_nothing_when_the_way_up_ends_early() =>
        await TravelAsync([.. Migrating.BeforeContract.SelectMany(migration => (Step[])[new(0, null), new(migration.Version, null)])]);

    /// <summary>A way to a version, or a write.</summary>
    private static Gen<Step> AnyStep => Gen.Frequency(
        (2, Gen.Elements(Migrating.BeforeContract.Select(migration => migration.Version).Append(0)).Select(version => new Step(version, null))),
        (3, Write.Any.Select(write => new Step(null, write))));

    private static Gen<Step[]> AnyHistory => Gen.ArrayOf(AnyStep);

    private static IEnumerable<Step[]> Shorter(Step[] history) => Enumerable.Range(0, history.Length).Select(without => history.Where((_, place) => place != without).ToArray());

    private async Task TravelAsync(Step[] history)
    {
        await using var staying = await _start.CopyAsync();
        await using var traveling = await _start.CopyAsync();
        var last = Migrating.BeforeContract.Last().Version;
        var version = last;
        for (var number = 0; number < history.Length; number++)
        {
            if (history[number] is { Write: { } write } && write.Needs <= version)
            {
                foreach (var database in (LiveDatabase[])[staying, traveling])
                    await database.ExecuteAsync($"SET test.now = '2026-03-01 {number / 60:00}:{number % 60:00}Z'; {write.Sql(number)}");
            }
            else if (history[number] is { To: { } to })
            {
                await TravelAsync(traveling, version, to);
                version = to;
            }
        }

        await TravelAsync(traveling, version, last);
        (await traveling.FingerprintAsync()).AssertSameAs(await staying.FingerprintAsync());
    }

    private static async Task TravelAsync(LiveDatabase database, long from, long to)
    {
        if (to > from)
            await database.MigrateAsync(to);
        else if (to < from)
            await database.RevertAsync(DownTarget.Above(to));
    }

    /// <summary>A step of a history.</summary>
    private sealed record Step(long? To, Write? Write)
    {
        public override string ToString() => Write is null ? $"to {To}" : $"{Write.Kind}({Write.Row}, {Write.Other})";
    }
}
