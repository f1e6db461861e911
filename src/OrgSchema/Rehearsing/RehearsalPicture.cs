using System.Globalization;
using System.Net;
using System.Text;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>A rehearsal over time as SVG: locks of the migrations, table by table, and under them what clients notice. Its colors are the page's.</summary>
public sealed class RehearsalPicture
{
    private const double Width = 1100, Left = 190, Right = 12, Top = 46, Lane = 18, PlotHeight = 150, Gap = 26, Foot = 30, Slice = 3;
    private static readonly string[] Marks = ["weak", "blocks-writes", "blocks-reads"];

    private const double Fastest = 0.0001, Slowest = 10; // seconds

    private readonly RehearsalResult _result;
    private readonly HashSet<string> _tables;
    private readonly List<(string Table, TracedLock Taken, TracedStatement Statement)> _locks;
    private readonly List<string> _lanes;
    private readonly DateTime _zero;
    private readonly double _seconds;
    private readonly double _plot;
    private readonly StringBuilder _svg = new();

    private RehearsalPicture(RehearsalResult result)
    {
        _result = result;
        _tables = [.. result.Tables.Select(table => table.Table)];
        _locks = [.. result.Busy.Statements.SelectMany(statement => statement.Locks.Select(taken => (taken.Table, taken, statement)))];
        _lanes = [.. _locks.GroupBy(one => one.Table).OrderByDescending(same => same.Max(Strength)).ThenBy(same => same.Key, StringComparer.Ordinal).Select(same => same.Key)];
        _zero = RehearsalSummary.Zero(result);
        _seconds = Math.Max(0.001, (result.Busy.Requests.Select(request => request.Ended).Concat(result.Busy.Legs.Select(leg => leg.Ended)).DefaultIfEmpty(_zero).Max() - _zero).TotalSeconds);
        _plot = Top + (_lanes.Count * Lane) + Gap;
    }

    /// <summary>Draws it.</summary>
    public static string Of(RehearsalResult result) => new RehearsalPicture(result).Draw();

    private string Draw()
    {
        var height = _plot + PlotHeight + Foot;
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" role=\"img\" aria-label=\"Locks and latency over time\">");
        Legend();
        Legs();
        for (var lane = 0; lane < _lanes.Count; lane++)
            Add($"<text x=\"{Left - 8}\" y=\"{LaneTop(lane) + 13:0.#}\" text-anchor=\"end\">{Text(_lanes[lane])}</text><path class=\"grid\" d=\"M{Left} {LaneTop(lane) + Lane:0.#}H{Width - Right}\"/>");
        foreach (var same in _locks.GroupBy(one => (Strength: Strength(one), one.Table)).OrderBy(same => same.Key.Strength))
            Locks(_lanes.IndexOf(same.Key.Table), Marks[same.Key.Strength], [.. same.OrderBy(one => one.Statement.Began)]);
        Grid();
        foreach (var (kind, place) in _result.Busy.Requests.Select(request => request.Client).Distinct().Select((kind, place) => (kind, place)))
            Dots($"c{place % 4}", request => request.Client == kind && request.Error is null);
        Dots("error", request => request.Error is not null);
        Add($"</svg>");
        return _svg.ToString();
    }

    private void Legend()
    {
        var at = Left;
        foreach (var (mark, name) in (((string, string)[])[("blocks-reads", "blocks reads and writes"), ("blocks-writes", "blocks writes"), ("weak", "blocks neither, or a new table")]))
        {
            Add($"<rect class=\"{mark}\" x=\"{at:0.#}\" y=\"6\" width=\"10\" height=\"10\"/><text x=\"{at + 15:0.#}\" y=\"15\">{name}</text>");
            at += 40 + (name.Length * 6);
        }

        foreach (var (kind, place) in _result.Busy.Requests.Select(request => request.Client).Distinct().Select((kind, place) => (kind, place)))
        {
            Add($"<path class=\"c{place % 4}\" d=\"M{at + 5:0.#} 11h0\" stroke-width=\"7\" stroke-linecap=\"round\"/><text x=\"{at + 14:0.#}\" y=\"15\">{Text(kind)}</text>");
            at += 34 + (kind.Length * 6);
        }
    }

    private void Legs()
    {
        foreach (var leg in _result.Busy.Legs)
        {
            var (from, to) = (X(leg.Began), X(leg.Ended));
            Add($"<rect class=\"lane\" x=\"{from:0.#}\" y=\"{Top - 4}\" width=\"{Math.Max(1, to - from):0.#}\" height=\"{_plot + PlotHeight - Top + 4:0.#}\"/>");
            var isAtTheEnd = from > Width - Right - 60; // a short last leg: its name would be cut off
            Add($"<text class=\"faint\" x=\"{(isAtTheEnd ? Width - Right : from + 3):0.#}\" y=\"{Top - 9}\"{(isAtTheEnd ? " text-anchor=\"end\"" : "")}>{Text(Wording.Way(leg.Leg))}</text>");
        }
    }

    // What cannot be told apart at this size is drawn as one: the batches of a backfill are thousands.
    private void Locks(int lane, string mark, IReadOnlyList<(string Table, TracedLock Taken, TracedStatement Statement)> locks)
    {
        for (var first = 0; first < locks.Count;)
        {
            var (from, to, next) = (X(locks[first].Statement.Began), 0.0, first);
            do
            {
                to = Math.Max(Math.Max(to, X(locks[next].Statement.Began) + 1.6), X(locks[next].Statement.Began + locks[next].Taken.Held));
                next++;
            }
            while (next < locks.Count && X(locks[next].Statement.Began) < to + 0.4);

            var longest = locks.Skip(first).Take(next - first).MaxBy(one => one.Taken.Held);
            var title = $"{longest.Statement.Migration?.Name}: {longest.Taken.Mode.SqlName()} on {longest.Table}, {Wording.Milliseconds(longest.Taken.Held.TotalMilliseconds)}{(next - first > 1 ? $" (the longest of {next - first})" : "")}";
            Add($"<rect class=\"{mark}\" x=\"{from:0.##}\" y=\"{LaneTop(lane) + 3:0.#}\" width=\"{to - from:0.##}\" height=\"{Lane - 5}\"><title>{Text(title)}</title></rect>");
            first = next;
        }
    }

    private void Grid()
    {
        for (var decade = Fastest; decade <= Slowest * 1.01; decade *= 10)
            Add($"<path class=\"grid\" d=\"M{Left} {Y(decade):0.#}H{Width - Right}\"/><text class=\"faint\" x=\"{Left - 8}\" y=\"{Y(decade) + 4:0.#}\" text-anchor=\"end\">{Wording.Milliseconds(decade * 1000)}</text>");
        Add($"<text x=\"8\" y=\"{_plot + 4:0.#}\">latency of clients</text>");
        var step = new[] { 0.5, 1, 2, 5, 10, 20, 60, 300 }.First(seconds => _seconds / seconds <= 20 || seconds >= 300);
        for (var second = 0.0; second <= _seconds; second += step)
            Add($"<text class=\"faint\" x=\"{X(_zero.AddSeconds(second)):0.#}\" y=\"{_plot + PlotHeight + 18:0.#}\" text-anchor=\"middle\">{second:0.#} s</text>");
    }

    // The slowest of each slice of time, as one path of points.
    private void Dots(string mark, Func<ClientRequest, bool> which)
    {
        var slices = _result.Busy.Requests.Where(which).GroupBy(request => (int)((X(request.Due) - Left) / Slice)).Select(slice => slice.MaxBy(request => request.Latency)!).OrderBy(request => request.Due).ToList();
        if (slices.Count > 0)
            Add($"<path class=\"{mark}\" stroke-width=\"3\" stroke-linecap=\"round\" fill=\"none\" d=\"{string.Concat(slices.Select(request => string.Create(CultureInfo.InvariantCulture, $"M{X(request.Due):0.#} {Y(request.Latency.TotalSeconds):0.#}h0")))}\"/>");
    }

    private int Strength((string Table, TracedLock Taken, TracedStatement Statement) one) =>
        !RehearsalSummary.IsBlocking(one.Taken, _tables) ? 0 : one.Taken.Mode.BlocksReads() ? 2 : 1;

    private static double LaneTop(int lane) => Top + (lane * Lane);

    private double X(DateTime moment) => Left + ((Width - Left - Right) * Math.Clamp((moment - _zero).TotalSeconds / _seconds, 0, 1));

    private double Y(double seconds) => _plot + (PlotHeight * (1 - (Math.Log(Math.Clamp(seconds, Fastest, Slowest) / Fastest) / Math.Log(Slowest / Fastest))));

    private void Add(FormattableString text) => _svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static string Text(string text) => WebUtility.HtmlEncode(Printable.Of(text));
}
