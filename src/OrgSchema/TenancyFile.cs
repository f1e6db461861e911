using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace OrgSchema;

/// <summary>A configuration file: its shape checked, its values readable.</summary>
internal sealed class TenancyFile
{
    private static readonly JsonDocumentOptions Syntax = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    private readonly string _name;
    private readonly List<string> _mistakes = [];
    private readonly HashSet<string> _misshapen = new(StringComparer.OrdinalIgnoreCase);
    private IConfiguration _values = new ConfigurationBuilder().Build();

    private TenancyFile(string name) => _name = name;

    /// <summary>What is wrong with the file as such; what is wrong with its values is not its business.</summary>
    public IReadOnlyList<string> Mistakes => _mistakes;

    /// <summary>Reads the file; one that does not exist is empty where it is optional, a mistake where it is not.</summary>
    public static TenancyFile Read(string path, bool isOptional)
    {
        var file = new TenancyFile(Path.GetFileName(path));
        try
        {
            if (!isOptional || Path.Exists(path))
                file.Parse(isOptional && IsEmpty(path) ? "" : ReadSmall(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            file._mistakes.Add($"{path}: there is no such file; check the path given with --config");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file._mistakes.Add($"{path}: cannot be read: {e.Message}");
        }

        return file;
    }

    // A pipe and a device have no length. Nobody has asked for this one: to open a pipe would wait for its other end.
    private static bool IsEmpty(string path) => (new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true) ?? new FileInfo(path)) is FileInfo { Exists: true, Length: 0 };

    // A device may have no end.
    private static string ReadSmall(string path)
    {
        const int AtMost = 1 << 20;
        using var reader = new StreamReader(path);
        var text = new char[AtMost + 1];
        var length = reader.ReadBlock(text);
        return length <= AtMost ? new string(text, 0, length) : throw new IOException("it has more than 1 MiB");
    }

    /// <summary>How people find <paramref name="key"/> in this file.</summary>
    public string Place(string key) => $"{_name}: {string.Concat(key.Split(':').Select((part, at) =>
        at > 0 && int.TryParse(part, out _) ? $"[{part}]" : at == 0 ? part : $".{part}"))}";

    /// <summary>Whether the file says something about <paramref name="key"/>, and says it in the right shape.</summary>
    public bool Has(string key) => !IsMisshapen(key) && _values.GetSection(key).Exists();

    /// <summary>Whether the file was reported as wrong there, so that what it means is unknown.</summary>
    public bool IsMisshapen(string key) => _misshapen.Contains(key);

    /// <summary>The text at <paramref name="key"/>.</summary>
    public string this[string key] => _values[key] ?? "";

    /// <summary>The keys of the elements of the list at <paramref name="key"/>, those of the wrong type left out.</summary>
    public IEnumerable<string> Elements(string key) =>
        _values.GetSection(key).GetChildren().Select(child => child.Path).Where(path => !IsMisshapen(path));

    private void Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            _mistakes.Add($"{_name}: is empty; write {{}} to take the defaults");
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(text, Syntax);
            CheckShape(document.RootElement, "");
            _values = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(text))).Build();
        }
        catch (JsonException e)
        {
            _mistakes.Add($"{_name}{Position(text, e)}: is not valid JSON: {e.Message.Split(" LineNumber:")[0].Split(" Path:")[0]}");
        }
        catch (FormatException) when (_mistakes.Count > 0)
        {
            // The provider refuses a file with a key given twice, or with a root that is no object: both are reported already.
        }
    }

    private void CheckShape(JsonElement element, string key)
    {
        var expected = key.Length == 0 ? JsonValueKind.Object
            : TenancyKeys.Shapes.TryGetValue(key, out var shape) ? shape
            : JsonValueKind.String;
        if (element.ValueKind != expected)
        {
            _misshapen.Add(key);
            _mistakes.Add($"{(key.Length == 0 ? _name : Place(key))}: must be {Noun(expected)}, not {Noun(element.ValueKind)}");
        }
        else if (expected == JsonValueKind.Array)
        {
            foreach (var (at, item) in element.EnumerateArray().Index())
                CheckShape(item, $"{key}:{at}");
        }
        else if (expected == JsonValueKind.Object)
        {
            var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var property in element.EnumerateObject())
            {
                var inner = key.Length == 0 ? property.Name : $"{key}:{property.Name}";
                if (!seen.Add(property.Name))
                    _mistakes.Add($"{Place(inner)}: is given twice; capitals do not count in keys");
                else if (TenancyKeys.Shapes.ContainsKey(inner))
                    CheckShape(property.Value, inner);
                else
                    _mistakes.Add($"{(key.Length == 0 ? _name : Place(key))}: unknown key '{property.Name}'; known are {string.Join(", ", TenancyKeys.In(key))}");
            }
        }
    }

    private static string Position(string text, JsonException e)
    {
        if (e.LineNumber is not { } line || e.BytePositionInLine is not { } bytes)
            return "";
        var before = Encoding.UTF8.GetBytes(text.Split('\n')[line]).AsSpan(0, (int)bytes);
        return $", line {line + 1}, column {Encoding.UTF8.GetCharCount(before) + 1}";
    }

    private static string Noun(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object { }",
        JsonValueKind.Array => "a list [ ]",
        JsonValueKind.String => "a text in quotes",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };
}
