namespace OrgSchema.Online;

/// <summary>SQL between dollar quotes whose tag is nowhere in it, whatever names it has.</summary>
internal static class Dollars
{
    /// <summary>A string of SQL.</summary>
    public static string Quote(string tag, string sql)
    {
        var quote = $"${tag}$";
        for (var n = 1; $"{sql}{quote}".IndexOf(quote, StringComparison.Ordinal) < sql.Length; n++)
            quote = $"${tag}{n}$";
        return $"{quote}{sql}{quote}";
    }

    /// <summary>A body on lines of its own.</summary>
    public static string Body(string tag, string body) => Quote(tag, $"\n{body}\n");

    /// <summary>A command that runs a block of PL/pgSQL.</summary>
    public static string Do(string tag, string block) => $"DO {Body(tag, block)}";
}
