namespace OrgSchema.Online;

/// <summary>Finds where statements end: not in quotes, dollar quotes, comments and parentheses.</summary>
/// <remarks>https://www.postgresql.org/docs/current/sql-syntax-lexical.html</remarks>
internal sealed class SqlSplitter(SqlFile file)
{
    private readonly string _text = file.Text;
    private readonly List<FileStatement> _statements = [];
    private readonly List<string> _words = [];
    private int _at;
    private int _begin = -1;
    private int _parentheses;

    public IReadOnlyList<FileStatement> Split()
    {
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (char.IsWhiteSpace(c))
                _at++;
            else if (c == '-' && Next == '-')
                SkipTo("\n", orEnd: true);
            else if (c == '/' && Next == '*')
                SkipComment();
            else if (c == ';' && _parentheses == 0)
                EndStatement();
            else
                Take(c);
        }

        EndStatement();
        return _statements;
    }

    private char Next => _at + 1 < _text.Length ? _text[_at + 1] : '\0';

    private FilePlace Place(int at) => new(file.Name, 1 + _text.AsSpan(0, at).Count('\n'));

    private void Take(char c)
    {
        if (_begin < 0)
            _begin = _at;
        switch (c)
        {
            case '\\':
                throw new RequestException($"{Place(_at)}: '{Line()}' is a command of psql, not SQL.", "Take it out of the file: the server is sent SQL only.");
            case '\'':
                SkipQuoted('\'', withBackslashes: false);
                break;
            case '"':
                SkipQuoted('"', withBackslashes: false);
                break;
            case '$' when DollarQuote() is { } tag:
                _at += tag.Length;
                SkipTo(tag, orEnd: false);
                break;
            case '(' or ')':
                _parentheses = Math.Max(0, _parentheses + (c == '(' ? 1 : -1));
                _at++;
                break;
            case var _ when char.IsLetter(c) || c == '_':
                TakeWord();
                break;
            case var _ when char.IsAsciiDigit(c):
                while (_at < _text.Length && IsWordPart(_text[_at]))
                    _at++;
                break;
            default:
                _at++;
                break;
        }
    }

    private void TakeWord()
    {
        var start = _at;
        while (_at < _text.Length && IsWordPart(_text[_at]))
            _at++;
        var word = _text[start.._at].ToUpperInvariant();
        if (_at < _text.Length && _text[_at] == '\'' && word is "E")
            SkipQuoted('\'', withBackslashes: true);
        if (_parentheses > 0)
            return;
        // https://github.com/npgsql/npgsql/issues/4445
        if (word == "ATOMIC" && _words is ["CREATE", .., "BEGIN"])
            throw new RequestException($"{Place(start)}: the body of a function that begins with BEGIN ATOMIC cannot be sent: Npgsql cuts it at its semicolons.", "Write the body between dollar quotes.");
        _words.Add(word);
    }

    private static bool IsWordPart(char c) => char.IsLetterOrDigit(c) || c is '_' or '$';

    /// <summary>The tag with its dollars; null if this is a parameter or a lone dollar.</summary>
    private string? DollarQuote()
    {
        var end = _at + 1;
        while (end < _text.Length && (char.IsLetterOrDigit(_text[end]) || _text[end] == '_'))
            end++;
        return end < _text.Length && _text[end] == '$' && !char.IsAsciiDigit(Next) ? _text[_at..(end + 1)] : null;
    }

    private void SkipQuoted(char quote, bool withBackslashes)
    {
        var start = _at++;
        for (; _at < _text.Length; _at++)
        {
            if (withBackslashes && _text[_at] == '\\')
                _at++;
            else if (_text[_at] == quote && Next == quote)
                _at++;
            else if (_text[_at] == quote)
            {
                _at++;
                return;
            }
        }

        throw Unended(start);
    }

    private void SkipTo(string end, bool orEnd)
    {
        var start = _at;
        var found = _text.IndexOf(end, _at, StringComparison.Ordinal);
        if (found < 0 && !orEnd)
            throw Unended(start);
        _at = found < 0 ? _text.Length : found + end.Length;
    }

    private void SkipComment()
    {
        var (start, depth) = (_at, 0);
        while (_at < _text.Length)
        {
            depth += (_text[_at], Next) switch { ('/', '*') => 1, ('*', '/') => -1, _ => 0 };
            _at += (_text[_at], Next) is ('/', '*') or ('*', '/') ? 2 : 1;
            if (depth == 0)
                return;
        }

        throw Unended(start);
    }

    private RequestException Unended(int start) => new($"{Place(start)}: what begins here does not end.", "Close the quote or the comment.");

    private string Line() => _text[_at..].Split('\n', 2)[0].Trim();

    private void EndStatement()
    {
        if (_begin >= 0)
        {
            var statement = new FileStatement(_text[_begin..Math.Min(_at, _text.Length)].TrimEnd(), Place(_begin), [.. _words]);
            if (statement.Words is ["COPY", ..] && statement.Words.Contains("STDIN"))
                throw new RequestException($"{statement.Place}: COPY FROM STDIN has its rows in the file, and only psql reads them from there.", "Write an INSERT, or take it out of the file.");
            _statements.Add(statement);
        }

        _at++;
        (_begin, _parentheses) = (-1, 0);
        _words.Clear();
    }
}
