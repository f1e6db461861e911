using System.Globalization;
using System.Net;
using System.Text;

namespace OrgSchema.Benchmarks;

/// <summary>Latency over time as SVG: one panel a run, the slowest request of each kind of client in each slice of time, migrations as bands.</summary>
internal static class StallPicture
{
    private const double Width = 1200, Left = 62, Right = 14, PlotHeight = 150, Head = 62, Foot = 34, Top = 74, NamesFoot = 70, Slice = 4, Letter = 6.2;
    private const double Fastest = 0.0001, Slowest = 100; // seconds
    private static readonly string[] Colors = ["#4477aa", "#cc6611", "#228833", "#aa3377", "#999933"];

    public static string Of(StallResult result)
    {
        var panels = result.Measurements.Select((measurement, index) => new Panel(measurement, Top + (index * (Head + PlotHeight + Foot)))).ToList();
        var svg = new StringBuilder();
        var height = Top + (panels.Count * (Head + PlotHeight + Foot)) + NamesFoot;
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" font-family="DejaVu Sans, Verdana, sans-serif" font-size="11" fill="#222">
            <rect width="{Width}" height="{height}" fill="#fff"/>
            <text x="{Left}" y="28" font-size="17" font-weight="bold">What clients notice of a migration: latency over time</text>
            <text x="{Left}" y="46" fill="#555">{result.Options.Rows:N0} rows, {result.Options.Rate} transactions a second, {result.Postgres}. Each dot is the slowest request of its kind in its slice of time; seconds since the migration began.</text>

            """);
        for (var i = 0; i < ClientKind.All.Count; i++)
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{Left + 6 + (i * 90)}\" cy=\"60\" r=\"4\" fill=\"{Colors[i]}\"/><text x=\"{Left + 15 + (i * 90)}\" y=\"64\">{ClientKind.All[i].Name}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{Left + 456}\" cy=\"60\" r=\"4\" fill=\"#000\"/><text x=\"{Left + 465}\" y=\"64\">error</text><path d=\"M{Left + 520} 60h24\" stroke=\"#d00\" stroke-dasharray=\"5 4\"/><text x=\"{Left + 550}\" y=\"64\">{Targets.SlowestAllowed.TotalMilliseconds:0} ms, the limit</text>\n");
        foreach (var panel in panels)
            panel.Draw(svg);
        var names = result.Measurements.SelectMany(measurement => measurement.Migrations).Select(band => band.Name).Where(name => char.IsDigit(name[0])).Distinct().Order().ToList();
        for (var i = 0; i < names.Count; i++)
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + (i % 4 * 280)}\" y=\"{height - NamesFoot + 16 + (i / 4 * 16)}\" fill=\"#555\">{Text(names[i])}</text>\n");
        return svg.Append("</svg>\n").ToString();
    }

    private sealed class Panel(Measurement measurement, double top)
    {
        private readonly double _plot = top + Head;
        private readonly TimeSpan _zero = measurement.Migrations.Count > 0 ? measurement.Migrations[0].From : measurement.From;

        public void Draw(StringBuilder svg)
        {
            var all = measurement.Of(null);
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{top + 16}\" font-size=\"13\"><tspan font-weight=\"bold\">{Text(measurement.Scenario.Name)}</tspan><tspan fill=\"#555\" dx=\"10\">slowest {Short(all.Max)}, p99.9 {Short(all.Percentile(0.999))}, median {Short(all.Percentile(0.5))}, errors {all.Errors}</tspan></text>\n");
            Bands(svg);
            Grid(svg);
            for (var i = 0; i < ClientKind.All.Count; i++)
                Dots(svg, Colors[i], request => request.Client == ClientKind.All[i] && !request.Failed);
            Dots(svg, "#000", request => request.Failed);
        }

        private void Bands(StringBuilder svg)
        {
            var labels = measurement.Migrations.Select(band => band.Name.Length * Letter <= X(band.To) - X(band.From) || !char.IsDigit(band.Name[0]) ? band.Name : band.Name[..4]).ToList();
            var free = Left; // where the next label may begin; the last ones must fit before the edge
            for (var i = 0; i < labels.Count; i++)
            {
                var band = measurement.Migrations[i];
                var (from, to) = (X(band.From), Math.Max(X(band.From) + 1, X(band.To)));
                var at = Math.Max(free, Math.Min(from, Width - Right - labels.Skip(i).Sum(WidthOf)));
                free = at + WidthOf(labels[i]);
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{from:0.0}\" y=\"{_plot}\" width=\"{to - from:0.0}\" height=\"{PlotHeight}\" fill=\"{(i % 2 == 0 ? "#f3d9a4" : "#cfe3c8")}\"><title>{Text(band.Name)}: {Short(band.To - band.From)}</title></rect>\n");
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{at:0.0}\" y=\"{_plot - 12}\" font-size=\"10\">{Text(labels[i])}</text><path d=\"M{at + 3:0.0} {_plot - 9}L{from + 0.5:0.0} {_plot}\" stroke=\"#999\"/>\n");
            }

            if (measurement.Reader is { } reader)
                svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{X(reader.From):0.0} {_plot - 28}H{X(reader.To):0.0}\" stroke=\"#777\" stroke-width=\"3\"/><text x=\"{X(reader.From):0.0}\" y=\"{_plot - 32}\" font-size=\"10\" fill=\"#555\">{reader.Name}</text>\n");
        }

        private void Grid(StringBuilder svg)
        {
            for (var decade = Fastest; decade <= Slowest; decade *= 10)
                svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Left} {Y(decade):0.0}H{Width - Right}\" stroke=\"#ddd\"/><text x=\"{Left - 6}\" y=\"{Y(decade) + 4:0.0}\" text-anchor=\"end\" fill=\"#555\">{Short(TimeSpan.FromSeconds(decade))}</text>\n");
            var length = (measurement.To - measurement.From).TotalSeconds;
            var step = new[] { 1, 2, 5, 10, 20, 60 }.First(seconds => length / seconds <= 25 || seconds == 60);
            for (var second = Math.Ceiling((measurement.From - _zero).TotalSeconds / step) * step; second <= (measurement.To - _zero).TotalSeconds; second += step)
                svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{X(_zero + TimeSpan.FromSeconds(second)):0.0} {_plot + PlotHeight}v4\" stroke=\"#999\"/><text x=\"{X(_zero + TimeSpan.FromSeconds(second)):0.0}\" y=\"{_plot + PlotHeight + 15}\" text-anchor=\"middle\" fill=\"#555\">{second + 0.0:0} s</text>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Left} {Y(Targets.SlowestAllowed.TotalSeconds):0.0}H{Width - Right}\" stroke=\"#d00\" stroke-dasharray=\"5 4\"/>\n");
        }

        // One path of zero-length strokes with round ends: a tenth of the size of as many circles.
        private void Dots(StringBuilder svg, string color, Func<Request, bool> which)
        {
            var slices = measurement.Requests.Where(which).GroupBy(request => (int)((X(request.Due) - Left) / Slice)).Select(slice => slice.MaxBy(request => request.Latency)).ToList();
            if (slices.Count == 0)
                return;
            svg.Append(CultureInfo.InvariantCulture, $"<path stroke=\"{color}\" stroke-width=\"3.2\" stroke-linecap=\"round\" stroke-opacity=\"0.8\" d=\"");
            foreach (var request in slices.OrderBy(request => request.Due))
                svg.Append(CultureInfo.InvariantCulture, $"M{X(request.Due):0.#} {Y(request.Latency.TotalSeconds):0.#}h0");
            svg.Append("\"/>\n");
        }

        private double X(TimeSpan moment) => Left + ((Width - Left - Right) * Math.Clamp((moment - measurement.From) / (measurement.To - measurement.From), 0, 1));

        private double Y(double seconds) =>
            _plot + (PlotHeight * (1 - (Math.Log(Math.Clamp(seconds, Fastest, Slowest) / Fastest) / Math.Log(Slowest / Fastest))));
    }

    private static double WidthOf(string label) => (label.Length * Letter) + 6;

    private static string Short(TimeSpan time) => time.TotalSeconds >= 1 ? $"{time.TotalSeconds:0.##} s" : $"{time.TotalMilliseconds:0.#} ms";

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
